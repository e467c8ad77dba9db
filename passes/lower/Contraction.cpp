// Matrix products and convolutions as linalg.generic, whatever their shape, strides, groups and padding.
//
// The forms below are what later passes recognise and tile for registers: reductions are the innermost loops, one
// multiply-accumulate is the body, the accumulator starts at zero and bias is an element-wise operation behind it, so
// that it fuses as an epilogue. Half floats accumulate in f32.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

using utils::IteratorType;

bool isHalf(Type element) { return element.isF16() || element.isBF16(); }

/// What products of `element` are summed in.
Type accumulatorType(Type element) { return isHalf(element) ? Float32Type::get(element.getContext()) : element; }

Value zeroOf(OpBuilder &b, Location loc, RankedTensorType type) {
  return buildFilled(b, loc, type, b.getZeroAttr(type.getElementType()));
}

/// accumulator + lhs * rhs, in the accumulator's type.
void multiplyAccumulate(OpBuilder &b, Location loc, ValueRange args) {
  Type type = args[2].getType();
  Value sum;
  if (isa<FloatType>(type)) {
    auto widen = [&](Value v) { return v.getType() == type ? v : arith::ExtFOp::create(b, loc, type, v); };
    Value product = arith::MulFOp::create(b, loc, widen(args[0]), widen(args[1]));
    sum = arith::AddFOp::create(b, loc, args[2], product);
  } else {
    Value product = arith::MulIOp::create(b, loc, args[0], args[1]);
    sum = arith::AddIOp::create(b, loc, args[2], product);
  }
  linalg::YieldOp::create(b, loc, sum);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Matrix product
//===--------------------------------------------------------------------------------------------------------------===//

/// Batch dimensions of an operand in the loops of the result's batch: right-aligned, size 1 reads index 0.
SmallVector<AffineExpr> batchExprs(Builder &b, ArrayRef<int64_t> shape, ArrayRef<int64_t> result) {
  SmallVector<AffineExpr> exprs;
  int64_t batch = static_cast<int64_t>(shape.size()) - 2, offset = static_cast<int64_t>(result.size() - shape.size());
  for (int64_t i = 0; i < batch; ++i)
    exprs.push_back(shape[i] == 1 && result[i + offset] != 1 ? b.getAffineConstantExpr(0)
                                                             : b.getAffineDimExpr(i + offset));
  return exprs;
}

struct MatmulPattern : OpConversionPattern<nn::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::MatmulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto lhs = cast<RankedTensorType>(adaptor.getLhs().getType()),
         rhs = cast<RankedTensorType>(adaptor.getRhs().getType());
    if (isa<quant::QuantizedType>(op.getLhs().getType().getElementType()))
      return rewriter.notifyMatchFailure(op, "quantised");
    auto resultType = op.getResult().getType();
    int64_t rank = resultType.getRank();
    AffineExpr m = rewriter.getAffineDimExpr(rank - 2), n = rewriter.getAffineDimExpr(rank - 1),
               k = rewriter.getAffineDimExpr(rank);
    SmallVector<AffineExpr> a = batchExprs(rewriter, lhs.getShape(), resultType.getShape());
    a.append({m, k});
    SmallVector<AffineExpr> b = batchExprs(rewriter, rhs.getShape(), resultType.getShape());
    b.append({k, n});
    MLIRContext *context = getContext();
    SmallVector<AffineMap> maps = {AffineMap::get(rank + 1, 0, a, context), AffineMap::get(rank + 1, 0, b, context),
                                   AffineMap::getMultiDimIdentityMap(rank + 1, context).getMajorSubMap(rank)};
    SmallVector<IteratorType> iterators(rank, IteratorType::parallel);
    iterators.push_back(IteratorType::reduction);
    auto accumulator = RankedTensorType::get(resultType.getShape(), accumulatorType(lhs.getElementType()));
    auto product =
        linalg::GenericOp::create(rewriter, op.getLoc(), accumulator, ValueRange{adaptor.getLhs(), adaptor.getRhs()},
                                  zeroOf(rewriter, op.getLoc(), accumulator), maps, iterators, multiplyAccumulate);
    rewriter.replaceOp(op,
                       addBias(rewriter, op.getLoc(), product.getResult(0), adaptor.getBias(), rank - 1, resultType));
    return success();
  }
};

//===--------------------------------------------------------------------------------------------------------------===//
// Convolution
//===--------------------------------------------------------------------------------------------------------------===//

/// What the windows of a convolution cover of its input: zeros around it, and without the end that no window reaches.
Value coveredInput(OpBuilder &b, nn::ConvOp op, Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  size_t spatial = op.getStrides().size();
  SmallVector<int64_t> kept(type.getShape()), shape(type.getShape()), low(type.getRank()), high(type.getRank());
  for (size_t i = 0; i < spatial; ++i) {
    int64_t kernel = (op.getFilter().getType().getDimSize(i + 2) - 1) * op.getDilations()[i] + 1;
    shape[i + 2] = (op.getResult().getType().getDimSize(i + 2) - 1) * op.getStrides()[i] + kernel;
    low[i + 2] = std::min(op.getPads()[i], shape[i + 2]);
    high[i + 2] = std::max<int64_t>(0, shape[i + 2] - low[i + 2] - type.getDimSize(i + 2));
    kept[i + 2] = shape[i + 2] - low[i + 2] - high[i + 2];
  }
  auto attributes = [&](ArrayRef<int64_t> values) { return getAsIndexOpFoldResult(b.getContext(), values); };
  SmallVector<int64_t> origin(type.getRank(), 0), steps(type.getRank(), 1);
  if (ArrayRef<int64_t>(kept) != type.getShape())
    input = tensor::ExtractSliceOp::create(b, op.getLoc(), RankedTensorType::get(kept, type.getElementType()), input,
                                           attributes(origin), attributes(kept), attributes(steps));
  if (kept == shape)
    return input;
  Value zero = arith::ConstantOp::create(b, op.getLoc(), b.getZeroAttr(type.getElementType()));
  return tensor::PadOp::create(b, op.getLoc(), RankedTensorType::get(shape, type.getElementType()), input,
                               attributes(low), attributes(high), zero);
}

