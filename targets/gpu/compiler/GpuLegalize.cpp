// What GPU instruction sets lack, by what they have.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuLegalize.h"

namespace sinter {
#define GEN_PASS_DEF_GPULEGALIZE
#include "targets/gpu/compiler/GpuLegalize.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// clz(high, low) = high ? clz(high) : 32 + clz(low).
struct SplitCountZeros : OpRewritePattern<math::CountLeadingZerosOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::CountLeadingZerosOp op, PatternRewriter &rewriter) const override {
    if (!op.getType().isInteger(64))
      return failure();
    Location loc = op.getLoc();
    Type word = rewriter.getI32Type();
    auto constant = [&](Type type, int64_t value) -> Value {
      return arith::ConstantOp::create(rewriter, loc, rewriter.getIntegerAttr(type, value));
    };
    Value shifted = arith::ShRUIOp::create(rewriter, loc, op.getOperand(), constant(op.getType(), 32));
    Value high = arith::TruncIOp::create(rewriter, loc, word, shifted);
    Value low = arith::TruncIOp::create(rewriter, loc, word, op.getOperand());
    Value ofHigh = math::CountLeadingZerosOp::create(rewriter, loc, high);
    Value ofLow = math::CountLeadingZerosOp::create(rewriter, loc, low);
    Value empty = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, high, constant(word, 0));
    Value behind = arith::AddIOp::create(rewriter, loc, ofLow, constant(word, 32));
    Value count = arith::SelectOp::create(rewriter, loc, empty, behind, ofHigh);
    rewriter.replaceOpWithNewOp<arith::ExtUIOp>(op, op.getType(), count);
    return success();
  }
};

struct GpuLegalize : sinter::impl::GpuLegalizeBase<GpuLegalize> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitCountZeros>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
