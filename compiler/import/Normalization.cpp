// Normalizations, in terms of layer normalisation, reductions and arithmetic.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::ReduceKind;
using nn::UnaryKind;

static Ints axesFrom(int64_t first, int64_t rank) {
  Ints axes;
  for (int64_t i = first; i < rank; ++i)
    axes.push_back(i);
  return axes;
}

static Value plus(Node &n, Value x, double number) { return n.add(x, n.scalar(number, n.element(x))); }

static Value layerNorm(Node &n, Value x, Value scale, Value bias, int64_t axis, double epsilon, bool rms = false) {
  return n.create<nn::LayerNormOp>(x, scale, bias, axis, APFloat(epsilon), rms);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Batch
//===--------------------------------------------------------------------------------------------------------------===//

struct Moments {
  Value mean, variance;
};

// Population mean and variance of each channel.
static Moments channelMoments(Node &n, Value x) {
  Ints axes = axesFrom(2, n.rank(x));
  axes.insert(axes.begin(), 0);
  Value mean = n.reduce(ReduceKind::Mean, x, axes);
  Value difference = n.sub(x, mean);
  Value variance = n.reduce(ReduceKind::Mean, n.mul(difference, difference), axes);
  Ints channels = {n.rank(x) > 1 ? n.shape(x)[1] : 1};
  return {n.reshape(mean, channels), n.reshape(variance, channels)};
}

static Value blend(Node &n, Value running, Value current, double momentum) {
  Type element = n.element(running);
  Value now = n.cast(current, element);
  return n.add(n.mul(running, n.scalar(momentum, element)), n.mul(now, n.scalar(1 - momentum, element)));
}

// x * a + b with a = scale / sqrt(variance + epsilon), b = bias - mean * a: a and b are constants
// in every trained model.
static void buildBatchNormalization(Node &n) {
  double epsilon = n.floatAttr("epsilon", 1e-5f), momentum = n.floatAttr("momentum", 0.9f);
  bool training = n.intAttr("training_mode", 0) != 0;
  n.ignoreAttribute("spatial");
  if (n.getOpset() < 9 && n.intAttr("spatial", 1) == 0)
    return n.unsupported(DiagnosticCode::UnsupportedAttr, "spatial = 0 is not supported");
  if (n.getOpset() < 14 && n.wantsOutput(1))
    return n.unsupported(DiagnosticCode::UnsupportedOp, "is in training mode, which is not supported before opset 14",
                         "export the model for inference");
  Value x = n.input(0);
  if (n.rank(x) < 2)
    return n.invalid("input has rank " + Twine(n.rank(x)) + ", needs batch and channels");
  Moments moments = {n.input(3), n.input(4)};
  if (training) {
    moments = channelMoments(n, x);
    n.setOutput(1, blend(n, n.input(3), moments.mean, momentum));
    n.setOutput(2, blend(n, n.input(4), moments.variance, momentum));
  }
  Type element = n.element(x), work = n.element(moments.variance);
  Value a = n.div(n.cast(n.input(1), work), n.unary(UnaryKind::Sqrt, plus(n, moments.variance, epsilon)));
  Value b = n.sub(n.cast(n.input(2), work), n.mul(moments.mean, a));
  int64_t rank = n.rank(x);
  Value y = n.add(n.mul(n.cast(x, work), n.alongChannels(a, rank)), n.alongChannels(b, rank));
  n.setOutput(0, n.cast(y, element));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Instance, group, layer
//===--------------------------------------------------------------------------------------------------------------===//

static void buildInstanceNormalization(Node &n) {
  Value x = n.input(0);
  int64_t rank = n.rank(x);
  if (rank < 3)
    return n.invalid("input has rank " + Twine(rank) + ", needs batch, channels and at least one spatial axis");
  Value normal = layerNorm(n, x, {}, {}, 2, n.floatAttr("epsilon", 1e-5f));
  n.setOutput(0, n.add(n.mul(normal, n.alongChannels(n.input(1), rank)), n.alongChannels(n.input(2), rank)));
}

// Each group of channels is normalised as one. Up to opset 20 scale and bias are per group, then
// per channel.
static void buildGroupNormalization(Node &n) {
  int64_t groups = n.intAttr("num_groups", 0);
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  int64_t stash = n.intAttr("stash_type", 1);
  Value x = n.input(0);
  if (n.rank(x) < 2 || groups < 1 || n.shape(x)[1] % groups != 0)
    return n.invalid("num_groups " + Twine(groups) + " does not divide the channels");
  Type element = n.element(x), work = n.getOpset() >= 21 ? n.elementOf(stash) : element;
  Ints shape(n.shape(x));
  int64_t perGroup = shape[1] / groups, inside = perGroup;
  for (int64_t i = 2; i < n.rank(x); ++i)
    inside *= shape[i];
  Value normal = layerNorm(n, n.reshape(n.cast(x, work), {shape[0], groups, inside}), {}, {}, 2, epsilon);
  normal = n.cast(n.reshape(normal, shape), element);
  Value parameters[2] = {n.input(1), n.input(2)};
  for (Value &p : parameters) {
    if (n.getOpset() < 21 && n.type(p).getNumElements() == groups)
      p = n.reshape(n.broadcast(n.reshape(p, {groups, 1}), {groups, perGroup}), {shape[1]});
    p = n.alongChannels(p, n.rank(x));
  }
  n.setOutput(0, n.add(n.mul(normal, parameters[0]), parameters[1]));
}

static void buildLayerNormalization(Node &n) {
  Value x = n.input(0);
  int64_t axis = n.normalizeAxis(n.intAttr("axis", -1), n.rank(x));
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  Type element = n.element(x), work = n.elementOf(n.intAttr("stash_type", 1));
  if (n.failed())
    return;
  bool same = element == work;
  Value wide = n.cast(x, work);
  if (same) {
    n.setOutput(0, layerNorm(n, x, n.input(1), n.input(2), axis, epsilon));
  } else {
    // Normalised in the wider type, scaled in the input's.
    Value y = n.mul(n.cast(layerNorm(n, wide, {}, {}, axis, epsilon), element), n.input(1));
    n.setOutput(0, n.hasInput(2) ? n.add(y, n.input(2)) : y);
  }
  if (!n.wantsOutput(1) && !n.wantsOutput(2))
    return;
  Ints axes = axesFrom(axis, n.rank(x));
  Value mean = n.reduce(ReduceKind::Mean, wide, axes), difference = n.sub(wide, mean);
  Value variance = n.reduce(ReduceKind::Mean, n.mul(difference, difference), axes);
  n.setOutput(1, mean);
  n.setOutput(2, n.unary(UnaryKind::Reciprocal, n.unary(UnaryKind::Sqrt, plus(n, variance, epsilon))));
}

static void buildRmsNormalization(Node &n) {
  Value x = n.input(0);
  int64_t axis = n.normalizeAxis(n.intAttr("axis", -1), n.rank(x));
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  Type element = n.element(x), work = n.elementOf(n.intAttr("stash_type", 1));
  if (n.failed())
    return;
  if (element == work && n.element(n.input(1)) == element)
    return n.setOutput(0, layerNorm(n, x, n.input(1), {}, axis, epsilon, /*rms=*/true));
  Value normal = layerNorm(n, n.cast(x, work), {}, {}, axis, epsilon, /*rms=*/true);
  n.setOutput(0, n.mul(n.cast(normal, n.element(n.input(1))), n.input(1)));
}

static void buildMeanVarianceNormalization(Node &n) {
  Value x = n.input(0);
  Ints axes;
  for (int64_t axis : n.intsAttr("axes").value_or(Ints{0, 2, 3}))
    axes.push_back(n.normalizeAxis(axis, n.rank(x)));
  llvm::sort(axes);
  Value mean = n.reduce(ReduceKind::Mean, x, axes), difference = n.sub(x, mean);
  Value variance = n.reduce(ReduceKind::Mean, n.mul(difference, difference), axes);
  n.setOutput(0, n.div(difference, plus(n, n.unary(UnaryKind::Sqrt, variance), 1e-9)));
}

static void buildLpNormalization(Node &n) {
  Value x = n.input(0);
  int64_t axis = n.normalizeAxis(n.intAttr("axis", -1), n.rank(x)), p = n.intAttr("p", 2);
  if (p != 1 && p != 2)
    return n.invalid("p is " + Twine(p) + ", must be 1 or 2");
  Value norm = n.reduce(p == 1 ? ReduceKind::L1 : ReduceKind::SumSquare, x, {axis});
  if (p == 2)
    norm = n.unary(UnaryKind::Sqrt, norm);
  // Where the norm is zero the result is zero.
  Value zero = n.compare(nn::CompareKind::Equal, norm, n.scalar(0, n.element(x)));
  n.setOutput(0, n.div(x, n.select(zero, n.scalar(1, n.element(x)), norm)));
}

ArrayRef<OperatorEntry> sinter::onnx_import::normalizationOperators() {
  static const OperatorEntry entries[] = {
      {"BatchNormalization", 7, buildBatchNormalization, 5, 5},
      {"GroupNormalization", 18, buildGroupNormalization, 3, 3},
      {"InstanceNormalization", 6, buildInstanceNormalization, 3, 3},
      {"LayerNormalization", 17, buildLayerNormalization, 2, 3},
      {"LpNormalization", 1, buildLpNormalization, 1, 1},
      {"MeanVarianceNormalization", 9, buildMeanVarianceNormalization, 1, 1},
      {"RMSNormalization", 23, buildRmsNormalization, 2, 2},
  };
  return entries;
}
