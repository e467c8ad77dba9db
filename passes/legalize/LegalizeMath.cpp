// Leaves only what the processor can do without a library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/legalize/LegalizeMath.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "passes/legalize/MathPatterns.h"

namespace sinter {
#define GEN_PASS_DEF_LEGALIZEMATH
#include "passes/legalize/LegalizeMath.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// a * b + c where there is no instruction for it, which LLVM would turn into a call.
struct SplitFma : OpRewritePattern<math::FmaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::FmaOp op, PatternRewriter &rewriter) const override {
    Value product = arith::MulFOp::create(rewriter, op.getLoc(), op.getA(), op.getB());
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, product, op.getC());
    return success();
  }
};

struct SplitVectorFma : OpRewritePattern<vector::FMAOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(vector::FMAOp op, PatternRewriter &rewriter) const override {
    Value product = arith::MulFOp::create(rewriter, op.getLoc(), op.getLhs(), op.getRhs());
    rewriter.replaceOpWithNewOp<arith::AddFOp>(op, product, op.getAcc());
    return success();
  }
};

struct LegalizeMath : sinter::impl::LegalizeMathBase<LegalizeMath> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(expand()) || failed(approximate()) || failed(expandBasics()))
      return signalPassFailure();
    allowContraction();
  }

  /// Functions expressed by others: tan, sinh, … by exp and sin.
  LogicalResult expand() {
    RewritePatternSet patterns(&getContext());
    math::populateExpansionPatterns(patterns, {"tan", "sinh", "cosh", "asinh", "acosh", "atanh", "exp2", "powf"});
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  LogicalResult approximate() {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) { return name != "math.cbrt"; });
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  LogicalResult expandBasics() {
    RewritePatternSet patterns(&getContext());
    sinter::legalize::populateRemainderPatterns(patterns);
    sinter::legalize::populateHalfFloatPatterns(patterns, half);
    arith::populateExpandBFloat16Patterns(patterns);
    if (!fma)
      patterns.add<SplitFma, SplitVectorFma>(&getContext());
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  void allowContraction() {
    auto contract = arith::FastMathFlagsAttr::get(&getContext(), arith::FastMathFlags::contract);
    getOperation().walk([&](Operation *op) {
      if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(op))
        op->setAttr("fastmath", contract);
    });
  }
};

} // namespace
