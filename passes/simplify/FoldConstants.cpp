// Operators on constants become constants.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/FoldConstants.h"
#include "dialects/nn/Evaluator.h"
#include "dialects/nn/Nn.h"
#include "passes/simplify/Matching.h"

namespace sinter {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/simplify/FoldConstants.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter::nn;

static int64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * Tensor::elementBytes(tensor.getElementType());
}

namespace {
struct FoldConstants : sinter::impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    SmallVector<Operation *> candidates;
    getOperation().walk([&](Operation *op) {
      if (isFoldable(op))
        candidates.push_back(op);
    });
    for (Operation *op : candidates)
      fold(op);
  }

  bool isFoldable(Operation *op) {
    if (!isa<NnDialect>(op->getDialect()) || isa<ConstantOp, DispatchOp, YieldOp>(op) || op->getNumOperands() == 0)
      return false;
    return quantization || !isa<QuantizeOp, DequantizeOp, DynamicQuantizeOp>(op);
  }

  // Operands become constants as their own operators fold: the order of the walk is that of definitions.
  void fold(Operation *op) {
    if (op->use_empty()) {
      op->erase();
      return;
    }
    if (foldEmpty(op) || !llvm::all_of(op->getOperands(), sinter::isConstant) || !isWorthIt(op))
      return;
    SmallVector<Tensor> operands;
    for (Value operand : op->getOperands()) {
      std::optional<Tensor> tensor = constantTensor(operand);
      if (!tensor)
        return;
      operands.push_back(*tensor);
    }
    FailureOr<SmallVector<Tensor>> results = evaluate(op, operands);
    if (succeeded(results))
      replace(op, *results);
  }

  // Tensors without elements are known whatever the operands are.
  bool foldEmpty(Operation *op) {
    SmallVector<Tensor> results;
    for (Type type : op->getResultTypes()) {
      auto tensor = cast<RankedTensorType>(type);
      if (tensor.getNumElements() != 0)
        return false;
      results.push_back(Tensor::zeros(tensor));
    }
    replace(op, results);
    return true;
  }

  bool isWorthIt(Operation *op) {
    if (unpacksWeights(op))
      return false;
    int64_t made = 0, freed = 0;
    for (Type type : op->getResultTypes())
      made += bytesOf(type);
    SmallPtrSet<Operation *, 4> seen;
    for (Value operand : op->getOperands()) {
      bool dies = llvm::all_of(operand.getUsers(), [&](Operation *user) { return user == op; });
      if (dies && seen.insert(operand.getDefiningOp()).second)
        freed += bytesOf(operand.getType());
    }
    return made <= std::max<int64_t>(maxBytes, freed);
  }

  void replace(Operation *op, ArrayRef<Tensor> tensors) {
    OpBuilder builder(op);
    SmallVector<Operation *> inputs;
    for (Value operand : op->getOperands())
      if (sinter::isConstant(operand))
        inputs.push_back(operand.getDefiningOp());
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), tensors))
      result.replaceAllUsesWith(sinter::constant(builder, op->getLoc(), tensor));
    op->erase();
    llvm::sort(inputs);
    inputs.erase(llvm::unique(inputs), inputs.end());
    for (Operation *input : inputs)
      if (input->use_empty())
        input->erase();
  }
};
} // namespace
