// What the integer semantics need to know of an operator, read from its types and attributes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/QuantizedParameters.h"
#include "dialects/nn/EvaluatorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

std::optional<QuantizedElement> sinter::nn::quantizedElement(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    type = tensor.getElementType();
  auto quantized = dyn_cast<quant::QuantizedType>(type);
  if (!quantized)
    return std::nullopt;
  QuantizedElement element{{},
                           {},
                           quantized.getStorageTypeMin(),
                           quantized.getStorageTypeMax(),
                           quantized.getStorageTypeIntegralWidth(),
                           quantized.isSigned()};
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(type)) {
    element.scales = {static_cast<float>(uniform.getScale())};
    element.zeros = {uniform.getZeroPoint()};
    return element;
  }
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type);
  if (!perAxis)
    return std::nullopt;
  for (double scale : perAxis.getScales())
    element.scales.push_back(static_cast<float>(scale));
  element.zeros.append(perAxis.getZeroPoints().begin(), perAxis.getZeroPoints().end());
  element.axis = perAxis.getQuantizedDimension();
  return element;
}

bool sinter::nn::sameQuantization(Type a, Type b) {
  std::optional<QuantizedElement> x = quantizedElement(a), y = quantizedElement(b);
  return x && y && x->bits == y->bits && x->isSigned == y->isSigned && x->axis == y->axis && x->scales == y->scales &&
         x->zeros == y->zeros;
}

integer::Limits sinter::nn::resultLimits(Operation *op) {
  QuantizedElement element = *quantizedElement(op->getResult(0));
  integer::Limits limits{element.zero(), element.low, element.high};
  if (auto clamp = op->getAttrOfType<DenseI64ArrayAttr>(clampName)) {
    limits.low = std::max(limits.low, clamp[0]);
    limits.high = std::min(limits.high, clamp[1]);
  }
  return limits;
}

