// Reductions, softmax, argmax, running sums, top-k.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::BinaryKind;
using nn::CompareKind;
using nn::ReduceKind;
using nn::UnaryKind;

namespace {
// What surrounds the plain reduction.
enum class Form { Plain, L2, LogSum, LogSumExp };

struct Reduction {
  Ints axes;
  bool keepdims = true;
  bool nothing = false; ///< No axes and noop_with_empty_axes: the input passes unreduced.
};
} // namespace

// Axes are an attribute, or an input from `inputSince` on. None means all.
static bool readReduction(Node &n, int inputSince, Reduction &r) {
  r.keepdims = n.intAttr("keepdims", 1) != 0;
  bool noop = false;
  std::optional<Ints> axes;
  if (n.getOpset() >= inputSince) {
    noop = n.intAttr("noop_with_empty_axes", 0) != 0;
    axes = n.knownInts(1, "axes");
  } else {
    axes = n.intsAttr("axes");
  }
  int64_t rank = n.rank(n.input(0));
  if (axes)
    for (int64_t axis : *axes)
      r.axes.push_back(n.normalizeAxis(axis, rank));
  llvm::sort(r.axes);
  r.axes.erase(std::unique(r.axes.begin(), r.axes.end()), r.axes.end());
  r.nothing = r.axes.empty() && noop;
  if (r.axes.empty() && !noop)
    for (int64_t i = 0; i < rank; ++i)
      r.axes.push_back(i);
  return !n.failed();
}

static Value logSumExp(Node &n, Value x, const Reduction &r) {
  // Relative to the maximum, so that exp cannot overflow; an infinite maximum is left out of the
  // difference.
  Value max = n.reduce(ReduceKind::Max, x, r.axes, /*keepdims=*/true);
  Value finite = n.select(n.unary(UnaryKind::IsInf, max, 1, 1), n.scalar(0, n.element(x)), max);
  Value sum = n.reduce(ReduceKind::Sum, n.unary(UnaryKind::Exp, n.sub(x, finite)), r.axes,
                       /*keepdims=*/true);
  Value result = n.add(n.unary(UnaryKind::Log, sum), finite);
  if (r.keepdims || n.failed())
    return result;
  Ints shape;
  for (auto [i, dim] : llvm::enumerate(n.shape(x)))
    if (!llvm::is_contained(r.axes, int64_t(i)))
      shape.push_back(dim);
  return n.reshape(result, shape);
}

template <ReduceKind kind, Form form, int inputSince> static void buildReduce(Node &n) {
  Reduction r;
  if (!readReduction(n, inputSince, r))
    return;
  Value x = n.input(0);
  Type element = n.element(x);
  // Logarithm and root of integers are taken in float, then truncated.
  bool widens = form != Form::Plain && !n.isFloat(x);
  if (widens)
    x = n.cast(x, Float64Type::get(n.getContext()));
  Value result;
  if (form == Form::LogSumExp && !r.nothing)
    result = logSumExp(n, x, r);
  else if (form == Form::LogSumExp)
    result = x;
  else
    result = n.reduce(kind, x, r.axes, r.keepdims);
  if (form == Form::L2)
    result = n.unary(UnaryKind::Sqrt, result);
  if (form == Form::LogSum)
    result = n.unary(UnaryKind::Log, result);
  n.setOutput(0, widens ? n.cast(result, element) : result);
}

template <ReduceKind kind> static void buildArgReduce(Node &n) {
  int64_t axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(n.input(0)));
  bool keepdims = n.intAttr("keepdims", 1) != 0, last = n.intAttr("select_last_index", 0) != 0;
  n.setOutput(0, n.create<nn::ArgReduceOp>(kind, n.input(0), axis, keepdims, last));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Softmax family
//===--------------------------------------------------------------------------------------------------------------===//

// Up to opset 12 the axes from `axis` on are one; `apply` works on a single axis.
template <typename Apply> static void buildOverAxis(Node &n, Apply apply) {
  Value x = n.input(0);
  int64_t rank = n.rank(x);
  bool flattens = n.getOpset() < 13;
  int64_t axis = n.normalizeAxis(n.intAttr("axis", flattens ? 1 : -1), rank);
  if (n.failed())
    return;
  if (!flattens || axis == rank - 1)
    return n.setOutput(0, apply(x, axis));
  Ints shape(n.shape(x)), flat = {1, 1};
  for (int64_t i = 0; i < rank; ++i)
    flat[i >= axis] *= shape[i];
  n.setOutput(0, n.reshape(apply(n.reshape(x, flat), 1), shape));
}

template <bool log> static void buildSoftmax(Node &n) {
  buildOverAxis(n, [&](Value x, int64_t axis) { return n.create<nn::SoftmaxOp>(x, axis, log); });
}

// One at the first largest element of the axis, zero elsewhere.
static void buildHardmax(Node &n) {
  buildOverAxis(n, [&](Value x, int64_t axis) {
    Value best = n.create<nn::ArgReduceOp>(ReduceKind::Max, x, axis, true, false);
    Ints counting(n.shape(x)[axis]), along(n.rank(x), 1);
    for (auto [i, value] : llvm::enumerate(counting))
      value = i;
    along[axis] = counting.size();
    Value index = n.reshape(n.i64Vector(counting), along);
    return n.cast(n.compare(CompareKind::Equal, best, index), n.element(x));
  });
}

