// Element-wise operators: unary, binary, compare, select, cast, constants.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"
#include "passes/lower/ScalarBody.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

SmallVector<Type> elementTypes(ValueRange values) {
  SmallVector<Type> types;
  for (Value value : values)
    types.push_back(cast<RankedTensorType>(value.getType()).getElementType());
  return types;
}

/// One pattern for all: `body` says what an element is.
template <typename Op> struct ElementwisePattern : OpConversionPattern<Op> {
  using Body = Value (*)(Op, OpBuilder &, Location, ValueRange);
  ElementwisePattern(const TypeConverter &types, MLIRContext *context, Body body)
      : OpConversionPattern<Op>(types, context), body(body) {}

  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (anyQuantized(op))
      return rewriter.notifyMatchFailure(op, "quantised");
    auto build = [&](OpBuilder &b, Location loc, ValueRange args) { return body(op, b, loc, args); };
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(), adaptor.getOperands(),
                                            elementTypes(op->getOperands()), op.getResult().getType(), build));
    return success();
  }
  Body body;
};

Value unaryBody(nn::UnaryOp op, OpBuilder &b, Location loc, ValueRange args) {
  UnaryParameters p{op.getAlpha().convertToDouble(), op.getBeta().convertToDouble(), op.getGamma().convertToDouble()};
  return buildUnary(b, loc, op.getKind(), args[0], op.getInput().getType().getElementType(), p);
}

Value binaryBody(nn::BinaryOp op, OpBuilder &b, Location loc, ValueRange args) {
  return buildBinary(b, loc, op.getKind(), args[0], args[1], op.getLhs().getType().getElementType());
}

Value compareBody(nn::CompareOp op, OpBuilder &b, Location loc, ValueRange args) {
  return buildCompare(b, loc, op.getKind(), args[0], args[1], op.getLhs().getType().getElementType());
}

Value selectBody(nn::SelectOp op, OpBuilder &b, Location loc, ValueRange args) {
  return arith::SelectOp::create(b, loc, args[0], args[1], args[2]);
}

Value castBody(nn::CastOp op, OpBuilder &b, Location loc, ValueRange args) {
  return buildCast(b, loc, args[0], op.getInput().getType().getElementType(),
                   op.getResult().getType().getElementType());
}

Value broadcastBody(nn::BroadcastOp op, OpBuilder &b, Location loc, ValueRange args) { return args[0]; }

/// Constants that stayed inside a kernel are small: they become data of the image.
struct ConstantPattern : OpConversionPattern<nn::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ConstantOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(storageType(op.getResult().getType()));
    TypedAttr value = inStorage(op.getValue(), type);
    if (!value)
      return rewriter.notifyMatchFailure(op, "no dense value");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, type, value);
    return success();
  }

  /// As packages have four bits: the lower half of a byte first.
  static TypedAttr inHalfBytes(ElementsAttr value, RankedTensorType type) {
    std::optional<nn::Tensor> tensor = nn::Tensor::fromAttr(value, cast<RankedTensorType>(value.getShapedType()));
    if (!tensor)
      return nullptr;
    SmallVector<uint8_t> bytes(type.getNumElements());
    for (auto [i, element] : llvm::enumerate(tensor->getBytes()))
      bytes[i / 2] |= (element & 15) << (i % 2 * 4);
    return DenseElementsAttr::get(type, ArrayRef<uint8_t>(bytes));
  }

  static TypedAttr inStorage(ElementsAttr value, RankedTensorType type) {
    if (value.getElementType().isInteger(4))
      return inHalfBytes(value, type);
    if (auto dense = dyn_cast<DenseIntElementsAttr>(value)) {
      unsigned width = type.getElementType().getIntOrFloatBitWidth();
      return dense.mapValues(type.getElementType(), [&](const APInt &v) { return v.zextOrTrunc(width); });
    }
    if (auto dense = dyn_cast<DenseFPElementsAttr>(value))
      return dense;
    auto resource = dyn_cast<DenseResourceElementsAttr>(value);
    if (!resource || !resource.getRawHandle().getBlob())
      return nullptr;
    return DenseElementsAttr::getFromRawBuffer(type, resource.getData());
  }
};

} // namespace

void sinter::lower::populateElementwiseLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<ElementwisePattern<nn::UnaryOp>>(types, context, unaryBody);
  patterns.add<ElementwisePattern<nn::BinaryOp>>(types, context, binaryBody);
  patterns.add<ElementwisePattern<nn::CompareOp>>(types, context, compareBody);
  patterns.add<ElementwisePattern<nn::SelectOp>>(types, context, selectBody);
  patterns.add<ElementwisePattern<nn::CastOp>>(types, context, castBody);
  patterns.add<ElementwisePattern<nn::BroadcastOp>>(types, context, broadcastBody);
  patterns.add<ConstantPattern>(types, context);
}