unsigned sinter::nn::multiplierBits(Operation *op) {
  auto bits = op->getAttrOfType<IntegerAttr>(multiplierBitsName);
  return bits ? bits.getInt() : 24;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Parameters of each operator
//===--------------------------------------------------------------------------------------------------------------===//

std::optional<Contraction> sinter::nn::contractionOf(Operation *op) {
  auto conv = dyn_cast<ConvOp>(op);
  std::optional<QuantizedElement> x = quantizedElement(op->getOperand(0)), w = quantizedElement(op->getOperand(1)),
                                  y = quantizedElement(op->getResult(0));
  int64_t axis = conv ? 0 : tensorOf(op->getOperand(1)).getRank() - 1;
  if (!x || !w || !y || !x->isPerTensor() || !y->isPerTensor() || (!w->isPerTensor() && w->axis != axis))
    return std::nullopt;
  Contraction result;
  result.inputZero = x->zero();
  result.limits = resultLimits(op);
  for (int64_t i = 0, channels = tensorOf(op->getOperand(1)).getDimSize(axis); i < channels; ++i) {
    std::optional<integer::Multiplier> factor =
        integer::multiplier(integer::contractionFactor(x->scale(), w->scale(i), y->scale()), multiplierBits(op));
    if (!factor)
      return std::nullopt;
    result.factors.push_back(*factor);
    result.filterZeros.push_back(w->zero(i));
  }
  return result;
}

std::optional<integer::Multiplier> sinter::nn::rescale(Operation *op, int64_t count) {
  QuantizedElement x = *quantizedElement(op->getOperand(0)), y = *quantizedElement(op->getResult(0));
  return integer::multiplier(integer::averageFactor(x.scale(), y.scale(), count), multiplierBits(op));
}

std::optional<integer::Multiplier> sinter::nn::productFactor(BinaryOp op) {
  QuantizedElement a = *quantizedElement(op.getLhs()), b = *quantizedElement(op.getRhs()),
                   y = *quantizedElement(op.getResult());
  return integer::multiplier(integer::mulFactor(a.scale(), b.scale(), y.scale()), multiplierBits(op));
}

std::optional<integer::AddFactors> sinter::nn::sumFactors(BinaryOp op) {
  QuantizedElement a = *quantizedElement(op.getLhs()), b = *quantizedElement(op.getRhs()),
                   y = *quantizedElement(op.getResult());
  float scales[2] = {a.scale(), op.getKind() == BinaryKind::Sub ? -b.scale() : b.scale()};
  return integer::addFactors(scales, y.scale());
}

integer::Table sinter::nn::tableOf(UnaryOp op) {
  QuantizedElement x = *quantizedElement(op.getInput()), y = *quantizedElement(op.getResult());
  return integer::unaryTable([&](double value) { return evaluateUnary(op, value); }, x.scale(), x.zero(), x.isSigned,
                             y.scale(), resultLimits(op));
}

integer::Table sinter::nn::tableOf(ConcatOp op, unsigned input) {
  QuantizedElement x = *quantizedElement(op.getInputs()[input]), y = *quantizedElement(op.getResult());
  return integer::unaryTable([](double value) { return value; }, x.scale(), x.zero(), x.isSigned, y.scale(),
                             resultLimits(op));
}

std::optional<integer::SoftmaxFactors> sinter::nn::softmaxOf(SoftmaxOp op) {
  QuantizedElement x = *quantizedElement(op.getInput()), y = *quantizedElement(op.getResult());
  return integer::softmaxFactors(x.scale(), y.scale(), tensorOf(op.getInput()).getDimSize(op.getAxis()));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Which forms have an integer meaning
//===--------------------------------------------------------------------------------------------------------------===//

using Reason = std::optional<std::string>;

static constexpr llvm::StringLiteral outOfRange = "the ratio of its scales is out of the integer semantics' range";

static bool isMovement(Operation *op) {
  return isa<ReshapeOp, TransposeOp, BroadcastOp, SliceOp, PadOp, GatherOp, GatherElementsOp, GatherNdOp>(op);
}

// Operands that hold data, not indices.
static unsigned dataOperands(Operation *op) {
  return isa<GatherOp, GatherElementsOp, GatherNdOp>(op) ? 1 : op->getNumOperands();
}

static Reason whyNotEightBits(Value value) {
  std::optional<QuantizedElement> element = quantizedElement(value);
  if (!element)
    return "it mixes quantised and other tensors";
  if (element->bits != 8)
    return std::to_string(element->bits) + "-bit activations have no integer kernels yet; use 8 bits";
  if (!element->isPerTensor())
    return "activations need one scale for the tensor, not one for each channel";
  return std::nullopt;
}

static Reason whyNotContraction(Operation *op) {
  if (Reason reason = whyNotEightBits(op->getOperand(0)))
    return reason;
  std::optional<QuantizedElement> w = quantizedElement(op->getOperand(1));
  if (!w || w->bits != 8)
    return "its weights are not quantised to 8 bits";
  if (op->getNumOperands() > 2 && !tensorOf(op->getOperand(2)).getElementType().isInteger(32))
    return "its bias is not a 32-bit integer";
  if (Reason reason = whyNotEightBits(op->getResult(0)))
    return reason;
  if (!contractionOf(op))
    return outOfRange.str();
  return std::nullopt;
}

static Reason whyNotBinary(BinaryOp op) {
  switch (op.getKind()) {
  case BinaryKind::Add:
  case BinaryKind::Sub: return sumFactors(op) ? Reason() : outOfRange.str();
  case BinaryKind::Mul: return productFactor(op) ? Reason() : outOfRange.str();
  default: return "'" + stringifyBinaryKind(op.getKind()).str() + "' has no integer form";
  }
}

static Reason whyNotReduce(ReduceOp op) {
  int64_t count = tensorOf(op.getInput()).getNumElements() / std::max<int64_t>(1, op.getType().getNumElements());
  switch (op.getKind()) {
  case ReduceKind::Mean:
    if (count > int64_t(1) << 22)
      return "it averages " + std::to_string(count) + " elements, the accumulator holds 4194304";
    return rescale(op, count) ? Reason() : outOfRange.str();
  case ReduceKind::Max:
  case ReduceKind::Min: return rescale(op) ? Reason() : outOfRange.str();
  default: return "a reduction by '" + stringifyReduceKind(op.getKind()).str() + "' has no integer form";
  }
}

static Reason whyNotPool(PoolOp op) {
  int64_t window = elementCount(op.getKernel());
  if (op.getKind() == PoolKind::Max)
    return rescale(op) ? Reason() : outOfRange.str();
  // The factor shrinks with the count: both ends decide.
  return rescale(op, 1) && rescale(op, window) ? Reason() : outOfRange.str();
}

std::optional<std::string> sinter::nn::whyNoIntegerForm(Operation *op) {
  if (isa<DequantizeOp, BitcastOp, ConstantOp, UnpackOp>(op) ||
      (isa<QuantizeOp>(op) && !quantizedElement(op->getOperand(0))))
    return std::nullopt;
  if (isa<ConvOp, MatmulOp>(op))
    return whyNotContraction(op);
  // Copies keep any quantisation.
  if ((isMovement(op) || isa<ConcatOp>(op)) &&
      llvm::all_of(op->getOperands().take_front(dataOperands(op)), [&](Value operand) {
        return tensorOf(operand).getElementType() == tensorOf(op->getResult(0)).getElementType();
      }))
    return std::nullopt;
  for (Value operand : op->getOperands().take_front(dataOperands(op)))
    if (Reason reason = whyNotEightBits(operand))
      return reason;
  if (op->getNumResults() != 1)
    return op->getName().getStringRef().str() + " has no integer form";
  if (Reason reason = whyNotEightBits(op->getResult(0)))
    return reason;
  return llvm::TypeSwitch<Operation *, Reason>(op)
      .Case<BinaryOp>(whyNotBinary)
      .Case<ReduceOp>(whyNotReduce)
      .Case<PoolOp>(whyNotPool)
      .Case<SoftmaxOp>([](SoftmaxOp softmax) -> Reason {
        if (softmax.getLog())
          return "the logarithm of softmax has no integer form";
        return softmaxOf(softmax) ? Reason() : outOfRange.str();
      })
      .Case<QuantizeOp>([](QuantizeOp quantize) { return rescale(quantize) ? Reason() : outOfRange.str(); })
      .Case<UnaryOp>([](UnaryOp unary) -> Reason {
        bool logical = unary.getKind() == UnaryKind::Not || unary.getKind() == UnaryKind::BitwiseNot;
        return logical ? Reason("it is no function of numbers") : Reason();
      })
      .Case<ConcatOp>([](ConcatOp) { return Reason(); })
      .Default(
          [](Operation *other) -> Reason { return other->getName().getStringRef().str() + " has no integer form"; });
}
