// The facts of target.json as the code generator uses them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_COMPILER_FACTS_H
#define SINTER_TARGETS_GPU_VULKAN_COMPILER_FACTS_H

#include "targets/gpu/compiler/GpuFacts.h"

namespace sinter::vulkan {

/// A feature set: what SPIR-V may use.
struct Variant {
  VariantInfo info;
  std::vector<std::string> capabilities; ///< SPIR-V's names.
  std::vector<std::string> extensions;
};

struct Facts : gpu::GpuFacts {
  std::vector<Variant> variants; ///< In the order of info.variants.
};

/// Those of the embedded target.json. What is missing there ends the process: a test loads it.
Facts loadFacts();
/// Those of a device, which has all that the target has.
Facts readFacts(TargetInfo info);

} // namespace sinter::vulkan

#endif
