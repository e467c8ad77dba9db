// Fewer and cheaper movements of data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/SimplifyMovement.h"
#include "dialects/nn/Nn.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Matching.h"

namespace sinter {
#define GEN_PASS_DEF_SIMPLIFYMOVEMENT
#include "passes/simplify/SimplifyMovement.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

namespace {
// A per-axis quantised tensor changes its type as axes move: left alone.
bool isPerAxis(Value value) { return isa<quant::UniformQuantizedPerAxisType>(tensorType(value).getElementType()); }

// A permutation that keeps the order of the axes longer than 1 leaves every element where it is.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    int64_t last = -1;
    for (int64_t axis : op.getPermutation()) {
      if (tensorType(op.getInput()).getDimSize(axis) == 1)
        continue;
      if (axis < last)
        return failure();
      last = axis;
    }
    if (isPerAxis(op.getInput()) || tensorType(op.getInput()).getElementType() != op.getType().getElementType())
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

// Reducing axes of size 1, by an operator that one element passes through unchanged.
struct ReduceToReshape : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    bool changes = op.getKind() == ReduceKind::SumSquare || op.getKind() == ReduceKind::L1;
    RankedTensorType input = tensorType(op.getInput());
    if (changes || input.getElementType() != op.getType().getElementType() ||
        llvm::any_of(op.getAxes(), [&](int64_t axis) { return input.getDimSize(axis) != 1; }))
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

struct SliceOfSlice : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<SliceOp>();
    if (!inner || isPerAxis(op.getInput()) || inner.getType().getElementType() != op.getType().getElementType())
      return failure();
    SmallVector<int64_t> starts, steps;
    for (size_t i = 0; i < op.getStarts().size(); ++i) {
      starts.push_back(inner.getStarts()[i] + op.getStarts()[i] * inner.getSteps()[i]);
      steps.push_back(inner.getSteps()[i] * op.getSteps()[i]);
    }
    Location loc = fusedLoc(rewriter, {inner, op});
    rewriter.replaceOp(op,
                       SliceOp::create(rewriter, loc, op.getType(), inner.getInput(), starts, op.getSizes(), steps));
    return success();
  }
};

struct FlattenConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op, PatternRewriter &rewriter) const override {
    Type element = op.getType().getElementType();
    SmallVector<Value> inputs;
    SmallVector<Operation *> merged = {op};
    bool changed = false;
    for (Value input : op.getInputs()) {
      auto inner = input.getDefiningOp<ConcatOp>();
      if (inner && inner.getAxis() == op.getAxis() && inner->hasOneUse() &&
          inner.getType().getElementType() == element) {
        llvm::append_range(inputs, inner.getInputs());
        merged.push_back(inner);
        changed = true;
      } else if (tensorType(input).getDimSize(op.getAxis()) == 0) {
        changed = true;
      } else {
        inputs.push_back(input);
      }
    }
    if (inputs.size() == 1 && inputs[0].getType() == op.getType()) {
      rewriter.replaceOp(op, inputs[0]);
      return success();
    }
    if (!changed || inputs.empty())
      return failure();
    Location loc = fusedLoc(rewriter, merged);
    rewriter.replaceOp(op, ConcatOp::create(rewriter, loc, op.getType(), inputs, op.getAxis()));
    return success();
  }
};

struct RemoveEmptyPad : OpRewritePattern<PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PadOp op, PatternRewriter &rewriter) const override {
    if (op.getInput().getType() != op.getType() || llvm::any_of(op.getPads(), [](int64_t p) { return p != 0; }))
      return failure();
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};

// Constant indices a, a+s, a+2s, … of at most one dimension.
struct GatherToSlice : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    RankedTensorType input = tensorType(op.getInput());
    std::optional<Tensor> indices = constantTensor(op.getIndices());
    if (!indices || indices->size() == 0 || isPerAxis(op.getInput()) ||
        input.getElementType() != op.getType().getElementType())
      return failure();
    int64_t axis = op.getAxis(), size = input.getDimSize(axis);
    std::vector<int64_t> values = indices->toInts();
    for (int64_t &value : values) {
      value += value < 0 ? size : 0;
      if (value < 0 || value >= size)
        return failure();
    }
    int64_t step = values.size() > 1 ? values[1] - values[0] : 1;
    for (size_t i = 1; i < values.size(); ++i)
      if (step == 0 || values[i] - values[i - 1] != step)
        return failure();
    SmallVector<int64_t> starts(input.getRank(), 0), sizes(input.getShape()), steps(input.getRank(), 1);
    starts[axis] = values[0];
    sizes[axis] = values.size();
    steps[axis] = step;
    Value slice = SliceOp::create(rewriter, op.getLoc(), input.clone(sizes), op.getInput(), starts, sizes, steps);
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), slice, op.getType().getShape()));
    return success();
  }
};

struct SimplifyMovement : sinter::impl::SimplifyMovementBase<SimplifyMovement> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<TransposeToReshape, ReduceToReshape, SliceOfSlice, FlattenConcat, RemoveEmptyPad, GatherToSlice>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
