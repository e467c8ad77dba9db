// One kernel in the LLVM dialect becomes PTX.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_PTXCODE_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_PTXCODE_H

#include "mlir/IR/BuiltinOps.h"
#include "targets/gpu/cuda/compiler/Facts.h"

namespace sinter::cuda {

struct Ptx {
  std::string header; ///< Version, target and address size: the same for all kernels of a variant.
  std::string body;
  uint64_t workgroupBytes = 0; ///< Of shared memory.
  std::string text;            ///< The optimised LLVM IR, where it was asked for.
};

/// What the kernel's function carried before lowering.
struct KernelFacts {
  std::string name;                   ///< In the PTX; what else the module holds is named after it.
  llvm::SmallVector<unsigned> shared; ///< Bindings that may share a buffer with another: the others are distinct.
};

/// Optimises for the variant and generates code for the one kernel of `module`, whose gpu.module holds the LLVM
/// dialect. Returns what went wrong, or "". Every call works in an LLVMContext of its own, so kernels are compiled side
/// by side.
std::string generatePtx(mlir::ModuleOp module, const KernelFacts &facts, const Variant &variant, bool wantsText,
                        Ptx &ptx);

} // namespace sinter::cuda

#endif
