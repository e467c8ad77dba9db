// Building linalg.generic operations from nn operands.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter::lower;

AffineMap sinter::lower::broadcastMap(MLIRContext *context, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<AffineExpr> exprs;
  size_t shift = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i)
    exprs.push_back(from[i] == 1 && to[shift + i] != 1 ? getAffineConstantExpr(0, context)
                                                       : getAffineDimExpr(shift + i, context));
  return AffineMap::get(to.size(), 0, exprs, context);
}

Value sinter::lower::decodeScalar(OpBuilder &b, Location loc, Value stored, Type element) {
  if (element.isInteger(1))
    return arith::TruncIOp::create(b, loc, b.getI1Type(), stored);
  auto type = dyn_cast<FloatType>(element);
  if (type && type.getWidth() < 32)
    return arith::ExtFOp::create(b, loc, b.getF32Type(), stored);
  return stored;
}

Value sinter::lower::encodeScalar(OpBuilder &b, Location loc, Value value, Type element) {
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, loc, b.getI8Type(), value);
  auto type = dyn_cast<FloatType>(element);
  if (type && type != value.getType())
    return arith::TruncFOp::create(b, loc, type, value);
  return value;
}

/// Of a tensor of `shape` with two elements a byte, the lower half first: the element at the point of the loop nest,
/// widened.
static Value loadHalfByte(OpBuilder &b, Location loc, Value bytes, ArrayRef<int64_t> shape, bool isSigned) {
  Value place = arith::ConstantIndexOp::create(b, loc, 0);
  for (auto [d, size] : llvm::enumerate(shape)) {
    Value row = arith::MulIOp::create(b, loc, place, arith::ConstantIndexOp::create(b, loc, size));
    place = arith::AddIOp::create(b, loc, row, linalg::IndexOp::create(b, loc, d));
  }
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value byte = tensor::ExtractOp::create(b, loc, bytes, ValueRange{arith::ShRUIOp::create(b, loc, place, one)});
  Type word = b.getI32Type();
  Value isUpper = arith::IndexCastOp::create(b, loc, word, arith::AndIOp::create(b, loc, place, one));
  Value shift = arith::MulIOp::create(b, loc, isUpper, constantInt(b, loc, word, 4));
  Value shifted = arith::ShRUIOp::create(b, loc, arith::ExtUIOp::create(b, loc, word, byte), shift);
  Value half = arith::AndIOp::create(b, loc, shifted, constantInt(b, loc, word, 15));
  if (isSigned) // (h ^ 8) - 8
    half = arith::SubIOp::create(b, loc, arith::XOrIOp::create(b, loc, half, constantInt(b, loc, word, 8)),
                                 constantInt(b, loc, word, 8));
  return arith::TruncIOp::create(b, loc, b.getI8Type(), half);
}

static bool isSignedElement(Type element) {
  auto quantized = dyn_cast<quant::QuantizedType>(element);
  return quantized ? quantized.isSigned() : !element.isUnsignedInteger();
}

Value sinter::lower::buildElementwise(OpBuilder &b, Location loc, ValueRange operands, ArrayRef<Type> elements,
                                      RankedTensorType resultType, ScalarBody body) {
  ArrayRef<int64_t> shape = resultType.getShape();
  SmallVector<AffineMap> maps;
  // Loops read whole elements: an operand of four bits, which does not broadcast, is read by the body.
  SmallVector<Value> whole;
  for (auto [operand, element] : llvm::zip(operands, elements))
    if (!isFourBits(element))
      whole.push_back(operand);
  for (Value operand : whole)
    maps.push_back(broadcastMap(b.getContext(), cast<RankedTensorType>(operand.getType()).getShape(), shape));
  maps.push_back(b.getMultiDimIdentityMap(shape.size()));
  auto storage = cast<RankedTensorType>(storageType(resultType));
  Value init = tensor::EmptyOp::create(b, loc, shape, storage.getElementType());
  SmallVector<utils::IteratorType> iterators(shape.size(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, TypeRange{storage}, whole, ValueRange{init}, maps, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
        SmallVector<Value> scalars;
        auto arg = args.begin();
        for (auto [operand, element] : llvm::zip(operands, elements))
          scalars.push_back(isFourBits(element)
                                ? loadHalfByte(nested, nestedLoc, operand, shape, isSignedElement(element))
                                : decodeScalar(nested, nestedLoc, *arg++, element));
        Value value = body(nested, nestedLoc, scalars);
        linalg::YieldOp::create(nested, nestedLoc, encodeScalar(nested, nestedLoc, value, resultType.getElementType()));
      });
  return generic.getResult(0);
}

Value sinter::lower::buildReduction(OpBuilder &b, Location loc, Value input, Type element, ArrayRef<int64_t> axes,
                                    TypedAttr start,
                                    llvm::function_ref<Value(OpBuilder &, Location, Value, Value)> combine) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<AffineExpr> kept;
  SmallVector<int64_t> shape;
  SmallVector<utils::IteratorType> iterators;
  for (auto [d, size] : llvm::enumerate(type.getShape())) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(d));
    iterators.push_back(reduced ? utils::IteratorType::reduction : utils::IteratorType::parallel);
    if (reduced)
      continue;
    kept.push_back(b.getAffineDimExpr(d));
    shape.push_back(size);
  }
  Value init = buildFilled(b, loc, RankedTensorType::get(shape, start.getType()), start);
  SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(type.getRank()),
                                 AffineMap::get(type.getRank(), 0, kept, b.getContext())};
  auto generic = linalg::GenericOp::create(b, loc, TypeRange{init.getType()}, ValueRange{input}, ValueRange{init}, maps,
                                           iterators, [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
                                             Value value = decodeScalar(nested, nestedLoc, args[0], element);
                                             linalg::YieldOp::create(nested, nestedLoc,
                                                                     combine(nested, nestedLoc, value, args[1]));
                                           });
  return generic.getResult(0);
}

Value sinter::lower::withKeptDims(OpBuilder &b, Location loc, Value reduced, ArrayRef<int64_t> shape,
                                  ArrayRef<int64_t> axes) {
  auto type = cast<RankedTensorType>(reduced.getType());
  SmallVector<int64_t> full(shape);
  for (int64_t axis : axes)
    full[axis] = 1;
  return reshapeTensor(b, loc, reduced, RankedTensorType::get(full, type.getElementType()));
}

Value sinter::lower::buildFilled(OpBuilder &b, Location loc, RankedTensorType type, TypedAttr value) {
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  Value scalar = arith::ConstantOp::create(b, loc, value);
  return linalg::FillOp::create(b, loc, scalar, empty).getResult(0);
}

Value sinter::lower::constantFloat(OpBuilder &b, Location loc, Type type, double value) {
  return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
}

Value sinter::lower::constantInt(OpBuilder &b, Location loc, Type type, int64_t value) {
  return arith::ConstantOp::create(b, loc,
                                   IntegerAttr::get(type, APInt(type.getIntOrFloatBitWidth(), value, true, true)));
}
