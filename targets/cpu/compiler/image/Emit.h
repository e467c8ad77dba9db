// All kernels of a module, for one variant, become one image.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_IMAGE_EMIT_H
#define SINTER_TARGETS_CPU_COMPILER_IMAGE_EMIT_H

#include "targets/cpu/compiler/CpuVariant.h"

namespace sinter::cpu {

/// `kernels` has been lowered as far as all variants share. Its order of functions is the order of entries.
mlir::FailureOr<EmittedVariant> emitVariant(mlir::ModuleOp kernels, const CpuArchitecture &arch,
                                            const CpuVariant &variant, const EmitOptions &options, unsigned threads);

} // namespace sinter::cpu

#endif
