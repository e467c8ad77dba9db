// Element-wise operators: functions of one tensor, arithmetic, comparison, logic, selection.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::BinaryKind;
using nn::CompareKind;
using nn::UnaryKind;

//===--------------------------------------------------------------------------------------------------------------===//
// One operand
//===--------------------------------------------------------------------------------------------------------------===//

template <UnaryKind kind> static void buildUnary(Node &n) {
  n.ignoreAttribute("consumed_inputs");
  n.setOutput(0, n.unary(kind, n.input(0)));
}

// Functions that ONNX defines with one float attribute.
static void buildLeakyRelu(Node &n) {
  n.setOutput(0, n.unary(UnaryKind::LeakyRelu, n.input(0), n.floatAttr("alpha", 0.01f)));
}
static void buildElu(Node &n) { n.setOutput(0, n.unary(UnaryKind::Elu, n.input(0), n.floatAttr("alpha", 1))); }
static void buildCelu(Node &n) { n.setOutput(0, n.unary(UnaryKind::Celu, n.input(0), n.floatAttr("alpha", 1))); }
static void buildThresholdedRelu(Node &n) {
  n.setOutput(0, n.unary(UnaryKind::ThresholdedRelu, n.input(0), n.floatAttr("alpha", 1)));
}
static void buildSwish(Node &n) { n.setOutput(0, n.unary(UnaryKind::Swish, n.input(0), n.floatAttr("alpha", 1))); }

static void buildSelu(Node &n) {
  double alpha = n.floatAttr("alpha", 1.67326319217681884765625);
  n.setOutput(0, n.unary(UnaryKind::Selu, n.input(0), alpha, 0, n.floatAttr("gamma", 1.05070102214813232421875)));
}

static void buildHardSigmoid(Node &n) {
  double alpha = n.floatAttr("alpha", 0.2f);
  n.setOutput(0, n.unary(UnaryKind::HardSigmoid, n.input(0), alpha, n.floatAttr("beta", 0.5)));
}

static void buildShrink(Node &n) {
  double lambda = n.floatAttr("lambd", 0.5), bias = n.floatAttr("bias", 0);
  Value x = n.input(0);
  if (n.isFloat(x))
    return n.setOutput(0, n.unary(UnaryKind::Shrink, x, lambda, bias));
  // ONNX defines integers through the same formula, computed in float and truncated.
  Type element = n.element(x);
  Value wide = n.cast(x, Float32Type::get(n.getContext()));
  n.setOutput(0, n.cast(n.unary(UnaryKind::Shrink, wide, lambda, bias), element));
}

