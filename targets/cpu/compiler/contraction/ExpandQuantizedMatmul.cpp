// 8-bit matrix products as loops over register tiles.
//
// Columns are the lanes of a vector, rows its accumulators. Four bytes of a row of the left-hand side are broadcast;
// where its rows end within such a four, the last is put together from single bytes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/Contraction.h"
#include "targets/cpu/compiler/contraction/LoopNest.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

class QuantizedMatmul {
public:
  QuantizedMatmul(OpBuilder &b, QuantizedMatmulOp op, const IntegerUnit &unit)
      : nest(b, op.getLoc()), op(op), type(cast<MemRefType>(op.getDestination().getType())), rank(type.getRank()),
        depth(cast<MemRefType>(op.getLhs().getType()).getShape().back()), rows(type.getDimSize(rank - 2)),
        columns(type.getDimSize(rank - 1)), tile(chooseTile(unit)), words(VectorType::get(tile.lanes, b.getI32Type())),
        kind(unit.dot), dot(b, op.getLoc(), unit.dot, tile.lanes) {}

  void expand() { expandBatch(0); }

private:
  RegisterTile chooseTile(const IntegerUnit &unit) const {
    int64_t most = ShapedType::isDynamic(columns) ? 1 << 20 : columns;
    RegisterTile chosen =
        chooseRegisterTile(unit.vectorBytes, unit.registers, most, ShapedType::isDynamic(rows) ? 1 : rows);
    if (unit.dot == IntegerDot::Vrmpy)
      chosen.lanes = unit.vectorBytes / 4;
    if (unit.dot == IntegerDot::Vpdpbusd || unit.dot == IntegerDot::Vrmpy)
      return chosen;
    // Two registers a factor instead of one.
    chosen.vectors = std::min<int64_t>(chosen.vectors, 2);
    chosen.rows = std::min<int64_t>(chosen.rows, unit.registers >= 32 ? 8 : 4);
    return chosen;
  }

  void expandBatch(int64_t dim) {
    if (dim == rank - 2)
      return expandProduct();
    nest.loop(nest.index(0), sizeOf(dim), 1, [&](Value i) {
      batch.push_back(i);
      expandBatch(dim + 1);
      batch.pop_back();
    });
  }

  /// Size of the window.
  Value sizeOf(int64_t dim) {
    int64_t size = type.getDimSize(dim);
    if (!ShapedType::isDynamic(size))
      return nest.index(size);
    return memref::DimOp::create(nest.b, nest.loc, op.getDestination(), dim);
  }

  void expandProduct() {
    Value width = sizeOf(rank - 1);
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value whole = nest.apply(d0.floorDiv(tile.columns()) * tile.columns(), {width});
    nest.loop(nest.index(0), whole, tile.columns(), [&](Value j) { expandRows(j, tile, Value()); });
    if (!ShapedType::isDynamic(columns) && columns % tile.columns() == 0)
      return;
    // The border: one vector at a time. Every vector reads whole blocks of the packed operands, so only the last is
    // short.
    RegisterTile narrow{tile.lanes, 1, tile.rows};
    nest.loop(whole, width, tile.lanes, [&](Value j) {
      Value left = nest.apply(nest.b.getAffineDimExpr(0) - nest.b.getAffineDimExpr(1), {width, j});
      expandRows(j, narrow, left);
    });
  }

  void expandRows(Value j, const RegisterTile &shape, Value left) {
    if (ShapedType::isDynamic(rows))
      return nest.loop(nest.index(0), sizeOf(rank - 2), 1, [&](Value row) { expandTile(row, 1, j, shape, left); });
    SmallVector<int64_t> groups = splitRows(rows, shape.rows);
    int64_t equal = llvm::count(groups, groups.front()) * groups.front();
    nest.loop(nest.index(0), nest.index(equal), groups.front(),
              [&](Value row) { expandTile(row, groups.front(), j, shape, left); });
    if (equal != rows)
      expandTile(nest.index(equal), rows - equal, j, shape, left);
  }

