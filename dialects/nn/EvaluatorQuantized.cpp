// Operators with quantised operands or results, as the integer semantics define them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/EvaluatorOps.h"
#include "dialects/nn/QuantizedParameters.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

using Ints = std::vector<int64_t>;

//===--------------------------------------------------------------------------------------------------------------===//
// From and to float
//===--------------------------------------------------------------------------------------------------------------===//

// The channel of every element: its index on the quantised axis, 0 without one.
static Ints channelsOf(ArrayRef<int64_t> shape, int64_t axis) {
  if (axis < 0)
    return Ints(elementCount(shape), 0);
  Ints channels;
  forEachIndex(shape, [&](ArrayRef<int64_t> index, int64_t) { channels.push_back(index[axis]); });
  return channels;
}

static Tensor quantizeFloats(QuantizeOp op, const Tensor &input) {
  QuantizedElement y = *quantizedElement(op.getResult());
  integer::Limits limits = resultLimits(op);
  std::vector<double> x = input.toDoubles();
  Ints channels = channelsOf(input.getShape(), y.axis), result(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    limits.zero = y.zero(channels[i]);
    result[i] = integer::quantize(static_cast<float>(x[i]), y.scale(channels[i]), limits);
  }
  return Tensor::fromInts(op.getType(), result);
}

static Tensor dequantize(DequantizeOp op, const Tensor &input) {
  QuantizedElement x = *quantizedElement(op.getInput());
  Ints q = input.toInts(), channels = channelsOf(input.getShape(), x.axis);
  std::vector<double> result(q.size());
  for (size_t i = 0; i < q.size(); ++i)
    result[i] = static_cast<float>(q[i] - x.zero(channels[i])) * x.scale(channels[i]);
  return Tensor::fromDoubles(op.getType(), result);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Contractions
//===--------------------------------------------------------------------------------------------------------------===//

// `values` less a zero point for each channel along `axis`.
static Ints withoutZeros(const Tensor &tensor, ArrayRef<int64_t> zeros, int64_t axis) {
  Ints values = tensor.toInts(), channels = channelsOf(tensor.getShape(), axis);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] -= zeros[channels[i]];
  return values;
}

// Sum over one window of one output element, without bias. Positions outside the input contribute nothing.
static int64_t convolveAt(ConvOp op, const Ints &x, ArrayRef<int64_t> xShape, const Ints &w, ArrayRef<int64_t> wShape,
                          ArrayRef<int64_t> out) {
  size_t spatial = wShape.size() - 2;
  Shape xStrides = stridesOf(xShape);
  int64_t perGroup = wShape[0] / static_cast<int64_t>(op.getGroup()), firstChannel = out[1] / perGroup * wShape[1];
  int64_t sum = 0, filter = out[1] * elementCount(wShape.drop_front());
  forEachIndex(wShape.drop_front(), [&](ArrayRef<int64_t> tap, int64_t linear) {
    int64_t position = out[0] * xStrides[0] + (firstChannel + tap[0]) * xStrides[1];
    for (size_t i = 0; i < spatial; ++i) {
      int64_t at = out[2 + i] * op.getStrides()[i] - op.getPads()[i] + tap[1 + i] * op.getDilations()[i];
      if (at < 0 || at >= xShape[2 + i])
        return;
      position += at * xStrides[2 + i];
    }
    sum += x[position] * w[filter + linear];
  });
  return sum;
}

static Tensor convolve(ConvOp op, Operands operands) {
  Contraction parameters = *contractionOf(op);
  Ints x = withoutZeros(operands[0], parameters.inputZero, -1),
       w = withoutZeros(operands[1], parameters.filterZeros, 0);
  Ints bias = operands.size() > 2 ? operands[2].toInts() : Ints(parameters.factors.size(), 0), result;
  forEachIndex(op.getType().getShape(), [&](ArrayRef<int64_t> out, int64_t) {
    int64_t sum = convolveAt(op, x, operands[0].getShape(), w, operands[1].getShape(), out);
    result.push_back(integer::requantize(sum + bias[out[1]], parameters.factors[out[1]], parameters.limits));
  });
  return Tensor::fromInts(op.getType(), result);
}

