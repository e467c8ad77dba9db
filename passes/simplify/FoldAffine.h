// Per-channel multiplications and additions become part of weights and biases.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_SIMPLIFY_FOLDAFFINE_H
#define SINTER_PASSES_SIMPLIFY_FOLDAFFINE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/simplify/FoldAffine.h.inc"
} // namespace sinter

#endif
