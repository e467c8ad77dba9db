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
      : nest(b, op.getLoc()), op(op), type(cast<RankedTensorType>(op.getResult().getType())), rank(type.getRank()),
        depth(cast<RankedTensorType>(op.getLhs().getType()).getShape().back()), rows(type.getDimSize(rank - 2)),
        columns(type.getDimSize(rank - 1)),
        tile(chooseRegisterTile(vectorBytes, registers, ShapedType::isDynamic(columns) ? 1 << 20 : columns,
                                ShapedType::isDynamic(rows) ? 1 : rows)),
        vector(VectorType::get(tile.lanes, b.getF32Type())) {}

  Value expand() { return expandBatch(0, op.getDestination()); }

private:
  /// Loops over the window's batch dimensions from `dim` on.
  Value expandBatch(int64_t dim, Value out) {
    if (dim == rank - 2)
      return expandProduct(out);
    Value count = sizeOf(out, dim);
    return nest.loop(nest.index(0), count, 1, out, [&](Value i, ValueRange carried) {
      batch.push_back(i);
      Value result = expandBatch(dim + 1, carried[0]);
      batch.pop_back();
      return SmallVector<Value>{result};
    })[0];
  }

  Value sizeOf(Value tensor, int64_t dim) {
    int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
    return ShapedType::isDynamic(size) ? tensor::DimOp::create(nest.b, nest.loc, tensor, dim).getResult() : nest.index(size);
  }

  /// Position in an operand with batch dimensions; those of size 1 are broadcast.
  SmallVector<Value> at(Value operand, Value row, Value column) {
    auto shape = cast<RankedTensorType>(operand.getType()).getShape();
    SmallVector<Value> position;
    for (int64_t dim = 0; dim < rank - 2; ++dim)
      position.push_back(shape[dim] == 1 ? nest.index(0) : nest.add(batch[dim], op.getOffsets()[dim]));
    position.append({row, column});
    return position;
  }

  Value expandProduct(Value out) {
    Value width = sizeOf(out, rank - 1), origin = op.getOffsets()[rank - 1];
    Value panel = op.getRhs();
    if (!op.getPacked()) {
      panel = packPanel(width);
      origin = nest.index(0);
    }
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value whole = nest.apply(d0.floorDiv(tile.columns()) * tile.columns(), {width});
    out = nest.loop(nest.index(0), whole, tile.columns(), out, [&](Value j, ValueRange carried) {
      return SmallVector<Value>{expandRows(carried[0], panel, origin, j, tile, Value())};
    })[0];
    if (columns % tile.columns() == 0 && !ShapedType::isDynamic(columns))
      return out;
    // The border: one vector at a time, the last under a mask.
    RegisterTile narrow{tile.lanes, 1, std::min<int64_t>(14, tile.rows * tile.vectors)};
    return nest.loop(whole, width, tile.lanes, out, [&](Value j, ValueRange carried) {
      Value left = nest.apply(d0 - nest.b.getAffineDimExpr(1), {width, j});
      Value mask = vector::CreateMaskOp::create(nest.b, nest.loc, VectorType::get(tile.lanes, nest.b.getI1Type()), left);
      return SmallVector<Value>{expandRows(carried[0], panel, origin, j, narrow, mask)};
    })[0];
  }

  /// This window's columns of the right-hand side as [blocks][depth][16].
  Value packPanel(Value width) {
    int64_t blocks = ShapedType::isDynamic(columns) ? ShapedType::kDynamic : (columns + kPackedBlock - 1) / kPackedBlock;
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value blockCount = nest.apply(d0.ceilDiv(kPackedBlock), {width});
    auto panelType = RankedTensorType::get({blocks, depth, kPackedBlock}, nest.b.getF32Type());
    Value panel = tensor::EmptyOp::create(nest.b, nest.loc, panelType,
                                          ShapedType::isDynamic(blocks) ? ValueRange(blockCount) : ValueRange());
    auto blockType = VectorType::get(kPackedBlock, nest.b.getF32Type());
    Value zero = arith::ConstantOp::create(nest.b, nest.loc, nest.b.getF32FloatAttr(0));
    return nest.loop(nest.index(0), blockCount, 1, panel, [&](Value block, ValueRange outer) {
      return nest.loop(nest.index(0), nest.index(depth), 1, outer, [&](Value k, ValueRange carried) {
        Value column = nest.apply(d0 * kPackedBlock + nest.b.getAffineDimExpr(1), {block, op.getOffsets()[rank - 1]});
        // Reads past the matrix give zeros; columns of the neighbouring window are read and not used.
        Value row = vector::TransferReadOp::create(nest.b, nest.loc, blockType, op.getRhs(), at(op.getRhs(), k, column), zero,
                                                   ArrayRef<bool>{isWhole()});
        return SmallVector<Value>{nest.write(row, carried[0], {block, k, nest.index(0)})};
      });
    })[0];
  }

  bool isWhole() { return cast<RankedTensorType>(op.getRhs().getType()).getShape().back() % kPackedBlock == 0; }

  Value expandRows(Value out, Value panel, Value origin, Value j, const RegisterTile &shape, Value mask) {
    if (ShapedType::isDynamic(rows))
      return nest.loop(nest.index(0), sizeOf(out, rank - 2), 1, out, [&](Value row, ValueRange carried) {
        return SmallVector<Value>{expandTile(carried[0], panel, origin, row, 1, j, shape, mask)};
      })[0];
    SmallVector<int64_t> groups = splitRows(rows, shape.rows);
    int64_t start = 0, equal = llvm::count(groups, groups.front()) * groups.front();
    out = nest.loop(nest.index(0), nest.index(equal), groups.front(), out, [&](Value row, ValueRange carried) {
      return SmallVector<Value>{expandTile(carried[0], panel, origin, row, groups.front(), j, shape, mask)};
    })[0];
    start = equal;
    return start == rows ? out : expandTile(out, panel, origin, nest.index(start), rows - start, j, shape, mask);
  }

  Value expandTile(Value out, Value panel, Value origin, Value row, int64_t count, Value j, const RegisterTile &shape, Value mask) {
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
        out = store(out, acc[i * shape.vectors + v], nest.add(row, i), nest.add(j, v * shape.lanes), mask);
    return out;
  }

  Value readPanel(Value panel, Value column, Value k, int64_t offset) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value block = nest.apply((d0 + offset).floorDiv(kPackedBlock), {column});
    Value lane = nest.apply((d0 + offset) % kPackedBlock, {column});
    return nest.read(vector, panel, {block, k, lane});
  }

  Value store(Value out, Value value, Value row, Value column, Value mask) {
    SmallVector<Value> position(batch);
    position.append({row, column});
    if (!mask)
      return nest.write(value, out, position);
    auto map = AffineMap::getMinorIdentityMap(rank, 1, nest.b.getContext());
    return vector::TransferWriteOp::create(nest.b, nest.loc, out.getType(), value, out, position, AffineMapAttr::get(map), mask,
                                           nest.b.getBoolArrayAttr({true}))
        .getResult();
  }

  LoopNest nest;
  MatmulOp op;
  RankedTensorType type;
  int64_t rank, depth, rows, columns;
  RegisterTile tile;
  VectorType vector;
  SmallVector<Value> batch;
};

} // namespace

FailureOr<Value> sinter::cpu::expandMatmul(RewriterBase &rewriter, MatmulOp op, unsigned vectorBytes, unsigned registers) {
  return MatmulExpansion(rewriter, op, vectorBytes, registers).expand();
}
