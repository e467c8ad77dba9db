// The facts of target.json as the code generator uses them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_VULKAN_COMPILER_FACTS_H
#define SINTER_TARGETS_GPU_VULKAN_COMPILER_FACTS_H

#include "compiler/target/Target.h"

namespace sinter::vulkan {

/// A feature set: what SPIR-V may use.
struct Variant {
  VariantInfo info;
  std::vector<std::string> capabilities; ///< SPIR-V's names.
  std::vector<std::string> extensions;
};

struct Facts {
  TargetInfo info;
  int64_t threads = 0;             ///< Of a workgroup.
  int64_t tile = 0;                ///< Elements of a contraction that a thread computes at once, at most.
  int64_t bindings = 0;            ///< Storage buffers of a kernel, at most.
  double workgroupNanoseconds = 0; ///< What a workgroup's work should cost at least, by the CPU's estimate.
  int64_t mostWorkgroups = 0;
  std::vector<Variant> variants; ///< In the order of info.variants.
};

/// Those of the embedded target.json. What is missing there ends the process: a test loads it.
Facts loadFacts();

} // namespace sinter::vulkan

#endif
