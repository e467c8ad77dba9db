// Element-wise operators of the reference evaluator, on floats and integers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/CorrectMath.h"
#include "dialects/nn/EvaluatorOps.h"
#include <cmath>

using namespace mlir;
using namespace sinter::nn;
namespace correct = sinter::correct;

//===--------------------------------------------------------------------------------------------------------------===//
// Cast
//===--------------------------------------------------------------------------------------------------------------===//

// The largest finite value of a float8 type, where ONNX's `saturate` applies.
static double largestFinite(FloatType type) {
  llvm::APFloat largest = llvm::APFloat::getLargest(type.getFloatSemantics());
  bool losesInfo;
  largest.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return largest.convertToDouble();
}

// Toward zero. What does not fit, and NaN, is what numpy gives on x86-64: the least integer of 32 or 64 bits, cut to
// the result's width.
static int64_t floatToInt(double value, Type element) {
  bool narrow = elementBits(element) <= 32 && !isUnsignedElement(element);
  double limit = narrow ? 2147483648.0 : 9223372036854775808.0;
  if (isUnsignedElement(element) && elementBits(element) == 64 && value >= limit && value < 2 * limit)
    return static_cast<int64_t>(static_cast<uint64_t>(value));
  if (std::trunc(value) >= -limit && value < limit)
    return static_cast<int64_t>(value);
  return narrow ? std::numeric_limits<int32_t>::min() : std::numeric_limits<int64_t>::min();
}

static double intToDouble(int64_t value, Type element) {
  return isUnsignedElement(element) ? static_cast<double>(static_cast<uint64_t>(value)) : static_cast<double>(value);
}

// An integer to a float type narrower than double, rounded once: double would round a 64-bit integer first.
static double intToFloat(int64_t value, Type from, FloatType to) {
  if (!to.isF32())
    return intToDouble(value, from);
  return isUnsignedElement(from) ? static_cast<float>(static_cast<uint64_t>(value)) : static_cast<float>(value);
}

static Tensor castToFloat(CastOp op, const Tensor &input) {
  auto to = cast<FloatType>(op.getType().getElementType());
  std::vector<double> values;
  if (isa<FloatType>(input.getElementType())) {
    values = input.toDoubles();
  } else {
    for (int64_t value : input.toInts())
      values.push_back(intToFloat(value, input.getElementType(), to));
  }
  if (op.getSaturate() && to.getWidth() == 8) {
    double largest = largestFinite(to);
    for (double &value : values)
      if (std::fabs(value) > largest)
        value = std::copysign(largest, value);
  }
  return Tensor::fromDoubles(op.getType(), values);
}

