// Float values seen as the quantised values that they are made of.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/quantize/QuantizedBuilder.h"
#include "dialects/nn/Evaluator.h"
#include "dialects/nn/EvaluatorOps.h"
#include "dialects/nn/NnShapes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

static RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

// Copies of elements: the result has the input's values, so its quantisation too.
static bool isCopy(Operation *op) {
  if (auto pool = dyn_cast<PoolOp>(op))
    return pool.getKind() == PoolKind::Max;
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return reduce.getKind() == ReduceKind::Max || reduce.getKind() == ReduceKind::Min;
  return isa<ReshapeOp, TransposeOp, BroadcastOp, SliceOp, PadOp, GatherOp>(op);
}

// Where `axis` of `from` is in a reshaped tensor: the same size, after as many elements.
static std::optional<int64_t> axisAfterReshape(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t axis) {
  int64_t before = elementCount(from.take_front(axis)), passed = 1;
  for (auto [i, size] : llvm::enumerate(to)) {
    if (passed == before && size == from[axis])
      return i;
    passed *= size;
  }
  return std::nullopt;
}

// The element type of `copy`'s result, given its quantised input's; null where one scale a channel does not survive.
static Type elementAfter(Operation *copy, RankedTensorType input) {
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(input.getElementType());
  if (!perAxis)
    return input.getElementType();
  std::optional<int64_t> axis;
  if (auto transpose = dyn_cast<TransposeOp>(copy))
    axis = llvm::find(transpose.getPermutation(), perAxis.getQuantizedDimension()) - transpose.getPermutation().begin();
  else if (auto reshape = dyn_cast<ReshapeOp>(copy))
    axis = axisAfterReshape(input.getShape(), reshape.getType().getShape(), perAxis.getQuantizedDimension());
  if (!axis)
    return {};
  return quant::UniformQuantizedPerAxisType::get(
      perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(), perAxis.getScales(),
      perAxis.getZeroPoints(), *axis, perAxis.getStorageTypeMin(), perAxis.getStorageTypeMax());
}

Value QuantizedBuilder::constant(Location loc, const Tensor &tensor) {
  return ConstantOp::create(builder, loc, TypeRange(tensor.getType()), tensor.toAttr("quantized")).getResult();
}

Value QuantizedBuilder::quantizedForm(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  if (auto dequantize = dyn_cast<DequantizeOp>(op))
    return dequantize.getInput();
  if (!isCopy(op))
    return {};
  Value input = quantizedForm(op->getOperand(0));
  return input ? copyOnQuantized(op, input) : Value();
}

Value QuantizedBuilder::copyOnQuantized(Operation *copy, Value input) {
  Type element = elementAfter(copy, tensorOf(input));
  if (!element)
    return {};
  auto type = RankedTensorType::get(tensorOf(copy->getResult(0)).getShape(), element);
  IRMapping mapping;
  mapping.map(copy->getOperand(0), input);
  Value padding;
  if (auto pad = dyn_cast<PadOp>(copy); pad && pad.getMode() == PadMode::Constant) {
    padding = quantizedPadding(copy->getLoc(), pad.getValue(), tensorOf(input));
    if (!padding)
      return {};
  }
  Operation *op = builder.clone(*copy, mapping);
  if (padding)
    cast<PadOp>(op).getValueMutable().assign(padding);
  op->getResult(0).setType(type);
  if (Value folded = foldCopy(op, type)) {
    op->erase();
    return folded;
  }
  // One scale a channel is for weights: what is not constant has no integer form then.
  if (isa<quant::UniformQuantizedPerAxisType>(element)) {
    op->erase();
    return {};
  }
  return op->getResult(0);
}

// A copy of constants as a constant: the stored integers move, whatever their scales.
Value QuantizedBuilder::foldCopy(Operation *copy, RankedTensorType type) {
  SmallVector<Tensor> operands;
  for (Value operand : copy->getOperands()) {
    std::optional<Tensor> tensor = constantOf(operand);
    if (!tensor)
      return {};
    operands.push_back(*tensor);
  }
  FailureOr<Results> results = evaluateMovement(copy, operands);
  return succeeded(results) ? constant(copy->getLoc(), results->front().withType(type)) : Value();
}

// The padding value as a stored scalar; the zero point where there is none.
Value QuantizedBuilder::quantizedPadding(Location loc, Value value, RankedTensorType type) {
  std::optional<QuantizedElement> element = quantizedElement(type);
  std::optional<Tensor> known = value ? constantOf(value) : std::nullopt;
  if (!element->isPerTensor() || (value && !known))
    return {};
  float x = known ? static_cast<float>(known->toDoubles()[0]) : 0;
  int64_t stored = integer::quantize(x, element->scale(), {element->zero(), element->low, element->high});
  return constant(loc, Tensor::fromInts(RankedTensorType::get({}, type.getElementType()), {stored}));
}

std::optional<Tensor> QuantizedBuilder::constantOf(Value value) {
  if (!value || !value.getDefiningOp())
    return std::nullopt;
  if (std::optional<Tensor> tensor = constantTensor(value))
    return tensor;
  Operation *op = value.getDefiningOp();
  if (op->getNumOperands() == 0 || op->getNumResults() != 1 || op->getNumRegions() != 0)
    return std::nullopt;
  SmallVector<Tensor> operands;
  for (Value operand : op->getOperands()) {
    std::optional<Tensor> tensor = constantOf(operand);
    if (!tensor)
      return std::nullopt;
    operands.push_back(*tensor);
  }
  FailureOr<SmallVector<Tensor>> results = evaluate(op, operands);
  return succeeded(results) ? std::optional<Tensor>(results->front()) : std::nullopt;
}

// A bias that is stored in 32 bits with exactly the accumulator's scales: the stored integers are the bias.
static std::optional<std::vector<int64_t>> storedBias(QuantizedBuilder &builder, Value bias,
                                                      const QuantizedElement &input, const QuantizedElement &filter) {
  Value stored = builder.quantizedForm(bias);
  std::optional<QuantizedElement> element = stored ? quantizedElement(stored) : std::nullopt;
  std::optional<Tensor> tensor = builder.constantOf(stored);
  if (!element || !tensor || element->bits != 32)
    return std::nullopt;
  for (int64_t i = 0; i < tensor->size(); ++i)
    if (element->zero(i) != 0 || element->scale(i) != input.scale() * filter.scale(i))
      return std::nullopt;
  return tensor->toInts();
}

Value QuantizedBuilder::quantizedBias(Location loc, Value bias, const QuantizedElement &input,
                                      const QuantizedElement &filter, int64_t channels, std::string &why) {
  std::vector<int64_t> values;
  if (std::optional<std::vector<int64_t>> stored = storedBias(*this, bias, input, filter)) {
    values = *stored;
  } else if (std::optional<Tensor> known = constantOf(bias)) {
    std::vector<double> floats = known->toDoubles();
    for (int64_t i = 0; i < known->size(); ++i) {
      std::optional<int32_t> value =
          integer::quantizeBias(static_cast<float>(floats[i]), input.scale(), filter.scale(i));
      if (!value) {
        why = "the bias of channel " + std::to_string(i) + " does not fit 32 bits in units of the accumulator";
        return {};
      }
      values.push_back(*value);
    }
  } else {
    why = "its bias is not a constant";
    return {};
  }
  if (values.size() == 1)
    values.resize(channels, values[0]);
  return constant(loc, Tensor::fromInts(RankedTensorType::get({channels}, builder.getI32Type()), values));
}