static Tensor multiplyMatrices(MatmulOp op, Operands operands) {
  Contraction parameters = *contractionOf(op);
  ArrayRef<int64_t> xShape = operands[0].getShape(), wShape = operands[1].getShape(), shape = op.getType().getShape();
  Ints x = withoutZeros(operands[0], parameters.inputZero, -1);
  Ints w = withoutZeros(operands[1], parameters.filterZeros, static_cast<int64_t>(wShape.size()) - 1);
  Ints bias = operands.size() > 2 ? operands[2].toInts() : Ints(parameters.factors.size(), 0), result;
  int64_t m = shape.end()[-2], n = shape.back(), k = xShape.back();
  // Batches of the operands that each batch of the result reads.
  Ints xBatches = broadcastMap(xShape.drop_back(2), shape.drop_back(2)),
       wBatches = broadcastMap(wShape.drop_back(2), shape.drop_back(2));
  for (size_t batch = 0; batch < xBatches.size(); ++batch)
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        int64_t sum = bias[j];
        for (int64_t c = 0; c < k; ++c)
          sum += x[(xBatches[batch] * m + i) * k + c] * w[(wBatches[batch] * k + c) * n + j];
        result.push_back(integer::requantize(sum, parameters.factors[j], parameters.limits));
      }
  return Tensor::fromInts(op.getType(), result);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Element-wise
//===--------------------------------------------------------------------------------------------------------------===//

static Tensor combine(BinaryOp op, Operands operands) {
  integer::Limits limits = resultLimits(op);
  Ints a = withoutZeros(operands[0], quantizedElement(op.getLhs())->zeros, -1);
  Ints b = withoutZeros(operands[1], quantizedElement(op.getRhs())->zeros, -1), result;
  ArrayRef<int64_t> shape = op.getType().getShape();
  Ints aMap = broadcastMap(operands[0].getShape(), shape), bMap = broadcastMap(operands[1].getShape(), shape);
  bool product = op.getKind() == BinaryKind::Mul;
  std::optional<integer::Multiplier> factor = product ? productFactor(op) : std::nullopt;
  std::optional<integer::AddFactors> sum = product ? std::nullopt : sumFactors(op);
  for (size_t i = 0; i < aMap.size(); ++i) {
    int64_t x = a[aMap[i]], y = b[bMap[i]];
    if (product)
      result.push_back(integer::requantize(x * y, *factor, limits));
    else
      result.push_back(limits.clamp(integer::roundShift(x * sum->m[0] + y * sum->m[1], sum->s) + limits.zero));
  }
  return Tensor::fromInts(op.getType(), result);
}

static void lookUp(Ints &values, const integer::Table &table) {
  for (int64_t &value : values)
    value = table[value & 255];
}

static Tensor unary(UnaryOp op, const Tensor &input) {
  Ints values = input.toInts();
  lookUp(values, tableOf(op));
  return Tensor::fromInts(op.getType(), values);
}

