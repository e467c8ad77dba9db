// One function for each operator, grouped by family into Evaluator*.cpp, and what they share. Private to the evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_EVALUATOROPS_H
#define SINTER_DIALECTS_NN_EVALUATOROPS_H

#include "dialects/nn/Nn.h"
#include "dialects/nn/NnShapes.h"
#include "dialects/nn/Tensor.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sinter::nn {

using Operands = llvm::ArrayRef<Tensor>;
using Results = llvm::SmallVector<Tensor>;

// Element-wise (EvaluatorElementwise.cpp)
Tensor evaluateOp(CastOp op, Operands operands);
Tensor evaluateOp(UnaryOp op, Operands operands);
Tensor evaluateOp(BinaryOp op, Operands operands);
Tensor evaluateOp(CompareOp op, Operands operands);
Tensor evaluateOp(SelectOp op, Operands operands);
/// A unary function of one float, unrounded.
double evaluateUnary(UnaryOp op, double x);

// Contractions and recurrences (EvaluatorContraction.cpp)
Tensor evaluateOp(ConvOp op, Operands operands);
Tensor evaluateOp(ConvTransposeOp op, Operands operands);
Tensor evaluateOp(MatmulOp op, Operands operands);
Results evaluateLstm(LstmOp op, Operands operands);

// Windows and reductions (EvaluatorReduction.cpp)
Tensor evaluateOp(PoolOp op, Operands operands);
Tensor evaluateOp(ReduceOp op, Operands operands);
Tensor evaluateOp(ArgReduceOp op, Operands operands);
Tensor evaluateOp(SoftmaxOp op, Operands operands);
Tensor evaluateOp(LayerNormOp op, Operands operands);
Tensor evaluateOp(CumSumOp op, Operands operands);
Results evaluateTopK(TopKOp op, Operands operands);
Results evaluateDynamicQuantize(DynamicQuantizeOp op, Operands operands);

/// The elements under one window: their positions in the channel's plane, and how many positions the window has inside
/// the padded input.
struct WindowTaps {
  std::vector<int64_t> positions;
  int64_t counted = 0;
};
/// `input`: spatial shape; `output`: spatial index of the result.
WindowTaps windowTaps(PoolOp op, llvm::ArrayRef<int64_t> input, llvm::ArrayRef<int64_t> output);

// Data movement (EvaluatorMovement.cpp, EvaluatorResize.cpp). Elements are copied as they are, quantised ones too; the
// result has the first operand's element type.
Tensor evaluateOp(TransposeOp op, Operands operands);
Tensor evaluateOp(UnpackOp op, Operands operands);
Tensor evaluateOp(BroadcastOp op, Operands operands);
Tensor evaluateOp(SliceOp op, Operands operands);
Tensor evaluateOp(ConcatOp op, Operands operands);
Tensor evaluateOp(PadOp op, Operands operands);
Tensor evaluateOp(GatherOp op, Operands operands);
Tensor evaluateOp(GatherElementsOp op, Operands operands);
Tensor evaluateOp(GatherNdOp op, Operands operands);
Tensor evaluateOp(ScatterElementsOp op, Operands operands);
Tensor evaluateOp(ScatterNdOp op, Operands operands);
Tensor evaluateOp(ResizeOp op, Operands operands);

/// Any operator with a quantised operand or result (EvaluatorQuantized.cpp).
mlir::FailureOr<Results> evaluateQuantized(mlir::Operation *op, Operands operands);

/// `op` as if its elements were plain integers: for operators that only move them. Its result has the first operand's
/// element type. Fails for other operators.
mlir::FailureOr<Results> evaluateMovement(mlir::Operation *op, Operands operands);

// What they share (EvaluatorSupport.cpp)

/// Row-major strides in elements.
Shape stridesOf(llvm::ArrayRef<int64_t> shape);

/// Calls `visit` with every index of `shape` in row-major order, and its linear position.
void forEachIndex(llvm::ArrayRef<int64_t> shape, llvm::function_ref<void(llvm::ArrayRef<int64_t>, int64_t)> visit);

/// For every position in `to`, the position in `from` that numpy's broadcasting reads.
std::vector<int64_t> broadcastMap(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// result[i] = input[sources[i]], or `fill`'s first element (zero without one) where the source is negative.
Tensor gatherElements(const Tensor &input, mlir::RankedTensorType resultType, llvm::ArrayRef<int64_t> sources,
                      const Tensor *fill = nullptr);

/// An index as ONNX counts (negative from the end), kept inside [0, size).
int64_t clampIndex(int64_t index, int64_t size);

/// Where the elements of an axis lie: position = outer * (size * stride) + i * stride + inner.
struct AxisView {
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis);
  int64_t outer, size, stride;
  int64_t position(int64_t o, int64_t i, int64_t inner) const { return (o * size + i) * stride + inner; }
};

/// Two's complement arithmetic that wraps, without C++'s undefined overflow.
inline int64_t wrapAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
inline int64_t wrapSub(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
inline int64_t wrapMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

/// a < b as the element type orders them.
inline bool lessInt(int64_t a, int64_t b, bool isUnsigned) {
  return isUnsigned ? static_cast<uint64_t>(a) < static_cast<uint64_t>(b) : a < b;
}

inline mlir::RankedTensorType resultType(mlir::Operation *op, unsigned index = 0) {
  return llvm::cast<mlir::RankedTensorType>(op->getResult(index).getType());
}

} // namespace sinter::nn

#endif
