// The reference evaluator: which function evaluates which operator, and functions and regions as a whole.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Evaluator.h"
#include "dialects/nn/EvaluatorOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sinter::nn;

using Outcome = FailureOr<Results>;

static bool touchesQuantized(Operation *op) {
  auto quantized = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && isa<quant::QuantizedType>(tensor.getElementType());
  };
  return llvm::any_of(op->getOperandTypes(), quantized) || llvm::any_of(op->getResultTypes(), quantized);
}

// Executes a block's operators in order; `values` holds its arguments. Returns the terminator's operands. The operator
// that could not be evaluated is left in `culprit`.
static Outcome evaluateBlock(Block &block, DenseMap<Value, Tensor> &values, Operation *&culprit) {
  for (Operation &op : block.without_terminator()) {
    Results operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.at(operand));
    Outcome results = evaluate(&op, operands);
    if (failed(results)) {
      culprit = &op;
      return failure();
    }
    for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *results))
      values[value] = tensor;
  }
  Results yielded;
  for (Value value : block.getTerminator()->getOperands())
    yielded.push_back(values.at(value));
  return yielded;
}

static Outcome evaluateRegion(Region &region, Operands arguments, Operation *&culprit) {
  DenseMap<Value, Tensor> values;
  for (auto [argument, tensor] : llvm::zip_equal(region.getArguments(), arguments))
    values[argument] = tensor;
  return evaluateBlock(region.front(), values, culprit);
}

static Outcome one(Tensor tensor) { return Results{std::move(tensor)}; }

FailureOr<Results> sinter::nn::evaluateMovement(Operation *op, Operands operands) {
  return llvm::TypeSwitch<Operation *, Outcome>(op)
      .Case<ReshapeOp>([&](ReshapeOp reshape) {
        return one(operands[0].withType(reshape.getType().clone(operands[0].getElementType())));
      })
      .Case<TransposeOp, UnpackOp, BroadcastOp, SliceOp, ConcatOp, PadOp, GatherOp, GatherElementsOp, GatherNdOp>(
          [&](auto movement) { return one(evaluateOp(movement, operands)); })
      .Default([](Operation *) -> Outcome { return failure(); });
}

FailureOr<Results> sinter::nn::evaluate(Operation *op, Operands operands) {
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    std::optional<Tensor> value = Tensor::fromAttr(constant.getValue(), constant.getType());
    return value ? one(*value) : Outcome(failure());
  }
  if (auto bitcast = dyn_cast<BitcastOp>(op)) {
    bool integers =
        !isa<FloatType>(operands[0].getElementType()) && !isa<FloatType>(bitcast.getType().getElementType());
    return one(integers ? Tensor::fromInts(bitcast.getType(), operands[0].toInts())
                        : operands[0].withType(bitcast.getType()));
  }
  if (auto dispatch = dyn_cast<DispatchOp>(op)) {
    Operation *culprit = nullptr;
    return evaluateRegion(dispatch.getBody(), operands, culprit);
  }
  if (auto unpack = dyn_cast<UnpackOp>(op)) // Stored integers, whatever they stand for.
    return one(evaluateOp(unpack, operands));
  if (touchesQuantized(op))
    return evaluateQuantized(op, operands);
  return llvm::TypeSwitch<Operation *, Outcome>(op)
      .Case<CastOp, UnaryOp, BinaryOp, CompareOp, SelectOp, ConvOp, ConvTransposeOp, MatmulOp, PoolOp, ReduceOp,
            ArgReduceOp, SoftmaxOp, LayerNormOp, CumSumOp, ScatterElementsOp, ScatterNdOp, ResizeOp>(
          [&](auto known) { return one(evaluateOp(known, operands)); })
      .Case<LstmOp>([&](LstmOp lstm) { return Outcome(evaluateLstm(lstm, operands)); })
      .Case<TopKOp>([&](TopKOp topk) { return Outcome(evaluateTopK(topk, operands)); })
      .Case<DynamicQuantizeOp>(
          [&](DynamicQuantizeOp quantize) { return Outcome(evaluateDynamicQuantize(quantize, operands)); })
      .Default([&](Operation *) { return evaluateMovement(op, operands); });
}

FailureOr<Results> sinter::nn::evaluateFunction(func::FuncOp function, Operands arguments) {
  Operation *culprit = nullptr;
  Outcome results = evaluateRegion(function.getBody(), arguments, culprit);
  if (failed(results))
    return culprit->emitError() << "'" << culprit->getName() << "' op has no reference evaluation on these types";
  return results;
}