// Values of `op`'s first operand's quantisation brought to its result's.
static Tensor rescaleValues(Operation *op, const Tensor &input) {
  if (sameQuantization(op->getOperand(0).getType(), op->getResult(0).getType()) && !op->hasAttr(clampName))
    return input.withType(resultType(op));
  integer::Multiplier factor = *rescale(op);
  integer::Limits limits = resultLimits(op);
  int64_t zero = quantizedElement(op->getOperand(0))->zero();
  Ints values = input.toInts();
  for (int64_t &value : values)
    value = integer::requantize(value - zero, factor, limits);
  return Tensor::fromInts(resultType(op), values);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Windows, reductions, normalisation
//===--------------------------------------------------------------------------------------------------------------===//

// Sums (of values less the zero point) and counts of each average; one pass of the plain pooling code would divide.
static Tensor average(PoolOp op, const Tensor &input) {
  ArrayRef<int64_t> in = input.getShape(), out = op.getType().getShape();
  Ints x = withoutZeros(input, quantizedElement(op.getInput())->zeros, -1), result(op.getType().getNumElements());
  integer::Limits limits = resultLimits(op);
  int64_t planes = in[0] * in[1], inArea = elementCount(in.drop_front(2)), outArea = elementCount(out.drop_front(2));
  forEachIndex(out.drop_front(2), [&](ArrayRef<int64_t> index, int64_t linear) {
    WindowTaps taps = windowTaps(op, in.drop_front(2), index);
    int64_t inside = static_cast<int64_t>(taps.positions.size());
    int64_t count = std::max<int64_t>(1, op.getKind() == PoolKind::Average ? inside : taps.counted);
    integer::Multiplier factor = *rescale(op, count);
    for (int64_t p = 0; p < planes; ++p) {
      int64_t sum = 0;
      for (int64_t at : taps.positions)
        sum += x[p * inArea + at];
      result[p * outArea + linear] = integer::requantize(sum, factor, limits);
    }
  });
  return Tensor::fromInts(op.getType(), result);
}

static Tensor mean(ReduceOp op, const Tensor &input) {
  Shape kept(input.getShape());
  for (int64_t axis : op.getAxes())
    kept[axis] = 1;
  Ints x = withoutZeros(input, quantizedElement(op.getInput())->zeros, -1), map = broadcastMap(kept, input.getShape());
  Ints sums(op.getType().getNumElements(), 0);
  for (size_t i = 0; i < x.size(); ++i)
    sums[map[i]] += x[i];
  integer::Multiplier factor = *rescale(op, static_cast<int64_t>(x.size() / std::max<size_t>(1, sums.size())));
  integer::Limits limits = resultLimits(op);
  for (int64_t &sum : sums)
    sum = integer::requantize(sum, factor, limits);
  return Tensor::fromInts(op.getType(), sums);
}

static Tensor softmax(SoftmaxOp op, const Tensor &input) {
  AxisView view(input.getShape(), op.getAxis());
  integer::SoftmaxFactors factors = *softmaxOf(op);
  integer::Limits limits = resultLimits(op);
  Ints x = input.toInts();
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t inner = 0; inner < view.stride; ++inner) {
      int64_t top = std::numeric_limits<int64_t>::min(), sum = 0;
      for (int64_t i = 0; i < view.size; ++i)
        top = std::max(top, x[view.position(o, i, inner)]);
      for (int64_t i = 0; i < view.size; ++i)
        sum += factors.table[top - x[view.position(o, i, inner)]];
      integer::SoftmaxRow row = integer::softmaxRow(factors, sum);
      for (int64_t i = 0; i < view.size; ++i) {
        int64_t &value = x[view.position(o, i, inner)];
        value = limits.clamp(integer::roundShift(factors.table[top - value] * row.factor, row.shift) + limits.zero);
      }
    }
  return Tensor::fromInts(op.getType(), x);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Copies
//===--------------------------------------------------------------------------------------------------------------===//

static Tensor concat(ConcatOp op, Operands operands) {
  Results inputs;
  for (auto [i, operand] : llvm::enumerate(operands)) {
    RankedTensorType type = operand.getType().clone(op.getType().getElementType());
    Ints values = operand.toInts();
    if (!sameQuantization(operand.getType(), op.getType()))
      lookUp(values, tableOf(op, i));
    inputs.push_back(Tensor::fromInts(type, values));
  }
  return evaluateOp(op, inputs);
}

// The same operator on the stored integers, in the input's quantisation, then brought to the result's.
static FailureOr<Results> copyAndRescale(Operation *op, Operands operands) {
  auto copied = [&]() -> FailureOr<Results> {
    if (auto pool = dyn_cast<PoolOp>(op))
      return Results{evaluateOp(pool, operands)};
    if (auto reduce = dyn_cast<ReduceOp>(op))
      return Results{evaluateOp(reduce, operands)};
    return evaluateMovement(op, operands);
  }();
  if (failed(copied))
    return failure();
  return Results{rescaleValues(op, copied->front())};
}

FailureOr<Results> sinter::nn::evaluateQuantized(Operation *op, Operands operands) {
  if (whyNoIntegerForm(op))
    return failure();
  auto one = [](Tensor tensor) -> FailureOr<Results> { return Results{std::move(tensor)}; };
  return llvm::TypeSwitch<Operation *, FailureOr<Results>>(op)
      .Case<DequantizeOp>([&](DequantizeOp o) { return one(dequantize(o, operands[0])); })
      .Case<QuantizeOp>([&](QuantizeOp o) {
        return one(quantizedElement(o.getInput()) ? rescaleValues(o, operands[0]) : quantizeFloats(o, operands[0]));
      })
      .Case<ConvOp>([&](ConvOp o) { return one(convolve(o, operands)); })
      .Case<MatmulOp>([&](MatmulOp o) { return one(multiplyMatrices(o, operands)); })
      .Case<BinaryOp>([&](BinaryOp o) { return one(combine(o, operands)); })
      .Case<UnaryOp>([&](UnaryOp o) { return one(unary(o, operands[0])); })
      .Case<SoftmaxOp>([&](SoftmaxOp o) { return one(softmax(o, operands[0])); })
      .Case<ConcatOp>([&](ConcatOp o) { return one(concat(o, operands)); })
      .Case<PoolOp>([&](PoolOp o) {
        return o.getKind() == PoolKind::Max ? copyAndRescale(o, operands) : one(average(o, operands[0]));
      })
      .Case<ReduceOp>([&](ReduceOp o) {
        return o.getKind() == ReduceKind::Mean ? one(mean(o, operands[0])) : copyAndRescale(o, operands);
      })
      .Default([&](Operation *other) { return copyAndRescale(other, operands); });
}
