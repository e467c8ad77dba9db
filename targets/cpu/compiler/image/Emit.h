// All kernels of a module become one image for each variant.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_IMAGE_EMIT_H
#define SINTER_TARGETS_CPU_COMPILER_IMAGE_EMIT_H

#include "targets/cpu/compiler/CpuVariant.h"

namespace sinter::cpu {

/// `kernels` has been lowered as far as all variants share. Its order of functions is the order of entries. One result
/// for each of `variants`, in their order.
mlir::FailureOr<std::vector<EmittedVariant>> emitVariants(mlir::ModuleOp kernels, const CpuArchitecture &arch,
                                                          llvm::ArrayRef<CpuVariant> variants,
                                                          const EmitOptions &options, unsigned threads);

} // namespace sinter::cpu

#endif
