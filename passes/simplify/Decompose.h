// Operators that others express.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_SIMPLIFY_DECOMPOSE_H
#define SINTER_PASSES_SIMPLIFY_DECOMPOSE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/simplify/Decompose.h.inc"
} // namespace sinter

#endif
