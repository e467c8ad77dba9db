// Views: reshape and bitcast.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

SmallVector<ReassociationIndices> oneGroup(int64_t rank) {
  ReassociationIndices all;
  for (int64_t d = 0; d < rank; ++d)
    all.push_back(d);
  return rank == 0 ? SmallVector<ReassociationIndices>() : SmallVector<ReassociationIndices>{all};
}

} // namespace

/// Through one dimension where no direct collapse or expansion exists.
Value sinter::lower::reshapeTensor(OpBuilder &b, Location loc, Value value, RankedTensorType to) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from == to)
    return value;
  if (std::optional<SmallVector<ReassociationIndices>> groups = getReassociationIndicesForReshape(from, to)) {
    if (from.getRank() > to.getRank())
      return tensor::CollapseShapeOp::create(b, loc, to, value, *groups);
    return tensor::ExpandShapeOp::create(b, loc, to, value, *groups);
  }
  auto flat = RankedTensorType::get({from.getNumElements()}, from.getElementType());
  if (from.getRank() == 0)
    value = tensor::ExpandShapeOp::create(b, loc, flat, value, oneGroup(0));
  else if (from.getRank() > 1)
    value = tensor::CollapseShapeOp::create(b, loc, flat, value, oneGroup(from.getRank()));
  if (to.getRank() == 1)
    return value;
  if (to.getRank() == 0)
    return tensor::CollapseShapeOp::create(b, loc, to, value, oneGroup(0));
  return tensor::ExpandShapeOp::create(b, loc, to, value, oneGroup(to.getRank()));
}

namespace {

struct ReshapePattern : OpConversionPattern<nn::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::ReshapeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto to = cast<RankedTensorType>(storageType(op.getResult().getType()));
    Value input = adaptor.getInput(); // Of one type already, whatever its shape, where elements have four bits.
    rewriter.replaceOp(op, input.getType() == to ? input : reshapeTensor(rewriter, op.getLoc(), input, to));
    return success();
  }
};

/// Storage types are equal by the operator's definition.
struct BitcastPattern : OpConversionPattern<nn::BitcastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::BitcastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (adaptor.getInput().getType() != storageType(op.getResult().getType()))
      return rewriter.notifyMatchFailure(op, "bits change their storage type");
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

} // namespace

void sinter::lower::populateReshapeLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<ReshapePattern, BitcastPattern>(types, patterns.getContext());
}
