// Decomposed functions become one operator again.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_SIMPLIFY_RECOGNIZECOMPOSITES_H
#define SINTER_PASSES_SIMPLIFY_RECOGNIZECOMPOSITES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/simplify/RecognizeComposites.h.inc"
} // namespace sinter

#endif
