// Kernels in the LLVM dialect become a code object.
//
// Each kernel is optimised by itself, side by side with others. They meet in one module, because HIP reads one table of
// kernels from a file, and the linker joins none.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_ROCM_COMPILER_CODEOBJECT_H
#define SINTER_TARGETS_GPU_ROCM_COMPILER_CODEOBJECT_H

#include "targets/gpu/compiler/KernelJobs.h"
#include "targets/gpu/rocm/compiler/Facts.h"

namespace sinter::rocm {

struct OptimizedKernel {
  llvm::SmallVector<char, 0> bitcode;
  uint64_t workgroupBytes = 0;
  std::string text; ///< The LLVM IR, where it was asked for.
};

/// Optimises the job's kernel, which is in the LLVM dialect, for the processor and
/// workgroups of `threads`. Returns what went wrong, or "". Every
/// call works in an LLVMContext of its own.
std::string optimizeKernel(const gpu::KernelJob &job, llvm::StringRef processor, int64_t threads, bool wantsText,
                           OptimizedKernel &kernel);

/// Generates code for all kernels and links it to a code object; with the kernels' bitcode in a section of its own
/// where that is asked for. Returns what went wrong, or "".
std::string makeCodeObject(llvm::ArrayRef<OptimizedKernel> kernels, llvm::StringRef processor, bool embedsBitcode,
                           std::string &object);

} // namespace sinter::rocm

#endif
