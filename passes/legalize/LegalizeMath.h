// The pass that leaves only what the processor can do without a library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LEGALIZE_LEGALIZEMATH_H
#define SINTER_PASSES_LEGALIZE_LEGALIZEMATH_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/legalize/LegalizeMath.h.inc"
} // namespace sinter

#endif