Tensor sinter::nn::evaluateOp(CastOp op, Operands operands) {
  const Tensor &input = operands[0];
  Type to = op.getType().getElementType();
  if (isa<FloatType>(to))
    return castToFloat(op, input);
  bool toBool = to.isInteger(1);
  std::vector<int64_t> values;
  if (isa<FloatType>(input.getElementType())) {
    for (double value : input.toDoubles())
      values.push_back(toBool ? value != 0 : floatToInt(value, to));
  } else {
    for (int64_t value : input.toInts())
      values.push_back(toBool ? value != 0 : value);
  }
  return Tensor::fromInts(op.getType(), values);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Unary
//===--------------------------------------------------------------------------------------------------------------===//

static double clampToOne(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

double sinter::nn::evaluateUnary(UnaryOp op, double x) {
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  double gamma = op.getGamma().convertToDouble();
  switch (op.getKind()) {
  case UnaryKind::Abs: return std::fabs(x);
  case UnaryKind::Neg: return -x;
  case UnaryKind::Exp: return correct::exp(x);
  case UnaryKind::Log: return correct::log(x);
  case UnaryKind::Sqrt: return std::sqrt(x);
  case UnaryKind::Reciprocal: return 1 / x;
  case UnaryKind::Floor: return std::floor(x);
  case UnaryKind::Ceil: return std::ceil(x);
  case UnaryKind::Round: return correct::roundEven(x);
  case UnaryKind::Sign: return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
  case UnaryKind::Sin: return correct::sin(x);
  case UnaryKind::Cos: return correct::cos(x);
  case UnaryKind::Tan: return correct::tan(x);
  case UnaryKind::Asin: return correct::asin(x);
  case UnaryKind::Acos: return correct::acos(x);
  case UnaryKind::Atan: return correct::atan(x);
  case UnaryKind::Sinh: return correct::sinh(x);
  case UnaryKind::Cosh: return correct::cosh(x);
  case UnaryKind::Tanh: return correct::tanh(x);
  case UnaryKind::Asinh: return correct::asinh(x);
  case UnaryKind::Acosh: return correct::acosh(x);
  case UnaryKind::Atanh: return correct::atanh(x);
  case UnaryKind::Erf: return correct::erf(x);
  case UnaryKind::Sigmoid: return correct::sigmoid(x);
  case UnaryKind::Relu: return x < 0 ? 0 : x;
  case UnaryKind::LeakyRelu: return x < 0 ? alpha * x : x;
  case UnaryKind::Elu: return x < 0 ? alpha * correct::expm1(x) : x;
  case UnaryKind::Selu: return gamma * (x < 0 ? alpha * correct::expm1(x) : x);
  case UnaryKind::Celu: return x < 0 ? alpha * correct::expm1(x / alpha) : x;
  case UnaryKind::Softplus: return correct::softplus(x);
  case UnaryKind::Softsign: return x / (1 + std::fabs(x));
  case UnaryKind::HardSigmoid: return clampToOne(alpha * x + beta);
  case UnaryKind::HardSwish: return x * clampToOne(x / 6 + 0.5);
  case UnaryKind::Gelu: return correct::gelu(x);
  case UnaryKind::GeluTanh: return correct::geluTanh(x);
  case UnaryKind::Mish: return x * correct::tanh(correct::softplus(x));
  case UnaryKind::ThresholdedRelu: return x > alpha ? x : 0;
  case UnaryKind::Shrink: return x < -alpha ? x + beta : x > alpha ? x - beta : 0;
  case UnaryKind::Swish: return x * correct::sigmoid(alpha * x);
  case UnaryKind::IsNan: return std::isnan(x);
  case UnaryKind::IsInf: return std::isinf(x) && (x < 0 ? alpha != 0 : beta != 0);
  case UnaryKind::Not:
  case UnaryKind::BitwiseNot: break;
  }
  llvm_unreachable("the verifier allows no such function of floats");
}

static int64_t evaluateInt(UnaryKind kind, int64_t x, bool isUnsigned) {
  switch (kind) {
  case UnaryKind::Abs: return isUnsigned || x >= 0 ? x : wrapSub(0, x);
  case UnaryKind::Neg: return wrapSub(0, x);
  case UnaryKind::Sign: return x == 0 ? 0 : isUnsigned || x > 0 ? 1 : -1;
  case UnaryKind::Relu: return isUnsigned || x > 0 ? x : 0;
  case UnaryKind::Not: return !x;
  case UnaryKind::BitwiseNot: return ~x;
  default: llvm_unreachable("the verifier allows no such function of integers");
  }
}

Tensor sinter::nn::evaluateOp(UnaryOp op, Operands operands) {
  const Tensor &input = operands[0];
  if (!isa<FloatType>(input.getElementType())) {
    std::vector<int64_t> values = input.toInts();
    bool isUnsigned = isUnsignedElement(input.getElementType());
    for (int64_t &value : values)
      value = evaluateInt(op.getKind(), value, isUnsigned);
    return Tensor::fromInts(op.getType(), values);
  }
  std::vector<double> values = input.toDoubles();
  for (double &value : values)
    value = evaluateUnary(op, value);
  if (op.getType().getElementType().isInteger(1))
    return Tensor::fromInts(op.getType(), std::vector<int64_t>(values.begin(), values.end()));
  return Tensor::fromDoubles(op.getType(), values);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Binary
//===--------------------------------------------------------------------------------------------------------------===//

static double pythonMod(double x, double y) {
  double rest = std::fmod(x, y);
  if (rest == 0)
    return std::copysign(0, y);
  return (rest < 0) != (y < 0) ? rest + y : rest;
}

static double evaluateFloat(BinaryKind kind, double x, double y) {
  bool unordered = std::isnan(x) || std::isnan(y);
  switch (kind) {
  case BinaryKind::Add: return x + y;
  case BinaryKind::Sub: return x - y;
  case BinaryKind::Mul: return x * y;
  case BinaryKind::Div: return x / y;
  case BinaryKind::Pow: return correct::pow(x, y);
  case BinaryKind::Min: return unordered ? x + y : y < x ? y : x;
  case BinaryKind::Max: return unordered ? x + y : y > x ? y : x;
  case BinaryKind::Mod: return pythonMod(x, y);
  case BinaryKind::Fmod: return std::fmod(x, y);
  case BinaryKind::Prelu: return x < 0 ? x * y : x;
  default: llvm_unreachable("the verifier allows no such function of floats");
  }
}

static int64_t intPower(int64_t base, int64_t exponent, bool isUnsigned) {
  if (!isUnsigned && exponent < 0)
    return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  int64_t result = 1;
  for (uint64_t rest = exponent; rest != 0; rest >>= 1) {
    if (rest & 1)
      result = wrapMul(result, base);
    base = wrapMul(base, base);
  }
  return result;
}

// Division by zero gives 0, so that nothing traps; the least integer divided by -1 wraps.
static int64_t intDivide(int64_t x, int64_t y, bool isUnsigned) {
  if (y == 0)
    return 0;
  if (isUnsigned)
    return static_cast<int64_t>(static_cast<uint64_t>(x) / static_cast<uint64_t>(y));
  return y == -1 ? wrapSub(0, x) : x / y;
}

static int64_t intRemainder(int64_t x, int64_t y, bool isUnsigned) {
  return y == 0 ? 0 : wrapSub(x, wrapMul(intDivide(x, y, isUnsigned), y));
}

static int64_t intMod(int64_t x, int64_t y, bool isUnsigned) {
  int64_t rest = intRemainder(x, y, isUnsigned);
  return !isUnsigned && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

static int64_t evaluateInt(BinaryKind kind, int64_t x, int64_t y, Type element) {
  bool isUnsigned = isUnsignedElement(element);
  bool shiftsOut = static_cast<uint64_t>(y) >= elementBits(element);
  switch (kind) {
  case BinaryKind::Add: return wrapAdd(x, y);
  case BinaryKind::Sub: return wrapSub(x, y);
  case BinaryKind::Mul: return wrapMul(x, y);
  case BinaryKind::Div: return intDivide(x, y, isUnsigned);
  case BinaryKind::Pow: return intPower(x, y, isUnsigned);
  case BinaryKind::Min: return lessInt(y, x, isUnsigned) ? y : x;
  case BinaryKind::Max: return lessInt(x, y, isUnsigned) ? y : x;
  case BinaryKind::Mod: return intMod(x, y, isUnsigned);
  case BinaryKind::Fmod: return intRemainder(x, y, isUnsigned);
  case BinaryKind::And:
  case BinaryKind::BitwiseAnd: return x & y;
  case BinaryKind::Or:
  case BinaryKind::BitwiseOr: return x | y;
  case BinaryKind::Xor:
  case BinaryKind::BitwiseXor: return x ^ y;
  case BinaryKind::ShiftLeft: return shiftsOut ? 0 : static_cast<int64_t>(static_cast<uint64_t>(x) << y);
  case BinaryKind::ShiftRight:
    if (shiftsOut)
      return isUnsigned || x >= 0 ? 0 : -1;
    return isUnsigned ? static_cast<int64_t>(static_cast<uint64_t>(x) >> y) : x >> y;
  case BinaryKind::Prelu: return !isUnsigned && x < 0 ? wrapMul(x, y) : x;
  }
  llvm_unreachable("all kinds are listed");
}

Tensor sinter::nn::evaluateOp(BinaryOp op, Operands operands) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  std::vector<int64_t> left = broadcastMap(operands[0].getShape(), shape);
  std::vector<int64_t> right = broadcastMap(operands[1].getShape(), shape);
  Type element = operands[0].getElementType();
  if (isa<FloatType>(element)) {
    std::vector<double> x = operands[0].toDoubles(), y = operands[1].toDoubles(), values(left.size());
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = evaluateFloat(op.getKind(), x[left[i]], y[right[i]]);
    return Tensor::fromDoubles(op.getType(), values);
  }
  std::vector<int64_t> x = operands[0].toInts(), y = operands[1].toInts(), values(left.size());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = evaluateInt(op.getKind(), x[left[i]], y[right[i]], element);
  return Tensor::fromInts(op.getType(), values);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Compare and select
//===--------------------------------------------------------------------------------------------------------------===//

template <typename T> static bool compare(CompareKind kind, T x, T y) {
  switch (kind) {
  case CompareKind::Equal: return x == y;
  case CompareKind::Less: return x < y;
  case CompareKind::LessOrEqual: return x <= y;
  case CompareKind::Greater: return x > y;
  case CompareKind::GreaterOrEqual: return x >= y;
  }
  llvm_unreachable("all kinds are listed");
}

Tensor sinter::nn::evaluateOp(CompareOp op, Operands operands) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  std::vector<int64_t> left = broadcastMap(operands[0].getShape(), shape);
  std::vector<int64_t> right = broadcastMap(operands[1].getShape(), shape);
  std::vector<int64_t> values(left.size());
  Type element = operands[0].getElementType();
  if (isa<FloatType>(element)) {
    std::vector<double> x = operands[0].toDoubles(), y = operands[1].toDoubles();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = compare(op.getKind(), x[left[i]], y[right[i]]);
  } else {
    std::vector<int64_t> x = operands[0].toInts(), y = operands[1].toInts();
    bool isUnsigned = isUnsignedElement(element);
    for (size_t i = 0; i < values.size(); ++i) {
      int64_t a = x[left[i]], b = y[right[i]];
      values[i] = isUnsigned ? compare<uint64_t>(op.getKind(), a, b) : compare<int64_t>(op.getKind(), a, b);
    }
  }
  return Tensor::fromInts(op.getType(), values);
}

Tensor sinter::nn::evaluateOp(SelectOp op, Operands operands) {
  ArrayRef<int64_t> shape = op.getType().getShape();
  std::vector<int64_t> condition = operands[0].toInts(), where = broadcastMap(operands[0].getShape(), shape);
  Tensor left = gatherElements(operands[1], op.getType(), broadcastMap(operands[1].getShape(), shape));
  Tensor right = gatherElements(operands[2], op.getType(), broadcastMap(operands[2].getShape(), shape));
  unsigned width = left.getElementBytes();
  std::vector<uint8_t> bytes = right.getBytes().vec();
  for (size_t i = 0; i < where.size(); ++i)
    if (condition[where[i]])
      std::copy_n(left.getBytes().begin() + i * width, width, bytes.begin() + i * width);
  return Tensor::fromBytes(left.getType(), std::move(bytes));
}
