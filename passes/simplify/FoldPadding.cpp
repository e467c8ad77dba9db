// Padding becomes part of the window operator that reads it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/FoldPadding.h"
#include "dialects/nn/Nn.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Matching.h"

namespace sinter {
#define GEN_PASS_DEF_FOLDPADDING
#include "passes/simplify/FoldPadding.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

// The pads of spatial axes, begins and ends, if `pad` adds zeros to those alone.
static std::optional<SmallVector<int64_t>> spatialZeroPads(PadOp pad) {
  if (!pad || pad.getMode() != PadMode::Constant || !isFloat(pad.getInput()))
    return std::nullopt;
  if (pad.getValue() && !isSplat(pad.getValue(), 0))
    return std::nullopt;
  ArrayRef<int64_t> pads = pad.getPads();
  size_t rank = pads.size() / 2;
  if (rank < 3 || llvm::any_of(pads, [](int64_t p) { return p < 0; }))
    return std::nullopt;
  if (pads[0] || pads[1] || pads[rank] || pads[rank + 1])
    return std::nullopt;
  SmallVector<int64_t> spatial(pads.slice(2, rank - 2));
  llvm::append_range(spatial, pads.drop_front(rank + 2));
  return spatial;
}

namespace {
struct IntoConv : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp conv, PatternRewriter &rewriter) const override {
    auto pad = conv.getInput().getDefiningOp<PadOp>();
    std::optional<SmallVector<int64_t>> pads = spatialZeroPads(pad);
    if (!pads)
      return failure();
    for (auto [own, more] : llvm::zip_equal(conv.getPads(), *pads))
      more += own;
    Location loc = fusedLoc(rewriter, {pad, conv});
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getInputMutable().assign(pad.getInput());
      conv.setPads(*pads);
      conv->setLoc(loc);
    });
    return success();
  }
};

// Windows without pads of their own: the zeros are ordinary elements, which AverageIncludePad counts.
struct IntoAveragePool : OpRewritePattern<PoolOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PoolOp pool, PatternRewriter &rewriter) const override {
    auto pad = pool.getInput().getDefiningOp<PadOp>();
    std::optional<SmallVector<int64_t>> pads = spatialZeroPads(pad);
    if (!pads || pool.getKind() == PoolKind::Max || llvm::any_of(pool.getPads(), [](int64_t p) { return p != 0; }))
      return failure();
    Location loc = fusedLoc(rewriter, {pad, pool});
    rewriter.modifyOpInPlace(pool, [&] {
      pool.getInputMutable().assign(pad.getInput());
      pool.setPads(*pads);
      pool.setCountedPads(SmallVector<int64_t>());
      pool.setKind(PoolKind::AverageIncludePad);
      pool->setLoc(loc);
    });
    return success();
  }
};

struct FoldPadding : sinter::impl::FoldPaddingBase<FoldPadding> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<IntoConv, IntoAveragePool>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
