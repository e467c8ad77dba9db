// Operators that walk one axis in order: running sums, arg max and min, the k largest.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Addressing.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"
#include "passes/lower/ScalarBody.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

RankedTensorType storedType(Value value) { return cast<RankedTensorType>(storageType(value.getType())); }
ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

/// `shape` without `axis`: the loops around a walk.
SmallVector<int64_t> without(ArrayRef<int64_t> shape, int64_t axis) {
  SmallVector<int64_t> outer(shape);
  outer.erase(outer.begin() + axis);
  return outer;
}

SmallVector<Value> withAxis(ValueRange outer, int64_t axis, Value index) {
  SmallVector<Value> at(outer);
  at.insert(at.begin() + axis, index);
  return at;
}

Value emptyOf(OpBuilder &b, Location loc, RankedTensorType type) {
  return tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
}

Value indexConstant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value select(OpBuilder &b, Location loc, Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, loc, condition, x, y);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Running sum
//===--------------------------------------------------------------------------------------------------------------===//

/// Floats sum in double precision, so that long axes lose nothing against the reference.
struct CumSumPattern : OpConversionPattern<nn::CumSumOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::CumSumOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    Type element = op.getResult().getType().getElementType();
    Type sumType = isa<FloatType>(element) ? Type(rewriter.getF64Type()) : type.getElementType();
    int64_t axis = op.getAxis(), size = type.getDimSize(axis);
    auto walk = [&](OpBuilder &b, Location loc, ValueRange outer, ValueRange tensors) -> SmallVector<Value> {
      Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(sumType));
      auto step = [&](OpBuilder &nested, Location, ValueRange index, ValueRange carried) -> SmallVector<Value> {
        Value i = op.getReverse()
                      ? Value(arith::SubIOp::create(nested, loc, indexConstant(nested, loc, size - 1), index[0]))
                      : index[0];
        SmallVector<Value> at = withAxis(outer, axis, i);
        Value x = widen(nested, loc, tensor::ExtractOp::create(nested, loc, adaptor.getInput(), at), sumType);
        Value sum = isa<FloatType>(sumType) ? Value(arith::AddFOp::create(nested, loc, carried[1], x))
                                            : Value(arith::AddIOp::create(nested, loc, carried[1], x));
        Value out = narrow(nested, loc, op.getExclusive() ? carried[1] : sum, type.getElementType());
        return {tensor::InsertOp::create(nested, loc, out, carried[0], at), sum};
      };
      return {buildLoops(b, loc, {size}, {tensors[0], zero}, step)[0]};
    };
    rewriter.replaceOp(op, buildLoops(rewriter, op.getLoc(), without(type.getShape(), axis),
                                      emptyOf(rewriter, op.getLoc(), type), walk));
    return success();
  }

  static Value widen(OpBuilder &b, Location loc, Value value, Type type) {
    return value.getType() == type ? value : Value(arith::ExtFOp::create(b, loc, type, value));
  }
  static Value narrow(OpBuilder &b, Location loc, Value value, Type type) {
    return value.getType() == type ? value : Value(arith::TruncFOp::create(b, loc, type, value));
  }
};

//===--------------------------------------------------------------------------------------------------------------===//
// Selection
//===--------------------------------------------------------------------------------------------------------------===//

struct ArgReducePattern : OpConversionPattern<nn::ArgReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::ArgReduceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type element = op.getInput().getType().getElementType();
    int64_t axis = op.getAxis(), size = shapeOf(op.getInput())[axis];
    bool largest = op.getKind() == nn::ReduceKind::Max, last = op.getSelectLast();
    nn::CompareKind better = largest ? (last ? nn::CompareKind::GreaterOrEqual : nn::CompareKind::Greater)
                                     : (last ? nn::CompareKind::LessOrEqual : nn::CompareKind::Less);
    auto walk = [&](OpBuilder &b, Location loc, ValueRange outer, ValueRange tensors) -> SmallVector<Value> {
      auto load = [&](OpBuilder &nested, Value i) {
        return decodeScalar(
            nested, loc, tensor::ExtractOp::create(nested, loc, adaptor.getInput(), withAxis(outer, axis, i)), element);
      };
      Value zero = indexConstant(b, loc, 0);
      auto step = [&](OpBuilder &nested, Location, ValueRange index, ValueRange carried) -> SmallVector<Value> {
        Value x = load(nested, index[0]);
        Value takes = buildCompare(nested, loc, better, x, carried[0], element);
        return {select(nested, loc, takes, x, carried[0]), select(nested, loc, takes, index[0], carried[1])};
      };
      Value found = buildLoops(b, loc, {size}, {load(b, zero), zero}, step)[1];
      Value stored = arith::IndexCastOp::create(b, loc, b.getI64Type(), found);
      SmallVector<Value> to = op.getKeepdims() ? withAxis(outer, axis, zero) : SmallVector<Value>(outer);
      return {tensor::InsertOp::create(b, loc, stored, tensors[0], to)};
    };
    Value init = emptyOf(rewriter, op.getLoc(), storedType(op.getResult()));
    rewriter.replaceOp(op, buildLoops(rewriter, op.getLoc(), without(shapeOf(op.getInput()), axis), init, walk));
    return success();
  }
};

