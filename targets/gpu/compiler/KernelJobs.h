// Kernels are compiled as jobs of their own, side by side, and meet again in the order of the module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_KERNELJOBS_H
#define SINTER_TARGETS_GPU_COMPILER_KERNELJOBS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "targets/gpu/compiler/GpuImage.h"

namespace sinter::gpu {

struct KernelJob {
  KernelJob(mlir::func::FuncOp func, unsigned number);

  unsigned number;
  std::string name; ///< "k<number>": of the kernel in its code; what else its module holds is named after it.
  mlir::Location loc;
  mlir::OwningOpRef<mlir::ModuleOp> module; ///< With this kernel alone.
  uint32_t bindings = 0;
  llvm::SmallVector<unsigned> shared; ///< Bindings that may share a buffer with another: the others are distinct.
  std::string error;                  ///< What is no diagnostic of MLIR's.
  bool failed = false;
};

/// A job for each function.
std::vector<KernelJob> makeJobs(mlir::ModuleOp kernels);

/// Runs the passes that `build` adds on each job's module, then `generate`, which returns what went wrong, or "". All
/// errors are reported, in the order of the kernels, whichever thread is first.
mlir::LogicalResult runJobs(llvm::MutableArrayRef<KernelJob> jobs, llvm::StringRef variant, unsigned threads,
                            llvm::function_ref<void(mlir::OpPassManager &)> build,
                            llvm::function_ref<std::string(KernelJob &)> generate);

/// Appends the kernel's header (targets/gpu/GpuCode.h) to the variant's image, as its entry.
void addKernel(EmittedVariant &variant, const KernelJob &job, uint32_t threads, uint64_t workgroupBytes);

} // namespace sinter::gpu

#endif
