// nn contractions to window operations of the cpu dialect, for what the register tiler takes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_WINDOWS_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_WINDOWS_H

#include "mlir/Transforms/DialectConversion.h"
#include "targets/cpu/compiler/contraction/QuantizedPacking.h"

namespace sinter::cpu {

/// Tried before passes/lower's loop nests.
constexpr unsigned kWindowBenefit = 2;

/// Single precision.
void populateWindowLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
/// 8-bit.
void populateQuantizedWindowLowering(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns,
                                     const IntegerForm &form);

} // namespace sinter::cpu

#endif
