// The facts of target.json as the code generator uses them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_FACTS_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_FACTS_H

#include "targets/gpu/compiler/GpuFacts.h"

namespace sinter::cuda {

/// A feature level: what PTX may use. Its name is LLVM's name of the processor.
struct Variant {
  VariantInfo info;
  uint32_t capability = 0; ///< Compute capability, 80 for 8.0.
  bool isExact = false;    ///< Its code runs on that capability alone.
  std::string ptx;         ///< LLVM's name of the oldest PTX version that has it: older versions load in older drivers.
};

struct Facts : gpu::GpuFacts {
  std::vector<Variant> variants; ///< In the order of info.variants.
};

/// Those of the embedded target.json. What is missing there ends the process: a test loads it.
Facts loadFacts();

} // namespace sinter::cuda

#endif
