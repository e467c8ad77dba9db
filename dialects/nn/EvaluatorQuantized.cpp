// Operators with quantised operands or results, as the integer semantics define them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/EvaluatorOps.h"

using namespace mlir;
using namespace sinter::nn;

static Type elementOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

// Operators that only move elements keep the bits where the quantisation stays the same.
static bool keepsQuantization(Operation *op) {
  if (op->getNumResults() != 1)
    return false;
  Type element = elementOf(op->getResult(0));
  unsigned data = isa<ConcatOp>(op) ? op->getNumOperands() : 1;
  return llvm::all_of(op->getOperands().take_front(data), [&](Value operand) { return elementOf(operand) == element; });
}

FailureOr<Results> sinter::nn::evaluateQuantized(Operation *op, Operands operands) {
  if (keepsQuantization(op))
    return evaluateMovement(op, operands);
  return failure();
}