/// Splits dimension `dim` of size group * n into [group, n].
Value splitGroups(OpBuilder &b, Location loc, Value value, int64_t dim, int64_t group) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] /= group;
  shape.insert(shape.begin() + dim, group);
  SmallVector<ReassociationIndices> groups;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    groups.push_back({next++});
    if (i == dim)
      groups.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(b, loc, RankedTensorType::get(shape, type.getElementType()), value, groups);
}

/// Loops: n, g, k, out…, c, r…  Operands: input [n, g, c, in…], filter [g, k, c, r…], result [n, g, k, out…].
struct ConvPattern : OpConversionPattern<nn::ConvOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (isa<quant::QuantizedType>(op.getInput().getType().getElementType()))
      return rewriter.notifyMatchFailure(op, "quantised");
    Location loc = op.getLoc();
    auto resultType = op.getResult().getType();
    int64_t group = op.getGroup();
    Value input = splitGroups(rewriter, loc, coveredInput(rewriter, op, adaptor.getInput()), 1, group);
    Value filter = splitGroups(rewriter, loc, adaptor.getFilter(), 0, group);

    SmallVector<int64_t> shape(resultType.getShape());
    shape[1] /= group;
    shape.insert(shape.begin() + 1, group);
    Type element = cast<RankedTensorType>(input.getType()).getElementType();
    auto accumulator = RankedTensorType::get(shape, accumulatorType(element));
    int64_t spatial = resultType.getRank() - 2;
    SmallVector<IteratorType> iterators(3 + spatial, IteratorType::parallel);
    iterators.append(1 + spatial, IteratorType::reduction);
    auto conv =
        linalg::GenericOp::create(rewriter, loc, accumulator, ValueRange{input, filter},
                                  zeroOf(rewriter, loc, accumulator), indexingMaps(op), iterators, multiplyAccumulate);
    SmallVector<ReassociationIndices> merge = {{0}, {1, 2}};
    for (int64_t i = 0; i < spatial; ++i)
      merge.push_back({3 + i});
    Value merged = tensor::CollapseShapeOp::create(
        rewriter, loc, RankedTensorType::get(resultType.getShape(), accumulator.getElementType()), conv.getResult(0),
        merge);
    rewriter.replaceOp(op, addBias(rewriter, loc, merged, adaptor.getBias(), 1, resultType));
    return success();
  }

  static SmallVector<AffineMap> indexingMaps(nn::ConvOp op) {
    Builder b(op.getContext());
    int64_t spatial = op.getResult().getType().getRank() - 2, loops = 4 + 2 * spatial, c = 3 + spatial;
    auto dim = [&](int64_t i) { return b.getAffineDimExpr(i); };
    SmallVector<AffineExpr> input = {dim(0), dim(1), dim(c)}, filter = {dim(1), dim(2), dim(c)},
                            result = {dim(0), dim(1), dim(2)};
    for (int64_t i = 0; i < spatial; ++i) {
      input.push_back(dim(3 + i) * op.getStrides()[i] + dim(c + 1 + i) * op.getDilations()[i]);
      filter.push_back(dim(c + 1 + i));
      result.push_back(dim(3 + i));
    }
    auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, op.getContext()); };
    return {map(input), map(filter), map(result)};
  }
};

} // namespace

Value sinter::lower::addBias(OpBuilder &b, Location loc, Value accumulated, Value bias, int64_t axis,
                             RankedTensorType resultType) {
  auto type = cast<RankedTensorType>(accumulated.getType());
  if (!bias && type.getElementType() == storageElementType(resultType.getElementType()))
    return accumulated;
  SmallVector<Value> operands = {accumulated};
  SmallVector<Type> elements = {type.getElementType()};
  if (bias) {
    auto biasType = cast<RankedTensorType>(bias.getType());
    int64_t trailing = type.getRank() - 1 - axis;
    SmallVector<int64_t> shape = {biasType.getDimSize(0)};
    ReassociationIndices group = {0};
    for (int64_t i = 0; i < trailing; ++i) {
      shape.push_back(1);
      group.push_back(i + 1);
    }
    if (trailing)
      bias = tensor::ExpandShapeOp::create(b, loc, RankedTensorType::get(shape, biasType.getElementType()), bias,
                                           ArrayRef<ReassociationIndices>{group});
    operands.push_back(bias);
    elements.push_back(resultType.getElementType());
  }
  auto body = [](OpBuilder &b, Location loc, ValueRange args) -> Value {
    if (args.size() == 1)
      return args[0];
    if (isa<FloatType>(args[0].getType()))
      return arith::AddFOp::create(b, loc, args[0], args[1]);
    return arith::AddIOp::create(b, loc, args[0], args[1]);
  };
  return buildElementwise(b, loc, operands, elements, resultType, body);
}

void sinter::lower::populateContractionLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<MatmulPattern, ConvPattern>(types, patterns.getContext());
}
