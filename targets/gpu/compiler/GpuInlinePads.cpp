// Padding is read, not stored.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuInlinePads.h"

namespace sinter {
#define GEN_PASS_DEF_GPUINLINEPADS
#include "targets/gpu/compiler/GpuInlinePads.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// The constant that `pad` surrounds its source with; null where it is computed or depends on the place.
TypedAttr paddingValue(tensor::PadOp pad) {
  TypedAttr value;
  Value constant = pad.getConstantPaddingValue();
  return constant && matchPattern(constant, m_Constant(&value)) ? value : TypedAttr();
}

/// The element of `pad` at `indices`, from its source.
Value readPadded(OpBuilder &b, Location loc, tensor::PadOp pad, TypedAttr padding, ArrayRef<Value> indices) {
  Value inside, zero = arith::ConstantIndexOp::create(b, loc, 0);
  SmallVector<Value> clamped;
  RankedTensorType source = pad.getSourceType();
  for (auto [d, index] : llvm::enumerate(indices)) {
    int64_t low = pad.getStaticLow()[d], high = pad.getStaticHigh()[d], size = source.getDimSize(d);
    if (low == 0 && high == 0) {
      clamped.push_back(index);
      continue;
    }
    // One unsigned comparison: an index before the source is a large number.
    Value shifted = arith::SubIOp::create(b, loc, index, arith::ConstantIndexOp::create(b, loc, low));
    Value fits =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, shifted, arith::ConstantIndexOp::create(b, loc, size));
    clamped.push_back(arith::SelectOp::create(b, loc, fits, shifted, zero));
    inside = inside ? Value(arith::AndIOp::create(b, loc, inside, fits)) : fits;
  }
  Value element = tensor::ExtractOp::create(b, loc, pad.getSource(), clamped);
  if (!inside)
    return element;
  return arith::SelectOp::create(b, loc, inside, element, arith::ConstantOp::create(b, loc, padding));
}

bool isStatic(tensor::PadOp pad) {
  return pad.getLow().empty() && pad.getHigh().empty() && pad.getSourceType().hasStaticShape() &&
         pad.getSourceType().getNumElements() > 0;
}

/// The padding behind an operand, seen through a reshape that only splits dimensions.
tensor::PadOp padBehind(Value value) {
  if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>(); expand && expand.getResultType().hasStaticShape())
    value = expand.getSrc();
  return value.getDefiningOp<tensor::PadOp>();
}

/// The indices of a reshape's source that belong to those of its result.
SmallVector<Value> undoExpand(OpBuilder &b, Location loc, Value value, ArrayRef<Value> indices) {
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  if (!expand)
    return SmallVector<Value>(indices);
  SmallVector<Value> merged;
  for (const ReassociationIndices &group : expand.getReassociationIndices()) {
    Value place;
    for (int64_t d : group) {
      Value size = arith::ConstantIndexOp::create(b, loc, expand.getResultType().getDimSize(d));
      place = place ? Value(arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, place, size), indices[d]))
                    : indices[d];
    }
    merged.push_back(place);
  }
  return merged;
}

/// Whether the sizes of all loops of `op` can be told without `operand`.
bool rangesAreKnownWithout(linalg::GenericOp op, OpOperand &operand) {
  llvm::SmallBitVector known(op.getNumLoops());
  for (OpOperand &other : op->getOpOperands()) {
    if (&other == &operand)
      continue;
    for (AffineExpr expr : op.getMatchingIndexingMap(&other).getResults())
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        known.set(dim.getPosition());
  }
  return known.all();
}

struct InlinePad : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      tensor::PadOp pad = padBehind(operand->get());
      if (!pad || !isStatic(pad) || !paddingValue(pad) || !rangesAreKnownWithout(op, *operand))
        continue;
      rewrite(rewriter, op, *operand, pad);
      return success();
    }
    return failure();
  }

  static void rewrite(PatternRewriter &rewriter, linalg::GenericOp op, OpOperand &operand, tensor::PadOp pad) {
    unsigned number = operand.getOperandNumber();
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<Value> inputs(op.getInputs());
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    inputs.erase(inputs.begin() + number);
    maps.erase(maps.begin() + number);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
      SmallVector<Value> loops, indices;
      for (unsigned d = 0; d < op.getNumLoops(); ++d)
        loops.push_back(linalg::IndexOp::create(b, loc, d));
      for (AffineExpr expr : map.getResults())
        indices.push_back(affine::AffineApplyOp::create(b, loc, AffineMap::get(map.getNumDims(), 0, expr), loops));
      SmallVector<Value> all(args);
      all.insert(all.begin() + number,
                 readPadded(b, loc, pad, paddingValue(pad), undoExpand(b, loc, operand.get(), indices)));
      IRMapping mapping;
      mapping.map(op.getBody()->getArguments(), all);
      for (Operation &inner : op.getBody()->without_terminator())
        b.clone(inner, mapping);
      SmallVector<Value> yielded;
      for (Value value : op.getBody()->getTerminator()->getOperands())
        yielded.push_back(mapping.lookupOrDefault(value));
      linalg::YieldOp::create(b, loc, yielded);
    };
    auto made = linalg::GenericOp::create(rewriter, op.getLoc(), op.getResultTypes(), inputs, op.getOutputs(), maps,
                                          op.getIteratorTypesArray(), body);
    rewriter.replaceOp(op, made.getResults());
  }
};

struct GpuInlinePads : sinter::impl::GpuInlinePadsBase<GpuInlinePads> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<InlinePad>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