static void buildGelu(Node &n) {
  std::string approximate = n.stringAttr("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    return n.invalid("approximate is '" + approximate + "', must be none or tanh");
  n.setOutput(0, n.unary(approximate == "tanh" ? UnaryKind::GeluTanh : UnaryKind::Gelu, n.input(0)));
}

static void buildIsInf(Node &n) {
  double negative = n.intAttr("detect_negative", 1) != 0, positive = n.intAttr("detect_positive", 1) != 0;
  n.setOutput(0, n.unary(UnaryKind::IsInf, n.input(0), negative, positive));
}

static void buildIdentity(Node &n) { n.setOutput(0, n.input(0)); }

// In inference dropout passes its input on; the mask is all true.
static void buildDropout(Node &n) {
  n.floatAttr("ratio", 0.5);
  n.ignoreAttribute("seed");
  if (n.getOpset() >= 12 && n.hasInput(2)) {
    std::optional<nn::Tensor> training = n.known(n.input(2));
    std::optional<nn::Tensor> ratio = n.hasInput(1) ? n.known(n.input(1)) : std::nullopt;
    bool dropsNothing = ratio && ratio->size() == 1 && ratio->toDoubles()[0] == 0;
    if ((!training || training->toInts()[0] != 0) && !dropsNothing)
      return n.unsupported(DiagnosticCode::UnsupportedOp, "training_mode is set; only inference is supported",
                           "export the model for inference");
  }
  n.setOutput(0, n.input(0));
  if (!n.wantsOutput(1))
    return;
  Type mask = n.getOpset() >= 10 ? Type(IntegerType::get(n.getContext(), 1)) : n.element(n.input(0));
  n.setOutput(1, n.splat(n.shape(n.input(0)), 1, mask));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Two operands
//===--------------------------------------------------------------------------------------------------------------===//

template <BinaryKind kind> static void buildBinary(Node &n) { n.setOutput(0, n.binary(kind, n.input(0), n.input(1))); }

template <CompareKind kind> static void buildCompare(Node &n) {
  n.setOutput(0, n.compare(kind, n.input(0), n.input(1)));
}

// Exponent and base may have different types; the result has the base's.
static void buildPow(Node &n) {
  Value base = n.input(0), exponent = n.input(1);
  Type result = n.element(base);
  if (n.element(exponent) == result)
    return n.setOutput(0, n.binary(BinaryKind::Pow, base, exponent));
  Type wide = n.isFloat(base) ? result : Type(Float64Type::get(n.getContext()));
  if (!n.isFloat(base) && !n.isFloat(exponent))
    wide = result;
  Value power = n.binary(BinaryKind::Pow, n.cast(base, wide), n.cast(exponent, wide));
  n.setOutput(0, n.cast(power, result));
}

static void buildMod(Node &n) {
  bool fmod = n.intAttr("fmod", 0) != 0;
  if (!fmod && n.isFloat(n.input(0)) && n.getOpset() < 28)
    return n.invalid("fmod must be 1 for float elements");
  n.setOutput(0, n.binary(fmod ? BinaryKind::Fmod : BinaryKind::Mod, n.input(0), n.input(1)));
}

static void buildBitShift(Node &n) {
  std::string direction = n.stringAttr("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return n.invalid("direction is '" + direction + "', must be LEFT or RIGHT");
  n.setOutput(0,
              n.binary(direction == "LEFT" ? BinaryKind::ShiftLeft : BinaryKind::ShiftRight, n.input(0), n.input(1)));
}

static void buildPRelu(Node &n) { n.setOutput(0, n.binary(BinaryKind::Prelu, n.input(0), n.input(1))); }

// Sum, Max, Min, Mean of any number of tensors.
template <BinaryKind kind> static Value buildChain(Node &n) {
  Value result = n.input(0);
  for (unsigned i = 1; i < n.numInputs(); ++i)
    result = n.binary(kind, result, n.input(i));
  return result;
}
template <BinaryKind kind> static void buildVariadic(Node &n) { n.setOutput(0, buildChain<kind>(n)); }

static void buildMean(Node &n) {
  Value sum = buildChain<BinaryKind::Add>(n);
  n.setOutput(0, n.div(sum, n.scalar(n.numInputs(), n.element(sum))));
}

static void buildWhere(Node &n) { n.setOutput(0, n.select(n.input(0), n.input(1), n.input(2))); }

// Clip: limits are attributes up to opset 10, inputs from 11 on; an absent one does not limit.
static void buildClip(Node &n, Value low, Value high) {
  Value x = n.input(0);
  for (auto [limit, kind] : {std::pair(low, BinaryKind::Max), std::pair(high, BinaryKind::Min)}) {
    if (!limit)
      continue;
    Value scalar = n.type(limit).getNumElements() == 1 ? n.reshape(limit, {}) : limit;
    x = n.binary(kind, x, scalar);
  }
  n.setOutput(0, x);
}

static void buildClip6(Node &n) {
  Type element = n.element(n.input(0));
  double low = n.floatAttr("min", -std::numeric_limits<float>::max()),
         high = n.floatAttr("max", std::numeric_limits<float>::max());
  buildClip(n, n.hasAttribute("min") ? n.scalar(low, element) : Value(),
            n.hasAttribute("max") ? n.scalar(high, element) : Value());
}
static void buildClip11(Node &n) { buildClip(n, n.input(1), n.input(2)); }

//===--------------------------------------------------------------------------------------------------------------===//
// Casts
//===--------------------------------------------------------------------------------------------------------------===//

static bool castSaturates(Node &n) {
  bool saturate = n.intAttr("saturate", 1) != 0;
  std::string mode = n.stringAttr("round_mode", "up");
  if (mode != "up")
    n.unsupported(DiagnosticCode::UnsupportedAttr, "round_mode '" + mode + "' is not supported; only 'up' is");
  return saturate;
}

/// The element type that attribute `to` names; null, and failed, without it.
static Type typeFromAttribute(Node &n) {
  if (n.hasAttribute("to"))
    return n.elementOf(n.intAttr("to", 0));
  n.invalid("attribute 'to' is missing");
  return Type();
}

static void buildCast(Node &n) {
  Type element = typeFromAttribute(n);
  bool saturate = castSaturates(n);
  if (!n.failed())
    n.setOutput(0, n.cast(n.input(0), element, saturate));
}

static void buildCastLike(Node &n) {
  bool saturate = castSaturates(n);
  n.setOutput(0, n.cast(n.input(0), n.element(n.input(1)), saturate));
}

static void buildBitCast(Node &n) {
  Type element = typeFromAttribute(n);
  if (n.failed())
    return;
  Type from = n.element(n.input(0));
  // A bool is stored as a byte of 0 or 1.
  if (from == element || from.isInteger(1) || element.isInteger(1))
    return n.setOutput(0, n.cast(n.input(0), element));
  n.setOutput(0, n.createTyped<nn::BitcastOp>(TypeRange(n.type(n.input(0)).clone(element)), n.input(0))[0]);
}

ArrayRef<OperatorEntry> sinter::onnx_import::elementWiseOperators() {
  static const OperatorEntry entries[] = {
      {"Abs", 6, buildUnary<UnaryKind::Abs>, 1, 1},
      {"Acos", 7, buildUnary<UnaryKind::Acos>, 1, 1},
      {"Acosh", 9, buildUnary<UnaryKind::Acosh>, 1, 1},
      {"Add", 7, buildBinary<BinaryKind::Add>, 2, 2},
      {"And", 7, buildBinary<BinaryKind::And>, 2, 2},
      {"Asin", 7, buildUnary<UnaryKind::Asin>, 1, 1},
      {"Asinh", 9, buildUnary<UnaryKind::Asinh>, 1, 1},
      {"Atan", 7, buildUnary<UnaryKind::Atan>, 1, 1},
      {"Atanh", 9, buildUnary<UnaryKind::Atanh>, 1, 1},
      {"BitCast", 26, buildBitCast, 1, 1},
      {"BitShift", 11, buildBitShift, 2, 2},
      {"BitwiseAnd", 18, buildBinary<BinaryKind::BitwiseAnd>, 2, 2},
      {"BitwiseNot", 18, buildUnary<UnaryKind::BitwiseNot>, 1, 1},
      {"BitwiseOr", 18, buildBinary<BinaryKind::BitwiseOr>, 2, 2},
      {"BitwiseXor", 18, buildBinary<BinaryKind::BitwiseXor>, 2, 2},
      {"Cast", 6, buildCast, 1, 1},
      {"CastLike", 15, buildCastLike, 2, 2},
      {"Ceil", 6, buildUnary<UnaryKind::Ceil>, 1, 1},
      {"Celu", 12, buildCelu, 1, 1},
      {"Clip", 6, buildClip6, 1, 1},
      {"Clip", 11, buildClip11, 1, 3},
      {"Cos", 7, buildUnary<UnaryKind::Cos>, 1, 1},
      {"Cosh", 9, buildUnary<UnaryKind::Cosh>, 1, 1},
      {"Div", 7, buildBinary<BinaryKind::Div>, 2, 2},
      {"Dropout", 7, buildDropout, 1, 3},
      {"Elu", 6, buildElu, 1, 1},
      {"Equal", 7, buildCompare<CompareKind::Equal>, 2, 2},
      {"Erf", 9, buildUnary<UnaryKind::Erf>, 1, 1},
      {"Exp", 6, buildUnary<UnaryKind::Exp>, 1, 1},
      {"Floor", 6, buildUnary<UnaryKind::Floor>, 1, 1},
      {"Gelu", 20, buildGelu, 1, 1},
      {"Greater", 7, buildCompare<CompareKind::Greater>, 2, 2},
      {"GreaterOrEqual", 12, buildCompare<CompareKind::GreaterOrEqual>, 2, 2},
      {"HardSigmoid", 6, buildHardSigmoid, 1, 1},
      {"HardSwish", 14, buildUnary<UnaryKind::HardSwish>, 1, 1},
      {"Identity", 1, buildIdentity, 1, 1},
      {"IsInf", 10, buildIsInf, 1, 1},
      {"IsNaN", 9, buildUnary<UnaryKind::IsNan>, 1, 1},
      {"LeakyRelu", 6, buildLeakyRelu, 1, 1},
      {"Less", 7, buildCompare<CompareKind::Less>, 2, 2},
      {"LessOrEqual", 12, buildCompare<CompareKind::LessOrEqual>, 2, 2},
      {"Log", 6, buildUnary<UnaryKind::Log>, 1, 1},
      {"Max", 6, buildVariadic<BinaryKind::Max>, 1, anyNumber},
      {"Mean", 6, buildMean, 1, anyNumber},
      {"Min", 6, buildVariadic<BinaryKind::Min>, 1, anyNumber},
      {"Mish", 18, buildUnary<UnaryKind::Mish>, 1, 1},
      {"Mod", 10, buildMod, 2, 2},
      {"Mul", 7, buildBinary<BinaryKind::Mul>, 2, 2},
      {"Neg", 6, buildUnary<UnaryKind::Neg>, 1, 1},
      {"Not", 1, buildUnary<UnaryKind::Not>, 1, 1},
      {"Or", 7, buildBinary<BinaryKind::Or>, 2, 2},
      {"PRelu", 7, buildPRelu, 2, 2},
      {"Pow", 7, buildPow, 2, 2},
      {"Reciprocal", 6, buildUnary<UnaryKind::Reciprocal>, 1, 1},
      {"Relu", 6, buildUnary<UnaryKind::Relu>, 1, 1},
      {"Round", 11, buildUnary<UnaryKind::Round>, 1, 1},
      {"Selu", 6, buildSelu, 1, 1},
      {"Shrink", 9, buildShrink, 1, 1},
      {"Sigmoid", 6, buildUnary<UnaryKind::Sigmoid>, 1, 1},
      {"Sign", 9, buildUnary<UnaryKind::Sign>, 1, 1},
      {"Sin", 7, buildUnary<UnaryKind::Sin>, 1, 1},
      {"Sinh", 9, buildUnary<UnaryKind::Sinh>, 1, 1},
      {"Softplus", 1, buildUnary<UnaryKind::Softplus>, 1, 1},
      {"Softsign", 1, buildUnary<UnaryKind::Softsign>, 1, 1},
      {"Sqrt", 6, buildUnary<UnaryKind::Sqrt>, 1, 1},
      {"Sub", 7, buildBinary<BinaryKind::Sub>, 2, 2},
      {"Sum", 6, buildVariadic<BinaryKind::Add>, 1, anyNumber},
      {"Swish", 24, buildSwish, 1, 1},
      {"Tan", 7, buildUnary<UnaryKind::Tan>, 1, 1},
      {"Tanh", 6, buildUnary<UnaryKind::Tanh>, 1, 1},
      {"ThresholdedRelu", 10, buildThresholdedRelu, 1, 1},
      {"Where", 9, buildWhere, 3, 3},
      {"Xor", 7, buildBinary<BinaryKind::Xor>, 2, 2},
  };
  return entries;
}