//===--------------------------------------------------------------------------------------------------------------===//
// Along one axis
//===--------------------------------------------------------------------------------------------------------------===//

static void buildCumSum(Node &n) {
  std::optional<Ints> axis = n.knownInts(1, "axis");
  bool exclusive = n.intAttr("exclusive", 0) != 0, reverse = n.intAttr("reverse", 0) != 0;
  if (n.failed())
    return;
  if (!axis || axis->size() != 1)
    return n.invalid("axis must be one value");
  int64_t normal = n.normalizeAxis(axis->front(), n.rank(n.input(0)));
  n.setOutput(0, n.create<nn::CumSumOp>(n.input(0), normal, exclusive, reverse));
}

// Running products, unrolled: there is no such operator in nn, and axes are short where it is used.
static void buildCumProd(Node &n) {
  static constexpr int64_t longest = 512;
  std::optional<Ints> given = n.knownInts(1, "axis");
  bool exclusive = n.intAttr("exclusive", 0) != 0, reverse = n.intAttr("reverse", 0) != 0;
  if (n.failed())
    return;
  if (given->size() != 1)
    return n.invalid("axis must be one value");
  Value x = n.input(0);
  int64_t axis = n.normalizeAxis(given->front(), n.rank(x));
  if (n.failed())
    return;
  int64_t size = n.shape(x)[axis];
  if (size > longest || size == 0)
    return n.unsupported(DiagnosticCode::LimitExceeded,
                         "axis has size " + Twine(size) + ", supported are 1 to " + Twine(longest));
  SmallVector<Value> rows(size);
  Ints row(n.shape(x));
  row[axis] = 1;
  Value product = n.splat(row, 1, n.element(x));
  for (int64_t i = 0; i < size; ++i) {
    int64_t at = reverse ? size - 1 - i : i;
    Value next = n.mul(product, n.sliceAxis(x, axis, at, 1));
    rows[at] = exclusive ? product : next;
    product = next;
  }
  n.setOutput(0, n.concat(rows, axis));
}

static void buildTopK(Node &n) {
  Value x = n.input(0);
  int64_t axis = n.normalizeAxis(n.intAttr("axis", -1), n.rank(x));
  bool largest = n.intAttr("largest", 1) != 0;
  n.ignoreAttribute("sorted"); // Sorted is one of the orders that unsorted allows.
  std::optional<Ints> k = n.getOpset() >= 10 ? n.knownInts(1, "k") : std::optional<Ints>(Ints{n.intAttr("k", -1)});
  if (n.failed())
    return;
  if (!k || k->size() != 1 || k->front() < 0)
    return n.invalid("k must be one value that is not negative");
  Operation *op = n.createOp<nn::TopKOp>(x, k->front(), axis, largest);
  if (!op)
    return;
  SmallVector<Value> results = n.folded(op);
  n.setOutput(0, results[0]);
  n.setOutput(1, results[1]);
}

ArrayRef<OperatorEntry> sinter::onnx_import::reductionOperators() {
  static const OperatorEntry entries[] = {
      {"ArgMax", 1, buildArgReduce<ReduceKind::Max>, 1, 1},
      {"ArgMin", 1, buildArgReduce<ReduceKind::Min>, 1, 1},
      {"CumProd", 26, buildCumProd, 2, 2},
      {"CumSum", 11, buildCumSum, 2, 2},
      {"Hardmax", 1, buildHardmax, 1, 1},
      {"LogSoftmax", 1, buildSoftmax<true>, 1, 1},
      {"ReduceL1", 1, buildReduce<ReduceKind::L1, Form::Plain, 18>, 1, 2},
      {"ReduceL2", 1, buildReduce<ReduceKind::SumSquare, Form::L2, 18>, 1, 2},
      {"ReduceLogSum", 1, buildReduce<ReduceKind::Sum, Form::LogSum, 18>, 1, 2},
      {"ReduceLogSumExp", 1, buildReduce<ReduceKind::Sum, Form::LogSumExp, 18>, 1, 2},
      {"ReduceMax", 1, buildReduce<ReduceKind::Max, Form::Plain, 18>, 1, 2},
      {"ReduceMean", 1, buildReduce<ReduceKind::Mean, Form::Plain, 18>, 1, 2},
      {"ReduceMin", 1, buildReduce<ReduceKind::Min, Form::Plain, 18>, 1, 2},
      {"ReduceProd", 1, buildReduce<ReduceKind::Prod, Form::Plain, 18>, 1, 2},
      {"ReduceSum", 1, buildReduce<ReduceKind::Sum, Form::Plain, 13>, 1, 2},
      {"ReduceSumSquare", 1, buildReduce<ReduceKind::SumSquare, Form::Plain, 18>, 1, 2},
      {"Softmax", 1, buildSoftmax<false>, 1, 1},
      {"TopK", 1, buildTopK, 1, 2},
  };
  return entries;
}