  void expandTile(Value row, int64_t count, Value j, const RegisterTile &shape, Value left) {
    Value column = nest.add(op.getOffsets()[rank - 1], j), firstRow = nest.add(row, op.getOffsets()[rank - 2]);
    Accumulators sums;
    for (int64_t i = 0; i < count; ++i)
      for (int64_t v = 0; v < shape.vectors; ++v)
        sums.push_back(readColumns(words, op.getBias(), nest.add(column, v * shape.lanes), left));
    int64_t whole = depth / kDotTerms;
    sums = nest.loop(nest.index(0), nest.index(whole), 1, sums, [&](Value block, ValueRange carried) {
      return accumulate(carried, column, firstRow, count, block, shape, kDotTerms);
    });
    if (int64_t rest = depth % kDotTerms)
      sums = accumulate(sums, column, firstRow, count, nest.index(whole), shape, rest);
    integer::Limits limits{op.getLimits()[0], op.getLimits()[1], op.getLimits()[2]};
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Value factor =
          readColumns(VectorType::get(shape.lanes, cast<MemRefType>(op.getFactors().getType()).getElementType()),
                      op.getFactors(), nest.add(column, v * shape.lanes), left);
      for (int64_t i = 0; i < count; ++i)
        store(requantize(nest.b, nest.loc, kind, sums[i * shape.vectors + v], factor, limits), nest.add(row, i),
              nest.add(j, v * shape.lanes), left);
    }
  }

  Accumulators accumulate(ValueRange carried, Value column, Value firstRow, int64_t count, Value block,
                          const RegisterTile &shape, int64_t terms) {
    Accumulators sums(carried);
    SmallVector<DotProduct::Operand> weights;
    for (int64_t v = 0; v < shape.vectors; ++v)
      weights.push_back(dot.signedBytes(readWeights(column, block, v * shape.lanes)));
    for (int64_t i = 0; i < count; ++i) {
      DotProduct::Operand four = dot.unsignedBytes(readRow(nest.add(firstRow, i), block, terms));
      for (int64_t v = 0; v < shape.vectors; ++v) {
        Value &sum = sums[i * shape.vectors + v];
        sum = dot.accumulate(sum, four, weights[v]);
      }
    }
    return sums;
  }

  /// Position in the left-hand side or the window.
  SmallVector<Value> at(bool whole, Value row, Value column) {
    SmallVector<Value> position;
    for (int64_t dim = 0; dim < rank - 2; ++dim)
      position.push_back(whole ? nest.add(batch[dim], op.getOffsets()[dim]) : batch[dim]);
    position.append({row, column});
    return position;
  }

  /// `terms` bytes of a row in every lane, unsigned.
  Value readRow(Value row, Value block, int64_t terms) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Type i32 = nest.b.getI32Type();
    Value four;
    if (terms == kDotTerms)
      four = nest.fourBytes(op.getLhs(), at(true, row, nest.apply(d0 * kDotTerms, {block})));
    else
      for (int64_t i = 0; i < terms; ++i) {
        Value byte = nest.scalar(op.getLhs(), at(true, row, nest.apply(d0 * kDotTerms + i, {block})));
        Value shifted = arith::ShLIOp::create(nest.b, nest.loc, arith::ExtUIOp::create(nest.b, nest.loc, i32, byte),
                                              constant(8 * i));
        four = four ? arith::OrIOp::create(nest.b, nest.loc, four, shifted).getResult() : shifted;
      }
    if (op.getSignedInput())
      four = arith::XOrIOp::create(nest.b, nest.loc, four, constant(0x80808080));
    return vector::BroadcastOp::create(nest.b, nest.loc, words, four);
  }

  Value constant(uint32_t value) {
    return arith::ConstantOp::create(nest.b, nest.loc, IntegerAttr::get(nest.b.getI32Type(), APInt(32, value)));
  }

  Value readWeights(Value column, Value step, int64_t offset) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    int64_t block = cast<MemRefType>(op.getRhs().getType()).getDimSize(2);
    Value number = nest.apply((d0 + offset).floorDiv(block), {column}),
          lane = nest.apply((d0 + offset) % block, {column});
    auto bytes = VectorType::get(words.getNumElements() * kDotTerms, nest.b.getI8Type());
    Value flat = memref::CollapseShapeOp::create(nest.b, nest.loc, op.getRhs(),
                                                 SmallVector<ReassociationIndices>{{0}, {1}, {2, 3}});
    Value at = nest.apply(d0 * kDotTerms, {lane});
    Value read = nest.read(bytes, flat, {number, step, at});
    return vector::BitCastOp::create(nest.b, nest.loc, words, read);
  }

  Value maskOf(Value left) {
    return vector::CreateMaskOp::create(nest.b, nest.loc, VectorType::get(tile.lanes, nest.b.getI1Type()), left);
  }

  /// Values of the columns; beyond the border zeros.
  Value readColumns(VectorType of, Value buffer, Value column, Value left) {
    if (!left)
      return nest.read(of, buffer, {column});
    Value zero = arith::ConstantOp::create(nest.b, nest.loc, nest.b.getZeroAttr(of));
    return vector::MaskedLoadOp::create(nest.b, nest.loc, of, buffer, ValueRange{column}, maskOf(left), zero);
  }

  void store(Value value, Value row, Value column, Value left) {
    if (left)
      vector::MaskedStoreOp::create(nest.b, nest.loc, op.getDestination(), at(false, row, column), maskOf(left), value);
    else
      nest.write(value, op.getDestination(), at(false, row, column));
  }

  LoopNest nest;
  QuantizedMatmulOp op;
  MemRefType type;
  int64_t rank, depth, rows, columns;
  RegisterTile tile;
  VectorType words;
  IntegerDot kind;
  DotProduct dot;
  SmallVector<Value> batch;
};

} // namespace

LogicalResult sinter::cpu::expandQuantizedMatmul(RewriterBase &rewriter, QuantizedMatmulOp op,
                                                 const IntegerUnit &unit) {
  QuantizedMatmul(rewriter, op, unit).expand();
  return success();
}
