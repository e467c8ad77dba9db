// Quantisation. A QuantizeLinear with known scale becomes nn.quantize and a bitcast to ONNX's
// integers; DequantizeLinear the reverse. Two bitcasts that meet cancel, so a pair of the two
// leaves quantised types for the quantize stage to fold. What quantised types cannot express
// (unknown or blocked scales, float8) is computed by ONNX's formula.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Quant.h"
#include "compiler/import/Operators.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::BinaryKind;
using nn::UnaryKind;

// The range of an integer type as quantised storage.
static std::pair<int64_t, int64_t> storageRange(IntegerType storage) {
  unsigned bits = storage.getWidth();
  if (storage.isUnsigned())
    return {0, (int64_t(1) << bits) - 1};
  return {-(int64_t(1) << (bits - 1)), (int64_t(1) << (bits - 1)) - 1};
}

Type sinter::onnx_import::quantizedElement(Node &n, Type storage, Type expressed, Value scale, Value zeroPoint,
                                           int64_t axis) {
  auto integer = dyn_cast<IntegerType>(storage);
  std::optional<nn::Tensor> scales = n.known(scale), points = zeroPoint ? n.known(zeroPoint) : std::nullopt;
  if (!integer || integer.getWidth() > 32 || integer.getWidth() == 1 || !scales || (zeroPoint && !points) ||
      !isa<FloatType>(expressed) || !isa<FloatType>(scales->getElementType()) || scales->getRank() > 1 ||
      (points && points->size() != scales->size()))
    return {};
  std::vector<double> values = scales->toDoubles();
  std::vector<int64_t> zeros = points ? points->toInts() : std::vector<int64_t>(values.size(), 0);
  auto [low, high] = storageRange(integer);
  unsigned flags = integer.isUnsigned() ? 0 : unsigned(quant::QuantizationFlags::Signed);
  auto signless = IntegerType::get(n.getContext(), integer.getWidth());
  // Scales that the type cannot hold (zero, subnormal, infinite) are left to the formula.
  const llvm::fltSemantics &semantics = cast<FloatType>(expressed).getFloatSemantics();
  double least = APFloat::getSmallestNormalized(semantics).convertToDouble();
  double most = APFloat::getLargest(semantics).convertToDouble();
  if (values.empty() || llvm::any_of(values, [&](double v) { return !(v >= least && v <= most); }))
    return {};
  if (values.size() == 1)
    return quant::UniformQuantizedType::get(flags, signless, expressed, values[0], zeros[0], low, high);
  return quant::UniformQuantizedPerAxisType::get(flags, signless, expressed, values, zeros, axis, low, high);
}

Value sinter::onnx_import::bitcast(Node &n, Value value, Type element) {
  if (!value || n.failed()) {
    n.markFailed();
    return {};
  }
  RankedTensorType type = n.type(value).clone(element);
  if (type == value.getType())
    return value;
  if (auto producer = value.getDefiningOp<nn::BitcastOp>(); producer && producer.getInput().getType() == type)
    return producer.getInput();
  // A constant is seen with the other type itself.
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  if (constant && isa<quant::QuantizedType>(element)) {
    nn::Tensor tensor = *nn::Tensor::fromAttr(constant.getValue(), constant.getType());
    Type storage = cast<quant::QuantizedType>(element).getStorageType();
    ElementsAttr stored = tensor.withType(type.clone(storage)).toAttr("quantized");
    return n.createTyped<nn::ConstantOp>(TypeRange(type), stored)[0];
  }
  return n.createTyped<nn::BitcastOp>(TypeRange(type), value)[0];
}

Value sinter::onnx_import::asQuantized(Node &n, Value value, unsigned scale, unsigned zeroPoint, int64_t axis) {
  Type type =
      quantizedElement(n, n.element(value), Float32Type::get(n.getContext()), n.input(scale), n.input(zeroPoint), axis);
  if (!type) {
    n.unsupported(DiagnosticCode::UnsupportedOp,
                  "scale and zero point (inputs " + Twine(scale) + " and " + Twine(zeroPoint) +
                      ") must be known at compile time, one or one a channel, with positive normal scales");
    return {};
  }
  return bitcast(n, value, type);
}

