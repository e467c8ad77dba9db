// Turns a kernel's results into buffers that the caller gives.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/legalize/OutParams.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace sinter {
#define GEN_PASS_DEF_OUTPARAMS
#include "passes/legalize/OutParams.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// The operand that becomes `result`'s buffer when bufferized in place.
OpOperand *tiedOperand(OpResult result) {
  Operation *op = result.getOwner();
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return destination.getTiedOpOperand(result);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return loop.getTiedLoopInit(result);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return &insert.getDestMutable();
  return nullptr;
}

/// The use of the tensor.empty that `value` grew from, if it did.
OpOperand *originOf(Value value) {
  OpOperand *origin = nullptr;
  while (auto result = dyn_cast<OpResult>(value)) {
    if (isa<tensor::EmptyOp>(result.getOwner()))
      return origin;
    origin = tiedOperand(result);
    if (!origin)
      return nullptr;
    value = origin->get();
  }
  return nullptr;
}

/// The buffer of a reshape's source, seen through the buffer of its result.
Value undoReshape(OpBuilder &b, Operation *reshape, Value buffer) {
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape))
    return memref::CollapseShapeOp::create(b, reshape->getLoc(), buffer, expand.getReassociationIndices());
  auto collapse = cast<tensor::CollapseShapeOp>(reshape);
  auto shape = collapse.getSrcType().getShape();
  return memref::ExpandShapeOp::create(b, reshape->getLoc(), shape, buffer, collapse.getReassociationIndices());
}

struct OutParams : sinter::impl::OutParamsBase<OutParams> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    auto isTensor = [](Type type) {
      return isa<RankedTensorType>(type) && cast<RankedTensorType>(type).hasStaticShape();
    };
    if (!func.getBody().hasOneBlock() || !llvm::all_of(func.getResultTypes(), isTensor)) {
      func.emitOpError("must have one block and give tensors of static shape");
      return signalPassFailure();
    }
    auto ret = cast<func::ReturnOp>(func.getBody().front().getTerminator());
    SmallVector<Value> results(ret.getOperands());
    SmallVector<Type> inputs(func.getFunctionType().getInputs());
    for (Value result : results) {
      auto type = cast<RankedTensorType>(result.getType());
      auto bufferType = MemRefType::get(type.getShape(), type.getElementType());
      inputs.push_back(bufferType);
      writeInto(result, func.getBody().addArgument(bufferType, result.getLoc()), ret);
    }
    unsigned operands = func.getNumArguments(); // of the function type, without the new ones
    ret->eraseOperands(0, results.size());
    func.setFunctionType(FunctionType::get(&getContext(), inputs, {}));
    func.removeResAttrsAttr();
    func.removeArgAttrsAttr();
    // What a kernel reads belongs to others: an update in place is made on a copy. Bufferization takes the marks off.
    for (unsigned i = 0; i < operands; ++i)
      func.setArgAttr(i, "bufferization.writable", BoolAttr::get(&getContext(), false));
  }

  void writeInto(Value result, Value buffer, func::ReturnOp ret) {
    OpBuilder b = OpBuilder::atBlockBegin(ret->getBlock());
    while (Operation *op = result.getDefiningOp()) {
      if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
        break;
      buffer = undoReshape(b, op, buffer);
      result = op->getOperand(0);
    }
    if (OpOperand *origin = originOf(result))
      origin->set(bufferization::ToTensorOp::create(b, result.getLoc(), result.getType(), buffer, /*restrict=*/true,
                                                    /*writable=*/true));
    b.setInsertionPoint(ret);
    auto store = bufferization::MaterializeInDestinationOp::create(b, result.getLoc(), result, buffer);
    store.setRestrict(true);
    store.setWritable(true);
  }
};

} // namespace
