// Pooling over windows and over whole planes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Operators.h"
#include "compiler/import/Window.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::PoolKind;

static bool readPool(Node &n, Window &w) {
  bool ceil = n.intAttr("ceil_mode", 0) != 0;
  if (!readWindow(n, n.input(0), {}, w))
    return false;
  ArrayRef<int64_t> spatial = n.shape(n.input(0)).drop_front(2);
  resolveAutoPad(spatial, w);
  if (ceil)
    resolveCeilMode(spatial, w);
  return true;
}

static Value pool(Node &n, PoolKind kind, Value input, const Window &w, ArrayRef<int64_t> counted = {}) {
  return n.create<nn::PoolOp>(kind, input, w.kernel, w.strides, w.pads, w.dilations, counted);
}

static void buildMaxPool(Node &n) {
  Window w;
  n.ignoreAttribute("storage_order"); // Concerns the indices alone, which are not supported.
  if (readPool(n, w))
    n.setOutput(0, pool(n, PoolKind::Max, n.input(0), w));
}

static void buildAveragePool(Node &n) {
  Window w;
  bool includePad = n.intAttr("count_include_pad", 0) != 0;
  if (!readPool(n, w))
    return;
  if (includePad)
    n.setOutput(0, pool(n, PoolKind::AverageIncludePad, n.input(0), w, w.endPads));
  else
    n.setOutput(0, pool(n, PoolKind::Average, n.input(0), w));
}

// |x|^p, and its inverse.
static Value power(Node &n, Value x, int64_t p) {
  return p == 1 ? x : p == 2 ? n.mul(x, x) : n.binary(nn::BinaryKind::Pow, x, n.scalar(p, n.element(x)));
}
static Value root(Node &n, Value x, int64_t p) {
  return p == 1   ? x
         : p == 2 ? n.unary(nn::UnaryKind::Sqrt, x)
                  : n.binary(nn::BinaryKind::Pow, x, n.scalar(1.0 / p, n.element(x)));
}

// The p-norm of a window is its average times its size, all padding counted.
static void buildLpPool(Node &n) {
  int64_t p = n.intAttr("p", 2);
  Window w;
  if (!readPool(n, w))
    return;
  Value powers = power(n, n.unary(nn::UnaryKind::Abs, n.input(0)), p);
  double size = 1;
  for (int64_t k : w.kernel)
    size *= k;
  Value average = pool(n, PoolKind::AverageIncludePad, powers, w);
  n.setOutput(0, root(n, n.mul(average, n.scalar(size, n.element(n.input(0)))), p));
}

static Ints spatialAxes(Node &n) {
  Ints axes;
  for (int64_t i = 2; i < n.rank(n.input(0)); ++i)
    axes.push_back(i);
  return axes;
}

template <nn::ReduceKind kind> static void buildGlobalPool(Node &n) {
  n.setOutput(0, n.reduce(kind, n.input(0), spatialAxes(n)));
}

static void buildGlobalLpPool(Node &n) {
  int64_t p = n.intAttr("p", 2);
  Value powers = power(n, n.unary(nn::UnaryKind::Abs, n.input(0)), p);
  n.setOutput(0, root(n, n.reduce(nn::ReduceKind::Sum, powers, spatialAxes(n)), p));
}

// x / (bias + alpha / size * Σ x²)^beta, the sum over neighbouring channels: an average pool along
// the channel axis.
static void buildLrn(Node &n) {
  int64_t size = n.intAttr("size", 0);
  double alpha = n.floatAttr("alpha", 0.0001f), beta = n.floatAttr("beta", 0.75), bias = n.floatAttr("bias", 1);
  Value x = n.input(0);
  if (size < 1 || size > INT32_MAX || n.rank(x) < 2)
    return n.invalid("size must be at least 1, and the input needs batch and channels");
  ArrayRef<int64_t> shape = n.shape(x);
  int64_t plane = 1;
  for (int64_t dim : shape.drop_front(2))
    plane *= dim;
  Window w;
  w.kernel = {size, 1};
  w.strides = w.dilations = {1, 1};
  w.pads = {(size - 1) / 2, 0, size - 1 - (size - 1) / 2, 0};
  Value squares = n.reshape(n.mul(x, x), {shape[0], 1, shape[1], plane});
  Value mean = n.reshape(pool(n, PoolKind::AverageIncludePad, squares, w), shape);
  Type element = n.element(x);
  Value base = n.add(n.mul(mean, n.scalar(alpha, element)), n.scalar(bias, element));
  n.setOutput(0, n.div(x, n.binary(nn::BinaryKind::Pow, base, n.scalar(beta, element))));
}

ArrayRef<OperatorEntry> sinter::onnx_import::poolOperators() {
  static const OperatorEntry entries[] = {
      {"AveragePool", 7, buildAveragePool, 1, 1},
      {"GlobalAveragePool", 1, buildGlobalPool<nn::ReduceKind::Mean>, 1, 1},
      {"GlobalLpPool", 2, buildGlobalLpPool, 1, 1},
      {"GlobalMaxPool", 1, buildGlobalPool<nn::ReduceKind::Max>, 1, 1},
      {"LRN", 1, buildLrn, 1, 1},
      {"LpPool", 2, buildLpPool, 1, 1},
      {"MaxPool", 1, buildMaxPool, 1, 1},
  };
  return entries;
}
