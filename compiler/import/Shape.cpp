// Constants and shape arithmetic.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/GraphImporter.h"
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"
#include "compiler/support/Limits.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

static std::optional<nn::Tensor> readAttribute(Node &n, const onnx::TensorProto &proto) {
  std::optional<nn::Tensor> tensor = readTensor(proto, n.getName(), n.getContext(), n.getImporter().getExternalData(),
                                                n.getImporter().getDiagnostics());
  if (!tensor)
    n.markFailed();
  return tensor;
}

static void buildConstant(Node &n) {
  Type f32 = Float32Type::get(n.getContext()), i64 = IntegerType::get(n.getContext(), 64);
  if (const onnx::TensorProto *value = n.tensorAttr("value")) {
    if (std::optional<nn::Tensor> tensor = readAttribute(n, *value))
      n.setOutput(0, n.constant(*tensor));
  } else if (n.hasAttribute("value_float")) {
    n.setOutput(0, n.scalar(n.floatAttr("value_float", 0), f32));
  } else if (n.hasAttribute("value_int")) {
    n.setOutput(0, n.constantInts({}, n.intAttr("value_int", 0), i64));
  } else if (std::optional<SmallVector<double>> floats = n.floatsAttr("value_floats")) {
    n.setOutput(0, n.constantFloats({int64_t(floats->size())}, *floats, f32));
  } else if (std::optional<Ints> ints = n.intsAttr("value_ints")) {
    n.setOutput(0, n.i64Vector(*ints));
  } else if (n.hasAttribute("value_string") || n.hasAttribute("value_strings")) {
    n.unsupported(DiagnosticCode::UnsupportedType, "strings are not supported yet", "tokenize outside of the model");
  } else if (n.hasAttribute("sparse_value")) {
    n.unsupported(DiagnosticCode::UnsupportedType, "sparse tensors are not supported", "export the tensor densely");
  } else {
    n.invalid("has no value");
  }
}

static void buildConstantOfShape(Node &n) {
  std::optional<Ints> shape = n.knownInts(0, "shape");
  const onnx::TensorProto *proto = n.tensorAttr("value");
  std::optional<nn::Tensor> value;
  if (proto && !(value = readAttribute(n, *proto)))
    return;
  if (n.failed())
    return;
  for (int64_t dim : *shape)
    if (dim < 0 || dim > limits::dimension)
      return n.invalid("shape has the value " + Twine(dim));
  if (!value)
    return n.setOutput(0, n.splat(*shape, 0, Float32Type::get(n.getContext())));
  if (value->size() != 1)
    return n.invalid("value must have one element");
  n.setOutput(0, n.splatOf(*shape, *value));
}

static void buildShape(Node &n) {
  ArrayRef<int64_t> shape = n.shape(n.input(0));
  int64_t rank = shape.size(), start = n.intAttr("start", 0), end = n.intAttr("end", rank);
  auto clamp = [&](int64_t axis) { return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank); };
  start = clamp(start);
  end = std::max(start, clamp(end));
  n.setOutput(0, n.i64Vector(shape.slice(start, end - start)));
}

static void buildSize(Node &n) {
  n.setOutput(0, n.constantInts({}, n.type(n.input(0)).getNumElements(), IntegerType::get(n.getContext(), 64)));
}

// Counts on a range are bounded so that a scalar in a file cannot ask for gigabytes.
static constexpr int64_t maximumRange = int64_t(1) << 24;

template <typename Number> static bool rangeCount(Node &n, Number start, Number limit, Number delta, int64_t &count) {
  double steps = std::ceil((double(limit) - double(start)) / double(delta));
  if (!(delta != 0) || !(steps <= double(maximumRange))) {
    n.invalid("range from " + std::to_string(start) + " to " + std::to_string(limit) + " by " + std::to_string(delta) +
              " has no length, or more than " + Twine(maximumRange) + " elements");
    return false;
  }
  count = steps > 0 ? static_cast<int64_t>(steps) : 0;
  return true;
}

