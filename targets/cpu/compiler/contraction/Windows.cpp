// Single-precision contractions to window operations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/Windows.h"
#include "dialects/nn/Nn.h"
#include "passes/lower/Generic.h"
#include "targets/cpu/compiler/contraction/RowConv.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

/// The packed form of an operand that a layout pass packed along `axis`, as the kernel's argument has it; otherwise
/// null.
Value packedForm(ConversionPatternRewriter &rewriter, Value operand, int64_t axis) {
  auto unpack = operand.getDefiningOp<nn::UnpackOp>();
  if (!unpack || unpack.getAxes() != ArrayRef<int64_t>{axis} || unpack.getBlocks() != ArrayRef<int64_t>{kPackedBlock})
    return Value();
  return rewriter.getRemappedValue(unpack.getInput());
}

/// The window that is everything: offsets zero, a destination of the whole shape.
SmallVector<Value> zeroOffsets(OpBuilder &b, Location loc, int64_t rank) {
  return SmallVector<Value>(rank, arith::ConstantIndexOp::create(b, loc, 0));
}

Value emptyOf(OpBuilder &b, Location loc, RankedTensorType type) {
  return tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
}

/// Leading dimensions of size 1 up to `rank`.
Value withRank(OpBuilder &b, Location loc, Value value, int64_t rank) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t missing = rank - type.getRank();
  if (missing == 0)
    return value;
  SmallVector<int64_t> shape(missing, 1);
  shape.append(type.getShape().begin(), type.getShape().end());
  SmallVector<ReassociationIndices> groups(type.getRank());
  for (int64_t i = 0; i <= missing; ++i)
    groups[0].push_back(i);
  for (int64_t i = 1; i < type.getRank(); ++i)
    groups[i].push_back(i + missing);
  return tensor::ExpandShapeOp::create(b, loc, RankedTensorType::get(shape, type.getElementType()), value, groups);
}

/// Columns enough for vectors.
struct MatmulToWindow : OpConversionPattern<nn::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::MatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = op.getResult().getType();
    int64_t rank = type.getRank();
    if (!type.getElementType().isF32() || type.getShape().back() < kPackedBlock || type.getNumElements() == 0)
      return rewriter.notifyMatchFailure(op, "not f32, or too few columns");
    Value rhs = packedForm(rewriter, op.getRhs(), 1), lhs = adaptor.getLhs();
    bool packed = rhs != Value();
    if (packed && cast<RankedTensorType>(lhs.getType()).getRank() != rank)
      return rewriter.notifyMatchFailure(op, "another rank than the packed operand's");
    if (!packed) {
      lhs = withRank(rewriter, loc, lhs, rank);
      rhs = withRank(rewriter, loc, adaptor.getRhs(), rank);
    }
    Value window = cpu::MatmulOp::create(rewriter, loc, type, lhs, rhs, zeroOffsets(rewriter, loc, rank),
                                         emptyOf(rewriter, loc, type), packed)
                       .getResult();
    rewriter.replaceOp(op, lower::addBias(rewriter, loc, window, adaptor.getBias(), rank - 1, type));
    return success();
  }
};

/// Along channels where the filter is packed, along rows where they are few.
struct ConvToWindow : OpConversionPattern<nn::ConvOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = op.getResult().getType();
    Value filter = packedForm(rewriter, op.getFilter(), 0);
    if (!type.getElementType().isF32() || (!filter && !isRowConv(op)))
      return rewriter.notifyMatchFailure(op, "not f32, or not of a form that fills vectors");
    SmallVector<Value> offsets = zeroOffsets(rewriter, loc, type.getRank());
    Value empty = emptyOf(rewriter, loc, type), window;
    if (filter)
      window = cpu::ConvOp::create(rewriter, loc, type, adaptor.getInput(), filter, offsets, empty, op.getStrides(),
                                   op.getPads(), op.getDilations(), op.getGroup(), type.getDimSize(1))
                   .getResult();
    else
      window = cpu::RowConvOp::create(rewriter, loc, type, adaptor.getInput(), adaptor.getFilter(), offsets, empty,
                                      op.getStrides(), op.getPads(), op.getDilations(), op.getGroup())
                   .getResult();
    rewriter.replaceOp(op, lower::addBias(rewriter, loc, window, adaptor.getBias(), 1, type));
    return success();
  }
};

} // namespace

void sinter::cpu::populateWindowLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<MatmulToWindow, ConvToWindow>(types, patterns.getContext(), PatternBenefit(kWindowBenefit));
}
