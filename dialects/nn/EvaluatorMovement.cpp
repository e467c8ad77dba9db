// Data movement of the reference evaluator: every operator is a map from result positions to input positions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/EvaluatorOps.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace sinter::nn;

// The result of an operator whose element at `index` is the input's at `source(index)`; -1 means the fill value.
static Tensor moved(Operation *op, const Tensor &input, llvm::function_ref<int64_t(ArrayRef<int64_t>)> source,
                    const Tensor *fill = nullptr) {
  RankedTensorType type = resultType(op);
  std::vector<int64_t> sources(type.getNumElements());
  forEachIndex(type.getShape(), [&](ArrayRef<int64_t> index, int64_t linear) { sources[linear] = source(index); });
  return gatherElements(input, type, sources, fill);
}

Tensor sinter::nn::evaluateOp(TransposeOp op, Operands operands) {
  Shape strides = stridesOf(operands[0].getShape());
  return moved(op, operands[0], [&](ArrayRef<int64_t> index) {
    int64_t at = 0;
    for (auto [i, axis] : llvm::enumerate(op.getPermutation()))
      at += index[i] * strides[axis];
    return at;
  });
}

Tensor sinter::nn::evaluateOp(UnpackOp op, Operands operands) {
  Shape strides = stridesOf(operands[0].getShape());
  ArrayRef<int64_t> axes = op.getAxes(), blocks = op.getBlocks();
  size_t inner = strides.size() - axes.size();
  return moved(op, operands[0], [&](ArrayRef<int64_t> index) {
    int64_t at = 0;
    for (auto [i, axis, block] : llvm::enumerate(axes, blocks))
      at += index[axis] / block * strides[i] + index[axis] % block * strides[inner + i];
    for (size_t i = 0, packed = axes.size(); i < index.size(); ++i)
      if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
        at += index[i] * strides[packed++];
    return at;
  });
}

Tensor sinter::nn::evaluateOp(BroadcastOp op, Operands operands) {
  return gatherElements(operands[0], op.getType(), broadcastMap(operands[0].getShape(), op.getType().getShape()));
}

Tensor sinter::nn::evaluateOp(SliceOp op, Operands operands) {
  Shape strides = stridesOf(operands[0].getShape());
  return moved(op, operands[0], [&](ArrayRef<int64_t> index) {
    int64_t at = 0;
    for (size_t i = 0; i < index.size(); ++i)
      at += (op.getStarts()[i] + index[i] * op.getSteps()[i]) * strides[i];
    return at;
  });
}

Tensor sinter::nn::evaluateOp(ConcatOp op, Operands operands) {
  AxisView to(op.getType().getShape(), op.getAxis());
  unsigned width = operands[0].getElementBytes();
  std::vector<uint8_t> bytes(op.getType().getNumElements() * width);
  int64_t begin = 0;
  for (const Tensor &input : operands) {
    AxisView from(input.getShape(), op.getAxis());
    size_t row = from.size * from.stride * width;
    for (int64_t o = 0; o < from.outer && row != 0; ++o)
      std::memcpy(&bytes[to.position(o, begin, 0) * width], input.getBytes().data() + o * row, row);
    begin += from.size;
  }
  return Tensor::fromBytes(op.getType().clone(operands[0].getElementType()), std::move(bytes));
}

// Where index `i`, which may lie outside, reads from an axis of `size` elements; -1 for the fill value.
static int64_t paddedIndex(PadMode mode, int64_t i, int64_t size) {
  if (i >= 0 && i < size)
    return i;
  switch (mode) {
  case PadMode::Constant: return -1;
  case PadMode::Edge: return i < 0 ? 0 : size - 1;
  case PadMode::Wrap: return ((i % size) + size) % size;
  case PadMode::Reflect: {
    if (size == 1)
      return 0;
    int64_t period = 2 * (size - 1), phase = ((i % period) + period) % period;
    return phase < size ? phase : period - phase;
  }
  }
  llvm_unreachable("all modes are listed");
}

Tensor sinter::nn::evaluateOp(PadOp op, Operands operands) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  Shape strides = stridesOf(shape);
  return moved(
      op, operands[0],
      [&](ArrayRef<int64_t> index) -> int64_t {
        int64_t at = 0;
        for (size_t d = 0; d < index.size(); ++d) {
          int64_t i = paddedIndex(op.getMode(), index[d] - op.getPads()[d], shape[d]);
          if (i < 0)
            return -1;
          at += i * strides[d];
        }
        return at;
      },
      operands.size() > 1 ? &operands[1] : nullptr);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Gather
//===--------------------------------------------------------------------------------------------------------------===//

Tensor sinter::nn::evaluateOp(GatherOp op, Operands operands) {
  AxisView view(operands[0].getShape(), op.getAxis());
  std::vector<int64_t> indices = operands[1].toInts(), sources;
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t index : indices)
      for (int64_t inner = 0; inner < view.stride; ++inner)
        sources.push_back(view.position(o, clampIndex(index, view.size), inner));
  return gatherElements(operands[0], op.getType(), sources);
}

