// Data movement whose addresses the shape fixes: transpose, slice, concat, pad.
//
// Elements move in their storage types. Joins write into slices of one destination, so that bufferization gives each
// piece its place and nothing is copied twice.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Addressing.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

RankedTensorType storedType(Value value) { return cast<RankedTensorType>(storageType(value.getType())); }

struct TransposePattern : OpConversionPattern<nn::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::TransposeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    // Result axis i is input axis permutation[i]: in the result's loops, input axis a is loop inverse[a].
    ArrayRef<int64_t> permutation = op.getPermutation();
    SmallVector<AffineExpr> source(permutation.size());
    for (auto [i, axis] : llvm::enumerate(permutation))
      source[axis] = rewriter.getAffineDimExpr(i);
    AffineMap map = AffineMap::get(permutation.size(), 0, source, rewriter.getContext());
    rewriter.replaceOp(op, buildCopy(rewriter, op.getLoc(), adaptor.getInput(), map, storedType(op.getResult())));
    return success();
  }
};

/// Kernels that know the packed form read it instead; this is for those that do not.
struct UnpackPattern : OpConversionPattern<nn::UnpackOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::UnpackOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    SmallVector<AffineExpr> source;
    for (auto [axis, block] : llvm::zip(op.getAxes(), op.getBlocks()))
      source.push_back(rewriter.getAffineDimExpr(axis).floorDiv(block));
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (!llvm::is_contained(op.getAxes(), i))
        source.push_back(rewriter.getAffineDimExpr(i));
    for (auto [axis, block] : llvm::zip(op.getAxes(), op.getBlocks()))
      source.push_back(rewriter.getAffineDimExpr(axis) % block);
    AffineMap map = AffineMap::get(type.getRank(), 0, source, rewriter.getContext());
    rewriter.replaceOp(op, buildCopy(rewriter, op.getLoc(), adaptor.getInput(), map, type));
    return success();
  }
};

/// A slice of unit steps is a view and a copy, whose loads are contiguous; other steps are in the copy's map.
struct SlicePattern : OpConversionPattern<nn::SliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::SliceOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    Value input = adaptor.getInput();
    AffineMap map = rewriter.getMultiDimIdentityMap(type.getRank());
    if (type.getNumElements() == 0)
      input = tensor::EmptyOp::create(rewriter, op.getLoc(), type.getShape(), type.getElementType());
    else if (llvm::all_of(llvm::zip(op.getSteps(), op.getSizes()),
                          [](auto it) { return std::get<0>(it) == 1 || std::get<1>(it) == 1; }))
      input = extractSlice(rewriter, op.getLoc(), input, op.getStarts(), op.getSizes());
    else
      map = stepMap(rewriter, op);
    rewriter.replaceOp(op, buildCopy(rewriter, op.getLoc(), input, map, type));
    return success();
  }

  static AffineMap stepMap(Builder &b, nn::SliceOp op) {
    SmallVector<AffineExpr> source;
    for (auto [i, start, step, size] : llvm::enumerate(op.getStarts(), op.getSteps(), op.getSizes()))
      source.push_back(size == 1 ? b.getAffineConstantExpr(start) : b.getAffineDimExpr(i) * step + start);
    return AffineMap::get(source.size(), 0, source, b.getContext());
  }
};

struct ConcatPattern : OpConversionPattern<nn::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::ConcatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    Value result = tensor::EmptyOp::create(rewriter, op.getLoc(), type.getShape(), type.getElementType());
    SmallVector<int64_t> offsets(type.getRank(), 0);
    for (Value input : adaptor.getInputs()) {
      if (cast<RankedTensorType>(input.getType()).getNumElements() != 0)
        result = copyIntoSlice(rewriter, op.getLoc(), input, result, offsets);
      offsets[op.getAxis()] += cast<RankedTensorType>(input.getType()).getDimSize(op.getAxis());
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct PadPattern : OpConversionPattern<nn::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::PadOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Value result =
        op.getMode() == nn::PadMode::Constant ? padConstant(op, adaptor, rewriter) : padIndexed(op, adaptor, rewriter);
    rewriter.replaceOp(op, result);
    return success();
  }

  /// Fills the result, then writes what is left of the input after cropping over it.
  static Value padConstant(nn::PadOp op, OpAdaptor adaptor, OpBuilder &b) {
    Location loc = op.getLoc();
    RankedTensorType type = storedType(op.getResult());
    Value fill = adaptor.getValue() ? Value(tensor::ExtractOp::create(b, loc, adaptor.getValue(), ValueRange{}))
                                    : Value(arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType())));
    Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    Value result = linalg::FillOp::create(b, loc, fill, empty).getResult(0);
    ArrayRef<int64_t> shape = op.getInput().getType().getShape(), pads = op.getPads();
    SmallVector<int64_t> from, sizes, to;
    for (size_t d = 0; d < shape.size(); ++d) {
      int64_t begin = pads[d], end = pads[shape.size() + d];
      from.push_back(std::max<int64_t>(0, -begin));
      to.push_back(std::max<int64_t>(0, begin));
      sizes.push_back(shape[d] - from.back() - std::max<int64_t>(0, -end));
    }
    if (llvm::any_of(sizes, [](int64_t size) { return size <= 0; }))
      return result;
    return copyIntoSlice(b, loc, extractSlice(b, loc, adaptor.getInput(), from, sizes), result, to);
  }

  static Value padIndexed(nn::PadOp op, OpAdaptor adaptor, OpBuilder &b) {
    ArrayRef<int64_t> shape = op.getInput().getType().getShape();
    auto body = [&](OpBuilder &nested, Location loc, ValueRange) -> Value {
      SmallVector<Value> source;
      for (size_t d = 0; d < shape.size(); ++d) {
        Value index = linalg::IndexOp::create(nested, loc, d);
        source.push_back(
            paddedIndex(nested, loc, op.getMode(), index, op.getPads()[d], op.getPads()[shape.size() + d], shape[d]));
      }
      return tensor::ExtractOp::create(nested, loc, adaptor.getInput(), source);
    };
    return buildIndexed(b, op.getLoc(), {}, {}, storedType(op.getResult()), body);
  }

  /// Where a position of the padded axis reads from; pads of nothing cost nothing.
  static Value paddedIndex(OpBuilder &b, Location loc, nn::PadMode mode, Value index, int64_t begin, int64_t end,
                           int64_t size) {
    auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, loc, value); };
    Value shifted = arith::SubIOp::create(b, loc, index, constant(begin));
    if (begin <= 0 && end <= 0)
      return shifted;
    if (size == 1)
      return constant(0);
    if (mode == nn::PadMode::Edge)
      return clampIndex(b, loc, shifted, size);
    // Non-negative before the remainder: whole periods are added first.
    int64_t period = mode == nn::PadMode::Reflect ? 2 * (size - 1) : size;
    int64_t lift = (std::max<int64_t>(begin, 0) + period - 1) / period * period;
    Value lifted = arith::AddIOp::create(b, loc, shifted, constant(lift));
    Value phase = arith::RemUIOp::create(b, loc, lifted, constant(period));
    if (mode == nn::PadMode::Wrap)
      return phase;
    Value mirrored = arith::SubIOp::create(b, loc, constant(period), phase);
    return arith::MinUIOp::create(b, loc, phase, mirrored);
  }
};

} // namespace

void sinter::lower::populateMovementLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<TransposePattern, UnpackPattern, SlicePattern, ConcatPattern, PadPattern>(types, patterns.getContext());
}
