// One kernel in the LLVM dialect becomes PTX.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_PTXCODE_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_PTXCODE_H

#include "targets/gpu/compiler/KernelJobs.h"
#include "targets/gpu/cuda/compiler/Facts.h"

namespace sinter::cuda {

struct Ptx {
  std::string header; ///< Version, target and address size: the same for all kernels of a variant.
  std::string body;
  uint64_t workgroupBytes = 0; ///< Of shared memory.
  std::string text;            ///< The optimised LLVM IR, where it was asked for.
};

/// Optimises the job's kernel, which is in the LLVM dialect, for the variant and generates its code. Returns what went
/// wrong, or "". Every call works in an LLVMContext of its own, so kernels are compiled side by side.
std::string generatePtx(const gpu::KernelJob &job, const Variant &variant, bool wantsText, Ptx &ptx);

} // namespace sinter::cuda

#endif