// Position in a tensor of `shape` of `index` with its `axis` replaced.
static int64_t positionWith(ArrayRef<int64_t> shape, ArrayRef<int64_t> index, int64_t axis, int64_t replacement) {
  Shape strides = stridesOf(shape);
  int64_t at = 0;
  for (size_t d = 0; d < index.size(); ++d)
    at += (static_cast<int64_t>(d) == axis ? clampIndex(replacement, shape[d]) : index[d]) * strides[d];
  return at;
}

Tensor sinter::nn::evaluateOp(GatherElementsOp op, Operands operands) {
  std::vector<int64_t> indices = operands[1].toInts();
  size_t next = 0;
  return moved(op, operands[0], [&](ArrayRef<int64_t> index) {
    return positionWith(operands[0].getShape(), index, op.getAxis(), indices[next++]);
  });
}

// Position in a tensor of `shape` that the tuple of indices, beginning at dimension `first`, leads to.
static int64_t tuplePosition(ArrayRef<int64_t> shape, int64_t first, ArrayRef<int64_t> tuple) {
  Shape strides = stridesOf(shape);
  int64_t at = 0;
  for (auto [i, index] : llvm::enumerate(tuple))
    at += clampIndex(index, shape[first + i]) * strides[first + i];
  return at;
}

Tensor sinter::nn::evaluateOp(GatherNdOp op, Operands operands) {
  ArrayRef<int64_t> shape = operands[0].getShape(), indexShape = operands[1].getShape();
  std::vector<int64_t> indices = operands[1].toInts(), sources;
  int64_t batchDims = op.getBatchDims(), length = indexShape.back();
  int64_t batches = elementCount(indexShape.take_front(batchDims));
  int64_t tuples = elementCount(indexShape.drop_front(batchDims).drop_back());
  int64_t batchSize = elementCount(shape.drop_front(batchDims)),
          row = elementCount(shape.drop_front(batchDims + length));
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t t = 0; t < tuples; ++t) {
      ArrayRef<int64_t> tuple(indices.data() + (b * tuples + t) * length, length);
      int64_t from = b * batchSize + tuplePosition(shape, batchDims, tuple);
      for (int64_t i = 0; i < row; ++i)
        sources.push_back(from + i);
    }
  return gatherElements(operands[0], op.getType(), sources);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Scatter
//===--------------------------------------------------------------------------------------------------------------===//

template <typename T> static T combined(ScatterKind kind, T old, T update, bool isUnsigned) {
  bool less;
  if constexpr (std::is_same_v<T, double>)
    less = old < update;
  else
    less = lessInt(old, update, isUnsigned);
  switch (kind) {
  case ScatterKind::None: return update;
  case ScatterKind::Max: return less ? update : old;
  case ScatterKind::Min: return less ? old : update;
  case ScatterKind::Add:
    if constexpr (std::is_same_v<T, double>)
      return old + update;
    else
      return wrapAdd(old, update);
  case ScatterKind::Mul:
    if constexpr (std::is_same_v<T, double>)
      return old * update;
    else
      return wrapMul(old, update);
  }
  llvm_unreachable("all kinds are listed");
}

// Applies update i to position targets[i], in order; floats are rounded to the element type after each.
static Tensor scatter(ScatterKind kind, const Tensor &input, const Tensor &updates, ArrayRef<int64_t> targets) {
  if (auto element = dyn_cast<FloatType>(input.getElementType())) {
    std::vector<double> values = input.toDoubles(), news = updates.toDoubles();
    for (size_t i = 0; i < targets.size(); ++i) {
      double &to = values[targets[i]];
      to = bitsToFloat(floatToBits(combined(kind, to, news[i], false), element), element);
    }
    return Tensor::fromDoubles(input.getType(), values);
  }
  std::vector<int64_t> values = input.toInts(), news = updates.toInts();
  bool isUnsigned = isUnsignedElement(input.getElementType());
  for (size_t i = 0; i < targets.size(); ++i)
    values[targets[i]] = combined(kind, values[targets[i]], news[i], isUnsigned);
  return Tensor::fromInts(input.getType(), values);
}

Tensor sinter::nn::evaluateOp(ScatterElementsOp op, Operands operands) {
  std::vector<int64_t> indices = operands[1].toInts(), targets;
  forEachIndex(operands[1].getShape(), [&](ArrayRef<int64_t> index, int64_t linear) {
    targets.push_back(positionWith(operands[0].getShape(), index, op.getAxis(), indices[linear]));
  });
  return scatter(op.getKind(), operands[0], operands[2], targets);
}

Tensor sinter::nn::evaluateOp(ScatterNdOp op, Operands operands) {
  ArrayRef<int64_t> shape = operands[0].getShape(), indexShape = operands[1].getShape();
  std::vector<int64_t> indices = operands[1].toInts(), targets;
  int64_t length = indexShape.back(), row = elementCount(shape.drop_front(length));
  int64_t tuples = elementCount(indexShape.drop_back());
  for (int64_t t = 0; t < tuples; ++t) {
    int64_t to = tuplePosition(shape, 0, ArrayRef<int64_t>(indices.data() + t * length, length));
    for (int64_t i = 0; i < row; ++i)
      targets.push_back(to + i);
  }
  return scatter(op.getKind(), operands[0], operands[2], targets);
}
