// Pooling, reductions, normalisation and sorting of the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/CorrectMath.h"
#include "dialects/nn/EvaluatorOps.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;
using namespace sinter::nn;
namespace correct = sinter::correct;

static constexpr double infinity = std::numeric_limits<double>::infinity();

// numpy's maximum and minimum: NaN wins.
static double larger(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b); }
static double smaller(double a, double b) { return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b); }

static int64_t leastInt(Type element) {
  return isUnsignedElement(element) ? 0 : std::numeric_limits<int64_t>::min() >> (64 - elementBits(element));
}
static int64_t greatestInt(Type element) {
  return isUnsignedElement(element) ? static_cast<int64_t>(~uint64_t(0) >> (64 - elementBits(element)))
                                    : std::numeric_limits<int64_t>::max() >> (64 - elementBits(element));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Pooling
//===--------------------------------------------------------------------------------------------------------------===//

WindowTaps sinter::nn::windowTaps(PoolOp op, ArrayRef<int64_t> input, ArrayRef<int64_t> output) {
  size_t spatial = input.size();
  ArrayRef<int64_t> pads = op.getPads();
  ArrayRef<int64_t> countedEnds = op.getCountedPads().empty() ? pads.drop_front(spatial) : op.getCountedPads();
  Shape strides = stridesOf(input);
  WindowTaps taps;
  forEachIndex(op.getKernel(), [&](ArrayRef<int64_t> tap, int64_t) {
    bool inside = true, counted = true;
    int64_t position = 0;
    for (size_t i = 0; i < spatial; ++i) {
      int64_t at = output[i] * op.getStrides()[i] - pads[i] + tap[i] * op.getDilations()[i];
      inside &= at >= 0 && at < input[i];
      counted &= at >= -pads[i] && at < input[i] + countedEnds[i];
      position += at * strides[i];
    }
    if (inside)
      taps.positions.push_back(position);
    taps.counted += counted;
  });
  return taps;
}

static double poolFloats(PoolKind kind, const double *plane, const WindowTaps &taps) {
  double value = kind == PoolKind::Max ? -infinity : 0;
  for (int64_t at : taps.positions)
    value = kind == PoolKind::Max ? larger(value, plane[at]) : value + plane[at];
  if (kind == PoolKind::Max)
    return value;
  int64_t count = kind == PoolKind::Average ? static_cast<int64_t>(taps.positions.size()) : taps.counted;
  return count == 0 ? 0 : value / static_cast<double>(count);
}

static int64_t poolInts(PoolKind kind, const int64_t *plane, const WindowTaps &taps, Type element) {
  int64_t value = kind == PoolKind::Max ? leastInt(element) : 0;
  for (int64_t at : taps.positions) {
    if (kind != PoolKind::Max)
      value = wrapAdd(value, plane[at]);
    else if (lessInt(value, plane[at], isUnsignedElement(element)))
      value = plane[at];
  }
  int64_t count = kind == PoolKind::Average ? static_cast<int64_t>(taps.positions.size()) : taps.counted;
  return kind == PoolKind::Max || count == 0 ? value : value / count;
}

Tensor sinter::nn::evaluateOp(PoolOp op, Operands operands) {
  ArrayRef<int64_t> in = operands[0].getShape(), out = op.getType().getShape();
  Type element = operands[0].getElementType();
  bool floats = isa<FloatType>(element);
  std::vector<double> x, y(floats ? elementCount(out) : 0);
  std::vector<int64_t> ix, iy(floats ? 0 : elementCount(out));
  if (floats)
    x = operands[0].toDoubles();
  else
    ix = operands[0].toInts();
  int64_t planes = in[0] * in[1], inArea = elementCount(in.drop_front(2)), outArea = elementCount(out.drop_front(2));
  forEachIndex(out.drop_front(2), [&](ArrayRef<int64_t> index, int64_t linear) {
    WindowTaps taps = windowTaps(op, in.drop_front(2), index);
    for (int64_t p = 0; p < planes; ++p) {
      if (floats)
        y[p * outArea + linear] = poolFloats(op.getKind(), &x[p * inArea], taps);
      else
        iy[p * outArea + linear] = poolInts(op.getKind(), &ix[p * inArea], taps, element);
    }
  });
  return floats ? Tensor::fromDoubles(op.getType(), y) : Tensor::fromInts(op.getType(), iy);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Reductions
//===--------------------------------------------------------------------------------------------------------------===//

// For every input position, the position of the result that it is reduced into.
static std::vector<int64_t> reductionMap(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  Shape kept(shape);
  for (int64_t axis : axes)
    kept[axis] = 1;
  return broadcastMap(kept, shape);
}

static Tensor reduceFloats(ReduceOp op, const Tensor &input, ArrayRef<int64_t> map) {
  ReduceKind kind = op.getKind();
  double start = kind == ReduceKind::Max    ? -infinity
                 : kind == ReduceKind::Min  ? infinity
                 : kind == ReduceKind::Prod ? 1
                                            : 0;
  std::vector<double> x = input.toDoubles(), y(op.getType().getNumElements(), start);
  for (size_t i = 0; i < x.size(); ++i) {
    double &to = y[map[i]];
    switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean: to += x[i]; break;
    case ReduceKind::Max: to = larger(to, x[i]); break;
    case ReduceKind::Min: to = smaller(to, x[i]); break;
    case ReduceKind::Prod: to *= x[i]; break;
    case ReduceKind::SumSquare: to += x[i] * x[i]; break;
    case ReduceKind::L1: to += std::fabs(x[i]); break;
    }
  }
  if (kind == ReduceKind::Mean)
    for (double &value : y)
      value /= static_cast<double>(x.size() / y.size());
  return Tensor::fromDoubles(op.getType(), y);
}

static Tensor reduceInts(ReduceOp op, const Tensor &input, ArrayRef<int64_t> map) {
  ReduceKind kind = op.getKind();
  Type element = input.getElementType();
  bool isUnsigned = isUnsignedElement(element);
  int64_t start = kind == ReduceKind::Max   ? leastInt(element)
                  : kind == ReduceKind::Min ? greatestInt(element)
                                            : kind == ReduceKind::Prod;
  std::vector<int64_t> x = input.toInts(), y(op.getType().getNumElements(), start);
  for (size_t i = 0; i < x.size(); ++i) {
    int64_t &to = y[map[i]];
    switch (kind) {
    case ReduceKind::Sum:
    case ReduceKind::Mean: to = wrapAdd(to, x[i]); break;
    case ReduceKind::Max: to = lessInt(to, x[i], isUnsigned) ? x[i] : to; break;
    case ReduceKind::Min: to = lessInt(x[i], to, isUnsigned) ? x[i] : to; break;
    case ReduceKind::Prod: to = wrapMul(to, x[i]); break;
    case ReduceKind::SumSquare: to = wrapAdd(to, wrapMul(x[i], x[i])); break;
    case ReduceKind::L1: to = wrapAdd(to, !isUnsigned && x[i] < 0 ? wrapSub(0, x[i]) : x[i]); break;
    }
  }
  if (kind == ReduceKind::Mean && !y.empty() && x.size() >= y.size())
    for (int64_t &value : y) // integers truncate toward zero
      value = isUnsigned ? static_cast<int64_t>(static_cast<uint64_t>(value) / (x.size() / y.size()))
                         : value / static_cast<int64_t>(x.size() / y.size());
  return Tensor::fromInts(op.getType(), y);
}

Tensor sinter::nn::evaluateOp(ReduceOp op, Operands operands) {
  std::vector<int64_t> map = reductionMap(operands[0].getShape(), op.getAxes());
  return isa<FloatType>(operands[0].getElementType()) ? reduceFloats(op, operands[0], map)
                                                      : reduceInts(op, operands[0], map);
}

// Whether value `a` goes before `b` when the largest (or least) come first. Works on doubles and on integers.
template <typename T> static bool before(T a, T b, bool largest) { return largest ? a > b : a < b; }

// Calls `visit` with a comparison of positions, by the tensor's values.
template <typename Visit> static auto withOrder(const Tensor &tensor, bool largest, Visit visit) {
  if (isa<FloatType>(tensor.getElementType())) {
    std::vector<double> x = tensor.toDoubles();
    return visit([&x, largest](int64_t a, int64_t b) { return before(x[a], x[b], largest); });
  }
  std::vector<int64_t> x = tensor.toInts();
  if (isUnsignedElement(tensor.getElementType()))
    for (int64_t &value : x) // order-preserving map of unsigned to signed
      value = static_cast<int64_t>(static_cast<uint64_t>(value) ^ (uint64_t(1) << 63));
  return visit([&x, largest](int64_t a, int64_t b) { return before(x[a], x[b], largest); });
}

Tensor sinter::nn::evaluateOp(ArgReduceOp op, Operands operands) {
  AxisView view(operands[0].getShape(), op.getAxis());
  std::vector<int64_t> result;
  withOrder(operands[0], op.getKind() == ReduceKind::Max, [&](auto goesBefore) {
    for (int64_t o = 0; o < view.outer; ++o) {
      for (int64_t inner = 0; inner < view.stride; ++inner) {
        int64_t best = 0;
        for (int64_t i = 1; i < view.size; ++i) {
          int64_t a = view.position(o, i, inner), b = view.position(o, best, inner);
          if (goesBefore(a, b) || (op.getSelectLast() && !goesBefore(b, a)))
            best = i;
        }
        result.push_back(best);
      }
    }
  });
  return Tensor::fromInts(op.getType(), result);
}

Results sinter::nn::evaluateTopK(TopKOp op, Operands operands) {
  AxisView view(operands[0].getShape(), op.getAxis());
  int64_t k = op.getK();
  std::vector<int64_t> sources(view.outer * k * view.stride), indices(sources.size());
  withOrder(operands[0], op.getLargest(), [&](auto goesBefore) {
    std::vector<int64_t> order(view.size);
    for (int64_t o = 0; o < view.outer; ++o) {
      for (int64_t inner = 0; inner < view.stride; ++inner) {
        std::iota(order.begin(), order.end(), 0);
        llvm::sort(order, [&](int64_t a, int64_t b) {
          int64_t x = view.position(o, a, inner), y = view.position(o, b, inner);
          return goesBefore(x, y) || (!goesBefore(y, x) && a < b);
        });
        for (int64_t i = 0; i < k; ++i) {
          int64_t to = (o * k + i) * view.stride + inner;
          sources[to] = view.position(o, order[i], inner);
          indices[to] = order[i];
        }
      }
    }
  });
  return {gatherElements(operands[0], resultType(op, 0), sources), Tensor::fromInts(resultType(op, 1), indices)};
}

Tensor sinter::nn::evaluateOp(CumSumOp op, Operands operands) {
  AxisView view(operands[0].getShape(), op.getAxis());
  bool floats = isa<FloatType>(operands[0].getElementType());
  std::vector<double> x, y(floats ? operands[0].size() : 0);
  std::vector<int64_t> ix, iy(floats ? 0 : operands[0].size());
  if (floats)
    x = operands[0].toDoubles();
  else
    ix = operands[0].toInts();
  for (int64_t o = 0; o < view.outer; ++o) {
    for (int64_t inner = 0; inner < view.stride; ++inner) {
      double sum = 0;
      int64_t intSum = 0;
      for (int64_t i = 0; i < view.size; ++i) {
        int64_t at = view.position(o, op.getReverse() ? view.size - 1 - i : i, inner);
        double before = sum;
        int64_t intBefore = intSum;
        if (floats) {
          sum += x[at];
          y[at] = op.getExclusive() ? before : sum;
        } else {
          intSum = wrapAdd(intSum, ix[at]);
          iy[at] = op.getExclusive() ? intBefore : intSum;
        }
      }
    }
  }
  return floats ? Tensor::fromDoubles(op.getType(), y) : Tensor::fromInts(op.getType(), iy);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Normalisation
//===--------------------------------------------------------------------------------------------------------------===//

Tensor sinter::nn::evaluateOp(SoftmaxOp op, Operands operands) {
  AxisView view(operands[0].getShape(), op.getAxis());
  std::vector<double> x = operands[0].toDoubles(), y(x.size());
  for (int64_t o = 0; o < view.outer; ++o) {
    for (int64_t inner = 0; inner < view.stride; ++inner) {
      double top = -infinity, sum = 0;
      for (int64_t i = 0; i < view.size; ++i)
        top = larger(top, x[view.position(o, i, inner)]);
      for (int64_t i = 0; i < view.size; ++i) {
        int64_t at = view.position(o, i, inner);
        y[at] = correct::exp(x[at] - top);
        sum += y[at];
      }
      double logSum = op.getLog() ? correct::log(sum) : 0;
      for (int64_t i = 0; i < view.size; ++i) {
        int64_t at = view.position(o, i, inner);
        y[at] = op.getLog() ? x[at] - top - logSum : y[at] / sum;
      }
    }
  }
  return Tensor::fromDoubles(op.getType(), y);
}

Tensor sinter::nn::evaluateOp(LayerNormOp op, Operands operands) {
  ArrayRef<int64_t> shape = operands[0].getShape(), normalized = shape.drop_front(op.getAxis());
  int64_t rows = elementCount(shape.take_front(op.getAxis())), width = elementCount(normalized);
  std::vector<double> x = operands[0].toDoubles(), scale, bias;
  std::vector<int64_t> scaleMap, biasMap;
  size_t next = 1;
  if (op.getScale()) {
    scale = operands[next].toDoubles();
    scaleMap = broadcastMap(operands[next++].getShape(), normalized);
  }
  if (op.getBias()) {
    bias = operands[next].toDoubles();
    biasMap = broadcastMap(operands[next].getShape(), normalized);
  }
  for (int64_t row = 0; row < rows; ++row) {
    double *values = x.data() + row * width, mean = 0, variance = 0;
    for (int64_t i = 0; i < width && !op.getRms(); ++i)
      mean += values[i] / static_cast<double>(width);
    for (int64_t i = 0; i < width; ++i)
      variance += (values[i] - mean) * (values[i] - mean) / static_cast<double>(width);
    double deviation = std::sqrt(variance + op.getEpsilon().convertToDouble());
    for (int64_t i = 0; i < width; ++i) {
      values[i] = (values[i] - mean) / deviation;
      if (op.getScale())
        values[i] *= scale[scaleMap[i]];
      if (op.getBias())
        values[i] += bias[biasMap[i]];
    }
  }
  return Tensor::fromDoubles(op.getType(), x);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Dynamic quantisation
//===--------------------------------------------------------------------------------------------------------------===//

// In float32 throughout, as ONNX's function body and reference: the scale is a float32 that the next operator sees.
Results sinter::nn::evaluateDynamicQuantize(DynamicQuantizeOp op, Operands operands) {
  std::vector<double> x = operands[0].toDoubles();
  float least = 0, greatest = 0;
  for (double value : x) {
    least = std::min(least, static_cast<float>(value));
    greatest = std::max(greatest, static_cast<float>(value));
  }
  float scale = (least == greatest ? 1.0f : greatest - least) / 255.0f;
  float offset = std::min(255.0f, std::max(0.0f, 0.0f - least / scale));
  double zeroPoint = correct::roundEven(offset);
  std::vector<int64_t> y;
  for (double value : x) {
    double q = correct::roundEven(static_cast<float>(value) / scale) + zeroPoint;
    y.push_back(static_cast<int64_t>(std::min(255.0, std::max(0.0, q))));
  }
  return {Tensor::fromInts(resultType(op, 0), y), Tensor::fromDoubles(resultType(op, 1), {static_cast<double>(scale)}),
          Tensor::fromInts(resultType(op, 2), {static_cast<int64_t>(zeroPoint)})};
}
