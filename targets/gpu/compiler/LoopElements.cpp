// What a linalg operation on buffers does at one point of its loops.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/LoopElements.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace sinter::gpu;

SmallVector<Value> LoopElements::indicesOf(OpOperand &operand, ArrayRef<Value> point) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<OpFoldResult> operands;
  for (Value v : point) // A reduction's index is null where the expression cannot use it.
    operands.push_back(v ? OpFoldResult(v) : OpFoldResult(b.getIndexAttr(0)));
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults())
    indices.push_back(getValueOrCreateConstantIndexOp(
        b, loc, affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(map.getNumDims(), 0, expr), operands)));
  return indices;
}

Value LoopElements::load(OpOperand &operand, ArrayRef<Value> point) {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  std::vector<const void *> key = {operand.get().getAsOpaquePointer(),
                                   op.getMatchingIndexingMap(&operand).getAsOpaquePointer()};
  for (auto [d, index] : llvm::enumerate(point))
    if (op.getMatchingIndexingMap(&operand).isFunctionOfDim(d))
      key.push_back(index.getAsOpaquePointer());
  Value &value = loaded[key];
  if (!value)
    value = memref::LoadOp::create(b, loc, operand.get(), indicesOf(operand, point));
  return value;
}

void LoopElements::store(Value value, OpOperand &operand, ArrayRef<Value> point) {
  memref::StoreOp::create(b, loc, value, operand.get(), indicesOf(operand, point));
}

SmallVector<Value> LoopElements::emitBody(ArrayRef<Value> point, IRMapping known) {
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (!argument.use_empty() && !known.contains(argument))
      known.map(argument, load(operand, point));
  }
  op.getBody()->walk([&](linalg::IndexOp index) { known.map(index.getResult(), point[index.getDim()]); });
  for (Operation &inner : op.getBody()->without_terminator())
    emit(inner, point, known);
  SmallVector<Value> yielded;
  for (Value value : op.getBody()->getTerminator()->getOperands())
    yielded.push_back(known.lookupOrDefault(value));
  return yielded;
}

Value LoopElements::emitValue(Value value, ArrayRef<Value> point) {
  IRMapping known;
  auto loadArgument = [&](Value operand) {
    auto argument = dyn_cast<BlockArgument>(operand);
    if (argument && argument.getOwner() == op.getBody() && !known.contains(argument))
      known.map(argument, load(*op.getMatchingOpOperand(argument), point));
  };
  loadArgument(value);
  for (Operation *inner : neededFor(value, op)) {
    llvm::for_each(inner->getOperands(), loadArgument);
    emit(*inner, point, known);
  }
  return known.lookupOrDefault(value);
}

void LoopElements::emit(Operation &inner, ArrayRef<Value> point, IRMapping &known) {
  if (auto apply = dyn_cast<affine::AffineApplyOp>(inner))
    known.map(apply.getResult(), composed(apply, known));
  else if (auto index = dyn_cast<linalg::IndexOp>(inner))
    known.map(index.getResult(), point[index.getDim()]);
  else
    b.clone(inner, known);
}

/// In terms of the tile's place, so that equal addresses are seen to be equal.
Value LoopElements::composed(affine::AffineApplyOp apply, const IRMapping &known) {
  SmallVector<OpFoldResult> operands;
  for (Value operand : apply.getOperands())
    operands.push_back(known.lookupOrDefault(operand));
  OpFoldResult result = affine::makeComposedFoldedAffineApply(b, loc, apply.getAffineMap(), operands);
  return getValueOrCreateConstantIndexOp(b, loc, result);
}

SmallVector<Operation *> sinter::gpu::neededFor(Value value, linalg::GenericOp op) {
  llvm::SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.inclusive = true;
  options.omitBlockArguments = true;
  options.filter = [&](Operation *inner) { return inner->getBlock() == op.getBody(); };
  SmallVector<Operation *> needed;
  if (Operation *definition = value.getDefiningOp(); definition && definition->getBlock() == op.getBody())
    if (succeeded(getBackwardSlice(definition, &slice, options)))
      for (Operation &inner : *op.getBody())
        if (slice.contains(&inner))
          needed.push_back(&inner);
  return needed;
}

OpOperand *sinter::gpu::linkOf(linalg::GenericOp op, linalg::GenericOp epilogue) {
  OpOperand *found = nullptr;
  Value result = op->getNumResults() ? op.getResult(0) : op.getOutputs().front();
  for (OpOperand *input : epilogue.getDpsInputOperands())
    if (input->get() == result) {
      if (found)
        return nullptr;
      found = input;
    }
  return found;
}

void sinter::gpu::emitEpilogue(OpBuilder &b, linalg::GenericOp op, linalg::GenericOp epilogue, ArrayRef<Value> place,
                               Value result) {
  OpOperand *operand = linkOf(op, epilogue);
  SmallVector<Value> loops(epilogue.getNumLoops());
  for (auto [i, expr] : llvm::enumerate(epilogue.getMatchingIndexingMap(operand).getResults()))
    loops[cast<AffineDimExpr>(expr).getPosition()] = place[i];
  LoopElements elements(b, epilogue);
  IRMapping known;
  known.map(epilogue.getMatchingBlockArgument(operand), result);
  SmallVector<Value> values = elements.emitBody(loops, known);
  for (auto [value, output] : llvm::zip(values, epilogue.getDpsInitsMutable()))
    elements.store(value, output, loops);
}
