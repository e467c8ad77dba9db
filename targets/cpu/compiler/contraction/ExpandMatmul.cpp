// Matrix products as loops over register tiles.
//
// Columns are vectors, rows are broadcast scalars. The right-hand side is read in packed panels of 16 columns; where it
// is no constant, the workgroup packs its panel first, into scratch. What does not fill a register tile at the right
// border is computed with the panel's zeros and stored under a mask.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/Contraction.h"
#include "targets/cpu/compiler/contraction/LoopNest.h"

using namespace mlir;
using namespace sinter::cpu;

namespace {

class MatmulExpansion {
public:
  MatmulExpansion(OpBuilder &b, MatmulOp op, unsigned vectorBytes, unsigned registers)
      : nest(b, op.getLoc()), op(op), type(cast<MemRefType>(op.getDestination().getType())), rank(type.getRank()),
        depth(cast<MemRefType>(op.getLhs().getType()).getShape().back()), rows(type.getDimSize(rank - 2)),
        columns(type.getDimSize(rank - 1)),
        tile(chooseRegisterTile(vectorBytes, registers, ShapedType::isDynamic(columns) ? 1 << 20 : columns,
                                ShapedType::isDynamic(rows) ? 1 : rows)),
        vector(VectorType::get(tile.lanes, b.getF32Type())) {}

  void expand() { expandBatch(0); }

private:
  /// Loops over the window's batch dimensions from `dim` on.
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

  /// Position in an operand with batch dimensions; those of size 1 are broadcast.
  SmallVector<Value> at(Value operand, Value row, Value column) {
    auto shape = cast<MemRefType>(operand.getType()).getShape();
    SmallVector<Value> position;
    for (int64_t dim = 0; dim < rank - 2; ++dim)
      position.push_back(shape[dim] == 1 ? nest.index(0) : nest.add(batch[dim], op.getOffsets()[dim]));
    position.append({row, column});
    return position;
  }

  void expandProduct() {
    Value width = sizeOf(rank - 1), origin = op.getOffsets()[rank - 1];
    Value panel = op.getRhs();
    if (!op.getPacked()) {
      panel = packPanel(width);
      origin = nest.index(0);
    }
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value whole = nest.apply(d0.floorDiv(tile.columns()) * tile.columns(), {width});
    nest.loop(nest.index(0), whole, tile.columns(), [&](Value j) { expandRows(panel, origin, j, tile, Value()); });
    if (!ShapedType::isDynamic(columns) && columns % tile.columns() == 0)
      return;
    // The border: one vector at a time, the last under a mask.
    RegisterTile narrow{tile.lanes, 1, std::min<int64_t>(14, tile.rows * tile.vectors)};
    nest.loop(whole, width, tile.lanes, [&](Value j) {
      Value left = nest.apply(d0 - nest.b.getAffineDimExpr(1), {width, j});
      Value mask =
          vector::CreateMaskOp::create(nest.b, nest.loc, VectorType::get(tile.lanes, nest.b.getI1Type()), left);
      expandRows(panel, origin, j, narrow, mask);
    });
  }

  /// This window's columns of the right-hand side as [blocks][depth][16].
  Value packPanel(Value width) {
    auto rhs = cast<MemRefType>(op.getRhs().getType());
    int64_t most = ShapedType::isDynamic(columns) ? rhs.getShape().back() : columns;
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    auto panelType =
        MemRefType::get({(most + kPackedBlock - 1) / kPackedBlock, depth, kPackedBlock}, nest.b.getF32Type());
    Value panel = memref::AllocOp::create(nest.b, nest.loc, panelType, nest.b.getI64IntegerAttr(64));
    auto blockType = VectorType::get(kPackedBlock, nest.b.getF32Type());
    Value zero = arith::ConstantOp::create(nest.b, nest.loc, nest.b.getF32FloatAttr(0));
    bool inBounds = rhs.getShape().back() % kPackedBlock == 0;
    nest.loop(nest.index(0), nest.apply(d0.ceilDiv(kPackedBlock), {width}), 1, [&](Value block) {
      nest.loop(nest.index(0), nest.index(depth), 1, [&](Value k) {
        Value column = nest.apply(d0 * kPackedBlock + nest.b.getAffineDimExpr(1), {block, op.getOffsets()[rank - 1]});
        // Reads past the matrix give zeros; columns of the neighbouring window are read and not used.
        Value row = vector::TransferReadOp::create(nest.b, nest.loc, blockType, op.getRhs(), at(op.getRhs(), k, column),
                                                   zero, ArrayRef<bool>{inBounds});
        nest.write(row, panel, {block, k, nest.index(0)});
      });
    });
    return panel;
  }

  void expandRows(Value panel, Value origin, Value j, const RegisterTile &shape, Value mask) {
    if (ShapedType::isDynamic(rows))
      return nest.loop(nest.index(0), sizeOf(rank - 2), 1,
                       [&](Value row) { expandTile(panel, origin, row, 1, j, shape, mask); });
    SmallVector<int64_t> groups = splitRows(rows, shape.rows);
    int64_t equal = llvm::count(groups, groups.front()) * groups.front();
    nest.loop(nest.index(0), nest.index(equal), groups.front(),
              [&](Value row) { expandTile(panel, origin, row, groups.front(), j, shape, mask); });
    if (equal != rows)
      expandTile(panel, origin, nest.index(equal), rows - equal, j, shape, mask);
  }

  void expandTile(Value panel, Value origin, Value row, int64_t count, Value j, const RegisterTile &shape, Value mask) {
    Accumulators acc = zeroAccumulators(nest.b, nest.loc, count, shape);
    Value column = nest.add(origin, j), firstRow = nest.add(row, op.getOffsets()[rank - 2]);
    acc = nest.loop(nest.index(0), nest.index(depth), 1, acc, [&](Value k, ValueRange carried) {
      Accumulators sums(carried);
      SmallVector<Value> scalars, vectors;
      for (int64_t v = 0; v < shape.vectors; ++v)
        vectors.push_back(readPanel(panel, column, k, v * shape.lanes));
      for (int64_t i = 0; i < count; ++i)
        scalars.push_back(nest.scalar(op.getLhs(), at(op.getLhs(), nest.add(firstRow, i), k)));
      multiplyAccumulate(nest.b, nest.loc, sums, scalars, vectors);
      return sums;
    });
    for (int64_t i = 0; i < count; ++i)
      for (int64_t v = 0; v < shape.vectors; ++v)
        store(acc[i * shape.vectors + v], nest.add(row, i), nest.add(j, v * shape.lanes), mask);
  }

  Value readPanel(Value panel, Value column, Value k, int64_t offset) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value block = nest.apply((d0 + offset).floorDiv(kPackedBlock), {column});
    Value lane = nest.apply((d0 + offset) % kPackedBlock, {column});
    return nest.read(vector, panel, {block, k, lane});
  }

  void store(Value value, Value row, Value column, Value mask) {
    SmallVector<Value> position(batch);
    position.append({row, column});
    if (mask)
      vector::MaskedStoreOp::create(nest.b, nest.loc, op.getDestination(), position, mask, value);
    else
      nest.write(value, op.getDestination(), position);
  }

  LoopNest nest;
  MatmulOp op;
  MemRefType type;
  int64_t rank, depth, rows, columns;
  RegisterTile tile;
  VectorType vector;
  SmallVector<Value> batch;
};

} // namespace

LogicalResult sinter::cpu::expandMatmul(RewriterBase &rewriter, MatmulOp op, unsigned vectorBytes, unsigned registers) {
  MatmulExpansion(rewriter, op, vectorBytes, registers).expand();
  return success();
}