/// Keeps the k best so far in order. An element that is better than the last of them goes through all: where it is
/// better, or once it has pushed one out, it takes the place and the one that was there goes on. Equal elements stay
/// behind earlier ones.
struct TopKPattern : OpConversionPattern<nn::TopKOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::TopKOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType valueType = storedType(op.getValues()), indexType = storedType(op.getIndices());
    if (valueType.getNumElements() == 0) {
      rewriter.replaceOp(op, {emptyOf(rewriter, loc, valueType), emptyOf(rewriter, loc, indexType)});
      return success();
    }
    int64_t axis = op.getAxis(), size = shapeOf(op.getInput())[axis];
    Value values =
        buildFilled(rewriter, loc, valueType, cast<TypedAttr>(rewriter.getZeroAttr(valueType.getElementType())));
    Value indices = buildFilled(rewriter, loc, indexType, rewriter.getI64IntegerAttr(-1)); // -1: nothing is there yet
    SmallVector<int64_t> loops = without(shapeOf(op.getInput()), axis);
    loops.push_back(size);
    auto walk = [&](OpBuilder &b, Location, ValueRange index, ValueRange tensors) -> SmallVector<Value> {
      ValueRange outer = index.drop_back();
      Value x = tensor::ExtractOp::create(b, loc, adaptor.getInput(), withAxis(outer, axis, index.back()));
      Value number = arith::IndexCastOp::create(b, loc, b.getI64Type(), index.back());
      Value last = indexConstant(b, loc, static_cast<int64_t>(op.getK()) - 1);
      Place worst(b, loc, tensors, withAxis(outer, axis, last));
      auto enter = scf::IfOp::create(
          b, loc, worst.losesTo(op, b, loc, x),
          [&](OpBuilder &inside, Location) {
            auto step = [&](OpBuilder &nested, Location, ValueRange place, ValueRange carried) {
              return insertStep(op, nested, loc, withAxis(outer, axis, place[0]), carried);
            };
            Value no = arith::ConstantIntOp::create(inside, loc, 0, 1);
            SmallVector<Value> after = buildLoops(inside, loc, {static_cast<int64_t>(op.getK())},
                                                  {tensors[0], tensors[1], x, number, no}, step);
            scf::YieldOp::create(inside, loc, ArrayRef<Value>(after).take_front(2));
          },
          [&](OpBuilder &inside, Location) { scf::YieldOp::create(inside, loc, tensors); });
      return SmallVector<Value>(enter.getResults());
    };
    rewriter.replaceOp(op, buildLoops(rewriter, loc, loops, {values, indices}, walk));
    return success();
  }

  /// What is at one place of the results: a value, and its index or -1.
  struct Place {
    Place(OpBuilder &b, Location loc, ValueRange tensors, ValueRange at)
        : value(tensor::ExtractOp::create(b, loc, tensors[0], at)),
          index(tensor::ExtractOp::create(b, loc, tensors[1], at)) {}

    Value losesTo(nn::TopKOp op, OpBuilder &b, Location loc, Value x) {
      Type element = op.getInput().getType().getElementType();
      Value none =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, arith::ConstantIntOp::create(b, loc, 0, 64));
      Value better = buildCompare(b, loc, op.getLargest() ? nn::CompareKind::Greater : nn::CompareKind::Less,
                                  decodeScalar(b, loc, x, element), decodeScalar(b, loc, value, element), element);
      return arith::OrIOp::create(b, loc, none, better);
    }
    Value value, index;
  };

  /// carried: values, indices, the element on its way, its index, whether it has pushed one out.
  static SmallVector<Value> insertStep(nn::TopKOp op, OpBuilder &b, Location loc, ValueRange at, ValueRange carried) {
    Place there(b, loc, carried, at);
    Value takes = arith::OrIOp::create(b, loc, there.losesTo(op, b, loc, carried[2]), carried[4]);
    Value values = tensor::InsertOp::create(b, loc, select(b, loc, takes, carried[2], there.value), carried[0], at);
    Value indices = tensor::InsertOp::create(b, loc, select(b, loc, takes, carried[3], there.index), carried[1], at);
    return {values, indices, select(b, loc, takes, there.value, carried[2]),
            select(b, loc, takes, there.index, carried[3]), takes};
  }
};

} // namespace

void sinter::lower::populateScanLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<CumSumPattern, ArgReducePattern, TopKPattern>(types, patterns.getContext());
}
