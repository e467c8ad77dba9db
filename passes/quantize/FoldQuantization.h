// Operators between dequantise and quantise become operators on quantised tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_QUANTIZE_FOLDQUANTIZATION_H
#define SINTER_PASSES_QUANTIZE_FOLDQUANTIZATION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/quantize/FoldQuantization.h.inc"
} // namespace sinter

#endif