static void buildRange(Node &n) {
  Type element = n.element(n.input(0));
  n.ignoreAttribute("stash_type");
  int64_t count;
  if (n.isFloat(n.input(0))) {
    std::optional<SmallVector<double>> a = n.knownFloats(0, "start"), b = n.knownFloats(1, "limit"),
                                       c = n.knownFloats(2, "delta");
    if (n.failed() || a->size() != 1 || b->size() != 1 || c->size() != 1 ||
        !rangeCount(n, (*a)[0], (*b)[0], (*c)[0], count))
      return n.markFailed();
    SmallVector<double> values(count);
    for (auto [i, value] : llvm::enumerate(values))
      value = (*a)[0] + double(i) * (*c)[0];
    return n.setOutput(0, n.constantFloats({count}, values, element));
  }
  std::optional<Ints> a = n.knownInts(0, "start"), b = n.knownInts(1, "limit"), c = n.knownInts(2, "delta");
  if (n.failed() || a->size() != 1 || b->size() != 1 || c->size() != 1 ||
      !rangeCount(n, (*a)[0], (*b)[0], (*c)[0], count))
    return n.markFailed();
  SmallVector<int64_t> values(count);
  for (auto [i, value] : llvm::enumerate(values))
    value = static_cast<int64_t>(uint64_t((*a)[0]) + uint64_t(i) * uint64_t((*c)[0]));
  n.setOutput(0, n.constantInts({count}, values, element));
}

// sum of factors[i] * cos(2 pi i k / N) for k = 0, 1 …, as Hann, Hamming and Blackman windows are
// defined. Computed by the reference evaluator, whose cosine is the same on every host.
static void buildWindow(Node &n, ArrayRef<double> factors) {
  std::optional<Ints> size = n.knownInts(0, "size");
  bool periodic = n.intAttr("periodic", 1) != 0;
  Type element = n.elementOf(n.intAttr("output_datatype", 1)), f64 = Float64Type::get(n.getContext());
  if (n.failed())
    return;
  if (size->size() != 1 || size->front() < 0 || size->front() > limits::foldedElements / 2)
    return n.invalid("size must be one value between 0 and " + Twine(limits::foldedElements / 2));
  int64_t count = size->front();
  Value sum = n.splat({count}, factors[0], f64);
  for (size_t i = 1; i < factors.size(); ++i) {
    SmallVector<double> angles(count);
    for (auto [k, angle] : llvm::enumerate(angles))
      angle = double(k) * (2.0 * double(i) * llvm::numbers::pi) / double(periodic ? count : count - 1);
    Value cosine = n.unary(nn::UnaryKind::Cos, n.constantFloats({count}, angles, f64));
    sum = n.add(sum, n.mul(cosine, n.scalar(factors[i], f64)));
  }
  n.setOutput(0, n.cast(sum, element));
}
static void buildHannWindow(Node &n) { buildWindow(n, {0.5, -0.5}); }
static void buildHammingWindow(Node &n) { buildWindow(n, {25.0 / 46.0, -21.0 / 46.0}); }
static void buildBlackmanWindow(Node &n) { buildWindow(n, {0.42, -0.5, 0.08}); }

static void buildEyeLike(Node &n) {
  Value x = n.input(0);
  int64_t type = n.intAttr("dtype", 0), k = n.intAttr("k", 0);
  Type element = type ? n.elementOf(type) : n.element(x);
  if (n.rank(x) != 2 || n.failed())
    return n.invalid("input must have rank 2");
  int64_t rows = n.shape(x)[0], columns = n.shape(x)[1];
  if (rows * columns > maximumRange)
    return n.unsupported(DiagnosticCode::LimitExceeded, "matrix has more than " + Twine(maximumRange) + " elements");
  SmallVector<int64_t> ones(rows * columns, 0);
  for (int64_t i = 0; i < rows; ++i)
    if (k >= -rows && k <= columns && i + k >= 0 && i + k < columns)
      ones[i * columns + i + k] = 1;
  n.setOutput(0, n.cast(n.constantInts({rows, columns}, ones, IntegerType::get(n.getContext(), 64)), element));
}

ArrayRef<OperatorEntry> sinter::onnx_import::shapeOperators() {
  static const OperatorEntry entries[] = {
      {"BlackmanWindow", 17, buildBlackmanWindow, 1, 1},
      {"HammingWindow", 17, buildHammingWindow, 1, 1},
      {"HannWindow", 17, buildHannWindow, 1, 1},
      {"Constant", 1, buildConstant, 0, 0},
      {"ConstantOfShape", 9, buildConstantOfShape, 1, 1},
      {"EyeLike", 9, buildEyeLike, 1, 1},
      {"Range", 11, buildRange, 3, 3},
      {"Shape", 1, buildShape, 1, 1},
      {"Size", 1, buildSize, 1, 1},
  };
  return entries;
}
