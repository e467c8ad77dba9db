// Resize: coordinates and weights by ONNX's formulas, and its reference evaluation.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/EvaluatorOps.h"
#include "dialects/nn/ResizeTaps.h"
#include <cmath>

using namespace mlir;
using namespace sinter::nn;

double sinter::nn::resizeCoordinate(ResizeOp op, int64_t axis, int64_t i) {
  double scale = op.getScales()[axis], x = static_cast<double>(i);
  double input = op.getInput().getType().getDimSize(axis), output = op.getType().getDimSize(axis);
  double halfPixel = (x + 0.5) / scale - 0.5;
  switch (op.getCoordinate()) {
  case ResizeCoordinate::HalfPixel: return halfPixel;
  case ResizeCoordinate::Asymmetric: return x / scale;
  case ResizeCoordinate::AlignCorners: // ONNX's reference takes the unrounded output size
    return output == 1 ? 0 : x * (input - 1) / (scale * input - 1);
  case ResizeCoordinate::PytorchHalfPixel: return output == 1 ? 0 : halfPixel;
  case ResizeCoordinate::HalfPixelSymmetric: {
    double adjustment = output / (scale * input);
    return input / 2 * (1 - adjustment) + halfPixel;
  }
  }
  llvm_unreachable("all coordinates are listed");
}

static int64_t nearestIndex(NearestRound round, double x) {
  switch (round) {
  case NearestRound::PreferFloor: return static_cast<int64_t>(std::ceil(x - 0.5));
  case NearestRound::PreferCeil: return static_cast<int64_t>(std::floor(x + 0.5));
  case NearestRound::Floor: return static_cast<int64_t>(std::floor(x));
  case NearestRound::Ceil: return static_cast<int64_t>(std::ceil(x));
  }
  llvm_unreachable("all roundings are listed");
}

// Keys' cubic at distance d.
static double cubic(double d, double a) {
  d = std::fabs(d);
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static SmallVector<ResizeTap, 4> tapsAt(ResizeOp op, double x) {
  int64_t left = static_cast<int64_t>(std::floor(x));
  double rest = x - static_cast<double>(left);
  switch (op.getMode()) {
  case ResizeMode::Nearest: return {{nearestIndex(op.getNearest(), x), 1}};
  case ResizeMode::Linear: return {{left, 1 - rest}, {left + 1, rest}};
  case ResizeMode::Cubic: {
    double a = op.getCubicCoeff().convertToDouble();
    SmallVector<ResizeTap, 4> taps;
    for (int64_t i = -1; i <= 2; ++i)
      taps.push_back({left + i, cubic(static_cast<double>(i) - rest, a)});
    return taps;
  }
  }
  llvm_unreachable("all modes are listed");
}

// Coordinates beyond the border read the border, or are left out and the other weights made to sum to 1.
static void keepInside(SmallVectorImpl<ResizeTap> &taps, int64_t size, bool excludeOutside) {
  double sum = 0;
  for (ResizeTap &tap : taps) {
    bool outside = tap.index < 0 || tap.index >= size;
    if (outside && excludeOutside)
      tap.weight = 0;
    tap.index = std::max<int64_t>(0, std::min(tap.index, size - 1));
    sum += tap.weight;
  }
  for (ResizeTap &tap : taps)
    if (excludeOutside && sum != 0)
      tap.weight /= sum;
}

std::vector<SmallVector<ResizeTap, 4>> sinter::nn::resizeTaps(ResizeOp op, int64_t axis) {
  int64_t input = op.getInput().getType().getDimSize(axis), output = op.getType().getDimSize(axis);
  std::vector<SmallVector<ResizeTap, 4>> taps(output);
  for (int64_t i = 0; i < output; ++i) {
    if (input == output && op.getScales()[axis] == 1) {
      taps[i] = {{i, 1}};
      continue;
    }
    taps[i] = tapsAt(op, resizeCoordinate(op, axis, i));
    keepInside(taps[i], input, op.getExcludeOutside());
  }
  return taps;
}

// One axis of a resize of doubles.
static std::vector<double> resizeAxis(ArrayRef<double> x, ArrayRef<int64_t> shape, int64_t axis,
                                      ArrayRef<SmallVector<ResizeTap, 4>> taps) {
  AxisView from(shape, axis);
  std::vector<double> y;
  for (int64_t o = 0; o < from.outer; ++o)
    for (const auto &row : taps)
      for (int64_t inner = 0; inner < from.stride; ++inner) {
        double sum = 0;
        for (ResizeTap tap : row)
          sum += tap.weight * x[from.position(o, tap.index, inner)];
        y.push_back(sum);
      }
  return y;
}

static Tensor resizeNearest(ResizeOp op, const Tensor &input) {
  Shape strides = stridesOf(input.getShape());
  std::vector<std::vector<SmallVector<ResizeTap, 4>>> taps;
  for (int64_t axis = 0; axis < input.getRank(); ++axis)
    taps.push_back(resizeTaps(op, axis));
  std::vector<int64_t> sources(op.getType().getNumElements());
  forEachIndex(op.getType().getShape(), [&](ArrayRef<int64_t> index, int64_t linear) {
    for (size_t d = 0; d < index.size(); ++d)
      sources[linear] += taps[d][index[d]].front().index * strides[d];
  });
  return gatherElements(input, op.getType(), sources);
}

Tensor sinter::nn::evaluateOp(ResizeOp op, Operands operands) {
  const Tensor &input = operands[0];
  if (op.getMode() == ResizeMode::Nearest)
    return resizeNearest(op, input);
  bool floats = isa<FloatType>(input.getElementType());
  std::vector<double> values;
  if (floats) {
    values = input.toDoubles();
  } else {
    std::vector<int64_t> ints = input.toInts();
    values.assign(ints.begin(), ints.end());
  }
  Shape shape(input.getShape());
  for (int64_t axis = 0; axis < input.getRank(); ++axis) {
    std::vector<SmallVector<ResizeTap, 4>> taps = resizeTaps(op, axis);
    if (shape[axis] == static_cast<int64_t>(taps.size()) && op.getScales()[axis] == 1)
      continue;
    values = resizeAxis(values, shape, axis, taps);
    shape[axis] = taps.size();
  }
  if (floats)
    return Tensor::fromDoubles(op.getType(), values);
  return Tensor::fromInts(op.getType(), std::vector<int64_t>(values.begin(), values.end()));
}