void sinter::onnx_import::requantizeTo(Node &n, Operation *op, unsigned scale, unsigned zeroPoint, Type storage) {
  if (!op)
    return;
  Value value = op->getResult(0);
  Type integers = n.hasInput(zeroPoint) ? n.element(n.input(zeroPoint)) : storage;
  Type type = quantizedElement(n, integers, Float32Type::get(n.getContext()), n.input(scale), n.input(zeroPoint), 0);
  if (!type)
    return n.unsupported(DiagnosticCode::UnsupportedOp,
                         "the result's scale and zero point must be known at compile time");
  value.setType(n.type(value).clone(type));
  n.setOutput(0, bitcast(n, value, integers));
}

Value sinter::onnx_import::withoutZeroPoint(Node &n, Value value, Value zeroPoint) {
  Type wide = IntegerType::get(n.getContext(), 32);
  Value widened = n.cast(value, wide);
  return zeroPoint ? n.sub(widened, n.cast(zeroPoint, wide)) : widened;
}

//===--------------------------------------------------------------------------------------------------------------===//
// QuantizeLinear and DequantizeLinear
//===--------------------------------------------------------------------------------------------------------------===//

// Brings a scale or zero point to a shape that broadcasts over `value`: scalar, per axis, or
// blocked along an axis.
static Value spreadParameter(Node &n, Value parameter, Value value, int64_t axis, int64_t block) {
  if (!parameter || n.type(parameter).getNumElements() == 1)
    return parameter ? n.reshape(parameter, {}) : parameter;
  int64_t rank = n.rank(value);
  if (block == 0) {
    if (n.rank(parameter) != 1 || n.shape(parameter)[0] != n.shape(value)[axis]) {
      n.invalid("scale and zero point need one value, or one for each of the " + Twine(n.shape(value)[axis]) +
                " elements of axis " + Twine(axis));
      return {};
    }
    Ints dims(rank, 1);
    dims[axis] = n.shape(parameter)[0];
    return n.reshape(parameter, dims);
  }
  // Each scale is repeated for the elements of its block; the last block may be cut.
  int64_t blocks = n.rank(parameter) == rank ? n.shape(parameter)[axis] : 0, size = n.shape(value)[axis];
  if (block < 0 || blocks == 0 || blocks != (size + block - 1) / block) {
    n.invalid("block_size " + Twine(block) + " does not fit the scale's shape");
    return {};
  }
  Ints apart(n.shape(parameter));
  apart.insert(apart.begin() + axis + 1, 1);
  Ints repeated(apart), joined(n.shape(parameter));
  repeated[axis + 1] = block;
  joined[axis] = blocks * block;
  Value spread = n.reshape(n.broadcast(n.reshape(parameter, apart), repeated), joined);
  return joined[axis] == size ? spread : n.sliceAxis(spread, axis, 0, size);
}

// saturate(round(x / scale) + zero point) in ordinary operators.
static Value quantizeByFormula(Node &n, Value x, Value scale, Value zeroPoint, Type result, bool saturate) {
  Type work = n.element(scale);
  Value scaled = n.div(n.cast(x, work), scale);
  if (isa<FloatType>(result)) {
    if (zeroPoint)
      scaled = n.add(scaled, n.cast(zeroPoint, work));
    return n.cast(scaled, result, saturate);
  }
  auto [low, high] = storageRange(cast<IntegerType>(result));
  // In f32, which holds every sum of a rounded value and a zero point that matters.
  Type wide = Float32Type::get(n.getContext());
  Value rounded = n.cast(n.unary(UnaryKind::Round, scaled), wide);
  if (zeroPoint)
    rounded = n.add(rounded, n.cast(zeroPoint, wide));
  Value clamped =
      n.binary(BinaryKind::Min, n.binary(BinaryKind::Max, rounded, n.scalar(low, wide)), n.scalar(high, wide));
  return n.cast(clamped, result);
}

static int64_t quantAxis(Node &n, Value x) {
  int64_t axis = n.intAttr("axis", 1);
  bool matters = n.type(n.input(1)).getNumElements() != 1;
  return matters ? n.normalizeAxis(axis, n.rank(x)) : 0;
}

