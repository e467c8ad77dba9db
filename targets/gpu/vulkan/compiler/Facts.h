// The facts of target.json as the code generator uses them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_COMPILER_FACTS_H
#define SINTER_TARGETS_GPU_VULKAN_COMPILER_FACTS_H

#include "targets/gpu/compiler/GpuFacts.h"

namespace sinter::vulkan {

/// What a device may have, by the driver's name for it, and what SPIR-V may use there.
struct Feature {
  std::string name;
  std::vector<std::string> capabilities; ///< SPIR-V's names.
  std::vector<std::string> extensions;
};

/// A feature set.
struct Variant {
  VariantInfo info;
  std::vector<Feature> features;

  bool has(llvm::StringRef name) const { return llvm::is_contained(info.features, name); }
};

struct Facts : gpu::GpuFacts {
  std::vector<Feature> features; ///< In the order in which packages list them.
  std::vector<Variant> variants; ///< In the order of info.variants.
};

/// Those of the embedded target.json. What is missing there ends the process: a test loads it.
Facts loadFacts();
/// Those of a device, which has all that the target has.
Facts readFacts(TargetInfo info);

} // namespace sinter::vulkan

#endif
