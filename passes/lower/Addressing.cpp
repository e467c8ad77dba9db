// Moving tensor elements.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Addressing.h"

using namespace mlir;
using namespace sinter::lower;

Value sinter::lower::buildCopy(OpBuilder &b, Location loc, Value input, AffineMap map, RankedTensorType type) {
  auto forward = [](OpBuilder &, Location, ValueRange args) { return args[0]; };
  return buildIndexed(b, loc, input, map, type, forward);
}

Value sinter::lower::buildIndexed(OpBuilder &b, Location loc, ValueRange inputs, ArrayRef<AffineMap> maps,
                                  RankedTensorType type, IndexedBody body) {
  Value init = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  SmallVector<AffineMap> all(maps);
  all.push_back(b.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(b, loc, TypeRange{type}, inputs, ValueRange{init}, all, iterators,
                                           [&](OpBuilder &nested, Location nestedLoc, ValueRange args) {
                                             Value value = body(nested, nestedLoc, args.drop_back());
                                             linalg::YieldOp::create(nested, nestedLoc, value);
                                           });
  return generic.getResult(0);
}

static SmallVector<OpFoldResult> attributes(Builder &b, ArrayRef<int64_t> values) {
  return getAsIndexOpFoldResult(b.getContext(), values);
}

static SmallVector<OpFoldResult> ones(Builder &b, size_t count) {
  return SmallVector<OpFoldResult>(count, b.getIndexAttr(1));
}

Value sinter::lower::extractSlice(OpBuilder &b, Location loc, Value input, ArrayRef<int64_t> offsets,
                                  ArrayRef<int64_t> sizes) {
  return tensor::ExtractSliceOp::create(b, loc, input, attributes(b, offsets), attributes(b, sizes),
                                        ones(b, sizes.size()));
}

Value sinter::lower::copyIntoSlice(OpBuilder &b, Location loc, Value input, Value into, ArrayRef<int64_t> offsets) {
  auto type = cast<RankedTensorType>(input.getType());
  Value place = extractSlice(b, loc, into, offsets, type.getShape());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
  auto copy = linalg::GenericOp::create(b, loc, TypeRange{type}, input, ValueRange{place},
                                        ArrayRef<AffineMap>{identity, identity}, iterators,
                                        [](OpBuilder &nested, Location nestedLoc, ValueRange args) {
                                          linalg::YieldOp::create(nested, nestedLoc, args[0]);
                                        });
  return tensor::InsertSliceOp::create(b, loc, copy.getResult(0), into, attributes(b, offsets),
                                       attributes(b, type.getShape()), ones(b, type.getRank()));
}

Value sinter::lower::clampIndex(OpBuilder &b, Location loc, Value index, int64_t size) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), last = arith::ConstantIndexOp::create(b, loc, size - 1);
  return arith::MaxSIOp::create(b, loc, arith::MinSIOp::create(b, loc, index, last), zero);
}

Value sinter::lower::onnxIndex(OpBuilder &b, Location loc, Value stored, int64_t size) {
  Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), stored);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), extent = arith::ConstantIndexOp::create(b, loc, size);
  Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, zero);
  Value wrapped = arith::AddIOp::create(b, loc, index, extent);
  return clampIndex(b, loc, arith::SelectOp::create(b, loc, negative, wrapped, index), size);
}

SmallVector<Value> sinter::lower::buildLoops(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, ValueRange init,
                                             LoopBody body) {
  SmallVector<Value> lower, upper, step;
  for (int64_t size : shape) {
    lower.push_back(arith::ConstantIndexOp::create(b, loc, 0));
    upper.push_back(arith::ConstantIndexOp::create(b, loc, size));
    step.push_back(arith::ConstantIndexOp::create(b, loc, 1));
  }
  if (shape.empty())
    return body(b, loc, {}, init);
  scf::LoopNest nest =
      scf::buildLoopNest(b, loc, lower, upper, step, init,
                         [&](OpBuilder &nested, Location nestedLoc, ValueRange indices, ValueRange carried) {
                           SmallVector<Value> next = body(nested, nestedLoc, indices, carried);
                           return scf::ValueVector(next.begin(), next.end());
                         });
  return SmallVector<Value>(nest.results.begin(), nest.results.end());
}