static void buildQuantizeLinear(Node &n) {
  Value x = n.input(0), scale = n.input(1), zeroPoint = n.input(2);
  int64_t axis = quantAxis(n, x), block = n.intAttr("block_size", 0), declared = n.intAttr("output_dtype", 0);
  bool saturate = n.intAttr("saturate", 1) != 0;
  int64_t precision = n.intAttr("precision", 0);
  if (precision != 0)
    scale = n.cast(scale, n.elementOf(precision));
  Type result = zeroPoint  ? n.element(zeroPoint)
                : declared ? n.elementOf(declared)
                           : Type(IntegerType::get(n.getContext(), 8, IntegerType::Unsigned));
  if (n.failed())
    return;
  bool sameFloat = n.element(x) == n.element(scale) && n.isFloat(x);
  Type type = block == 0 && sameFloat ? quantizedElement(n, result, n.element(x), scale, zeroPoint, axis) : Type();
  if (type) {
    Value q = n.createTyped<nn::QuantizeOp>(TypeRange(n.type(x).clone(type)), x)[0];
    return n.setOutput(0, bitcast(n, q, result));
  }
  Value spreadScale = spreadParameter(n, scale, x, axis, block),
        spreadPoint = spreadParameter(n, zeroPoint, x, axis, block);
  if (!n.failed())
    n.setOutput(0, quantizeByFormula(n, x, spreadScale, spreadPoint, result, saturate));
}

// Whole blocks as an axis of their own: parameters then broadcast over them and need not be repeated. False where the
// last block is cut.
static bool separateBlocks(Node &n, Value &x, Value &scale, Value &zeroPoint, int64_t axis, int64_t block) {
  Ints shape(n.shape(x));
  if (block <= 0 || n.rank(scale) != n.rank(x) || n.shape(scale)[axis] * block != shape[axis])
    return false;
  auto separated = [&](Value value, int64_t inner) {
    Ints dims(n.shape(value));
    dims[axis] = n.shape(scale)[axis];
    dims.insert(dims.begin() + axis + 1, inner);
    return n.reshape(value, dims);
  };
  x = separated(x, block);
  zeroPoint = zeroPoint ? separated(zeroPoint, 1) : zeroPoint;
  scale = separated(scale, 1);
  return true;
}

static void buildDequantizeLinear(Node &n) {
  Value x = n.input(0), scale = n.input(1), zeroPoint = n.input(2);
  int64_t axis = quantAxis(n, x), block = n.intAttr("block_size", 0), declared = n.intAttr("output_dtype", 0);
  Type result = declared ? n.elementOf(declared) : n.element(scale);
  if (n.failed())
    return;
  Type type = block == 0 && result == n.element(scale)
                  ? quantizedElement(n, n.element(x), result, scale, zeroPoint, axis)
                  : Type();
  if (type) {
    Value q = bitcast(n, x, type);
    if (!n.failed())
      n.setOutput(0, n.createTyped<nn::DequantizeOp>(TypeRange(n.type(x).clone(result)), q)[0]);
    return;
  }
  Ints shape(n.shape(x));
  bool separate = separateBlocks(n, x, scale, zeroPoint, axis, block);
  Value spreadScale = separate ? scale : spreadParameter(n, scale, x, axis, block),
        spreadPoint = separate ? zeroPoint : spreadParameter(n, zeroPoint, x, axis, block);
  if (n.failed())
    return;
  Type work = n.element(scale);
  Value difference;
  if (isa<IntegerType>(n.element(x)) && spreadPoint)
    difference = n.cast(withoutZeroPoint(n, x, spreadPoint), work);
  else
    difference = n.cast(x, work);
  Value value = n.cast(n.mul(difference, spreadScale), result);
  n.setOutput(0, separate ? n.reshape(value, shape) : value);
}

static void buildDynamicQuantizeLinear(Node &n) {
  auto unsigned8 = IntegerType::get(n.getContext(), 8, IntegerType::Unsigned);
  SmallVector<Type> types = {n.type(n.input(0)).clone(unsigned8), RankedTensorType::get({}, n.element(n.input(0))),
                             RankedTensorType::get({}, unsigned8)};
  for (auto [i, value] : llvm::enumerate(n.createTyped<nn::DynamicQuantizeOp>(types, n.input(0))))
    n.setOutput(i, value);
}

ArrayRef<OperatorEntry> sinter::onnx_import::quantOperators() {
  static const OperatorEntry entries[] = {
      {"DequantizeLinear", 10, buildDequantizeLinear, 2, 3},
      {"DynamicQuantizeLinear", 11, buildDynamicQuantizeLinear, 1, 1},
      {"QuantizeLinear", 10, buildQuantizeLinear, 2, 3},
  };
  return entries;
}
