// Element-wise identities and cheaper equivalents.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_SIMPLIFY_SIMPLIFYARITHMETIC_H
#define SINTER_PASSES_SIMPLIFY_SIMPLIFYARITHMETIC_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/simplify/SimplifyArithmetic.h.inc"
} // namespace sinter

#endif
