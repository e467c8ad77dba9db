// Patterns that replace operations which LLVM would turn into library calls.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LEGALIZE_MATHPATTERNS_H
#define SINTER_PASSES_LEGALIZE_MATHPATTERNS_H

#include "mlir/IR/PatternMatch.h"

namespace sinter::legalize {

/// f16 and bf16 conversions as integer arithmetic, to nearest even. With `nativeHalf`, f16 to and from f32 stay.
void populateHalfFloatPatterns(mlir::RewritePatternSet &patterns, bool nativeHalf);

/// arith.remf: the exact remainder of f32, through f64.
void populateRemainderPatterns(mlir::RewritePatternSet &patterns);

} // namespace sinter::legalize

#endif
