// The reference evaluator: what every operator of the nn dialect means, in plain C++, slow and obviously right.
//
// It folds constants and is the oracle of every pass and target. Floats are computed in double and rounded to the
// element type once per operator; elementary functions are CorrectMath.h's, so results are the same on every host.
// Integer operators wrap. Operators with quantised operands or results follow IntegerSemantics.h, to the bit.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_EVALUATOR_H
#define SINTER_DIALECTS_NN_EVALUATOR_H

#include "dialects/nn/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::nn {

/// Results of one nn operator (a dispatch region too) on `operands`, whose types are the operator's. Fails silently for
/// what cannot be evaluated: another dialect's operator, or a quantised form without defined semantics.
mlir::FailureOr<llvm::SmallVector<Tensor>> evaluate(mlir::Operation *op, llvm::ArrayRef<Tensor> operands);

/// Results of a function of one block. Emits an error at the operator that cannot be evaluated.
mlir::FailureOr<llvm::SmallVector<Tensor>> evaluateFunction(mlir::func::FuncOp function,
                                                            llvm::ArrayRef<Tensor> arguments);

} // namespace sinter::nn

#endif
