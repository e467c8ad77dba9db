// What has a lowering, for which element types, and why not where it has none.
//
// claim() and the lowering patterns must agree: what this file accepts, a pattern takes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/QuantizedParameters.h"
#include "dialects/nn/Tensor.h"
#include "passes/lower/Lowering.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

using Reason = std::optional<std::string>;

Type elementOf(Value value) { return cast<RankedTensorType>(value.getType()).getElementType(); }

std::string spell(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Types that every kernel can load and store.
Reason whyElementUnsupported(Type element) {
  if (nn::elementBits(element) < 8 && !element.isInteger(1) && !isFourBits(element))
    return "tensors of element type " + spell(element) + " have no kernels";
  if (element.isF16() || element.isBF16() || element.isF32() || element.isF64())
    return std::nullopt;
  Type storage = storageElementType(element);
  if (storage.isInteger(8) || storage.isInteger(16) || storage.isInteger(32) || storage.isInteger(64))
    return std::nullopt;
  return "tensors of element type " + spell(element) + " have no kernels";
}

Reason quantizedUnsupported(Operation *op) {
  if (anyQuantized(op))
    return "no kernel for " + op->getName().getStringRef().str() + " on quantised tensors";
  return std::nullopt;
}

/// Functions evaluated by polynomials exist in single precision; half floats go through it.
bool isTranscendental(nn::UnaryKind kind) {
  using K = nn::UnaryKind;
  switch (kind) {
  case K::Abs:
  case K::Neg:
  case K::Sqrt:
  case K::Reciprocal:
  case K::Floor:
  case K::Ceil:
  case K::Round:
  case K::Sign:
  case K::Relu:
  case K::LeakyRelu:
  case K::Softsign:
  case K::HardSigmoid:
  case K::HardSwish:
  case K::ThresholdedRelu:
  case K::Shrink:
  case K::Not:
  case K::BitwiseNot:
  case K::IsNan:
  case K::IsInf: return false;
  default: return true;
  }
}

Reason whyUnaryUnsupported(nn::UnaryOp op) {
  if (elementOf(op.getInput()).isF64() && isTranscendental(op.getKind()))
    return "the function '" + nn::stringifyUnaryKind(op.getKind()).str() + "' has no double precision kernel";
  return quantizedUnsupported(op);
}

Reason whyBinaryUnsupported(nn::BinaryOp op) {
  using K = nn::BinaryKind;
  bool hard = op.getKind() == K::Pow || op.getKind() == K::Mod || op.getKind() == K::Fmod;
  if (elementOf(op.getLhs()).isF64() && hard)
    return "the function '" + nn::stringifyBinaryKind(op.getKind()).str() + "' has no double precision kernel";
  return quantizedUnsupported(op);
}

/// Reductions in double precision have no exponential.
Reason whySoftmaxUnsupported(nn::SoftmaxOp op) {
  if (elementOf(op.getInput()).isF64())
    return "softmax has no double precision kernel";
  return quantizedUnsupported(op);
}

Reason whyPoolUnsupported(nn::PoolOp op) {
  if (op.getKind() != nn::PoolKind::Max && isa<IntegerType>(elementOf(op.getInput())))
    return "average pooling of integers has no kernel";
  return quantizedUnsupported(op);
}

/// Operators that only move elements, quantised ones too while the quantisation stays.
Reason whyMovementUnsupported(Operation *op) {
  Type element = elementOf(op->getResult(0));
  unsigned data = isa<nn::ConcatOp>(op) ? op->getNumOperands() : 1;
  for (Value operand : op->getOperands().take_front(data))
    if (elementOf(operand) != element)
      return quantizedUnsupported(op);
  if (isa<nn::PadOp>(op) && op->getNumOperands() == 1)
    return quantizedUnsupported(op); // zero is not the zero point
  return std::nullopt;
}

Reason whyLstmUnsupported(nn::LstmOp op) {
  if (!elementOf(op.getInput()).isF32())
    return "nn.lstm has a kernel for f32 alone, not for " + spell(elementOf(op.getInput()));
  return std::nullopt;
}

/// Operators of integer semantics. Those that choose elements keep the quantisation; nn.quantize changes it.
Reason whyQuantizedUnsupported(Operation *op) {
  auto pool = dyn_cast<nn::PoolOp>(op);
  auto reduce = dyn_cast<nn::ReduceOp>(op);
  bool chooses = (pool && pool.getKind() == nn::PoolKind::Max) || (reduce && reduce.getKind() != nn::ReduceKind::Mean);
  if (chooses && !nn::sameQuantization(op->getOperand(0).getType(), op->getResult(0).getType()))
    return "a maximum in another quantisation than its input's has no kernel";
  return nn::whyNoIntegerForm(op);
}

Reason whyOpUnsupported(Operation *op) {
  bool integer =
      isa<nn::ConvOp, nn::MatmulOp, nn::BinaryOp, nn::UnaryOp, nn::QuantizeOp, nn::ReduceOp, nn::PoolOp, nn::SoftmaxOp>(
          op);
  if (anyQuantized(op) && (integer || (isa<nn::ConcatOp>(op) && whyMovementUnsupported(op))))
    return whyQuantizedUnsupported(op);
  return llvm::TypeSwitch<Operation *, Reason>(op)
      .Case<nn::ConstantOp, nn::ReshapeOp, nn::BitcastOp, nn::UnpackOp, nn::QuantizeOp, nn::DequantizeOp>(
          [](Operation *) -> Reason { return std::nullopt; })
      .Case<nn::UnaryOp>(whyUnaryUnsupported)
      .Case<nn::BinaryOp>(whyBinaryUnsupported)
      .Case<nn::ConvOp, nn::MatmulOp>(quantizedUnsupported)
      .Case<nn::CompareOp, nn::SelectOp, nn::CastOp, nn::BroadcastOp, nn::ReduceOp, nn::LayerNormOp>(
          quantizedUnsupported)
      .Case<nn::SoftmaxOp>(whySoftmaxUnsupported)
      .Case<nn::PoolOp>(whyPoolUnsupported)
      .Case<nn::TransposeOp, nn::SliceOp, nn::ConcatOp, nn::PadOp, nn::GatherOp, nn::GatherElementsOp, nn::GatherNdOp>(
          whyMovementUnsupported)
      .Case<nn::ScatterElementsOp, nn::ScatterNdOp, nn::ResizeOp, nn::CumSumOp, nn::ArgReduceOp, nn::TopKOp>(
          quantizedUnsupported)
      .Case<nn::LstmOp>(whyLstmUnsupported)
      .Default([](Operation *op) -> Reason { return "no kernel for " + op->getName().getStringRef().str(); });
}

} // namespace

/// Elements of four bits lie two in a byte, which is how packages keep weights; kernels unpack them and write none.
static Reason whyFourBitsUnsupported(Operation *op) {
  auto has = [](ValueRange values) {
    return llvm::any_of(values, [](Value value) { return isFourBits(elementOf(value)); });
  };
  bool moves = isa<nn::ConstantOp, nn::ReshapeOp, nn::BitcastOp>(op);
  bool reads = isa<nn::DequantizeOp, nn::CastOp>(op);
  if ((has(op->getOperands()) && !moves && !reads) || (has(op->getResults()) && !moves))
    return "tensors of four bits are unpacked by casts and nn.dequantize alone";
  return std::nullopt;
}

std::optional<std::string> sinter::lower::whyUnsupported(Operation *op) {
  if (Reason reason = whyFourBitsUnsupported(op))
    return reason;
  for (Value value : op->getOperands())
    if (Reason reason = whyElementUnsupported(elementOf(value)))
      return reason;
  for (Value value : op->getResults())
    if (Reason reason = whyElementUnsupported(elementOf(value)))
      return reason;
  return whyOpUnsupported(op);
}
