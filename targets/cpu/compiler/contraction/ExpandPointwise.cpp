// Shallow 1x1 convolutions as loops over register tiles.
//
// Vectors lie along the window's pixels, which are one row; channels are broadcast scalars. Tiles are stored as they lie,
// where `ExpandConv` would transpose them: with few input channels that costs as much as the products. What is left of the
// pixels is computed by a tile that overlaps the one before it, whose results it writes once more.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/Contraction.h"
#include "targets/cpu/compiler/contraction/LoopNest.h"

using namespace mlir;
using namespace sinter::cpu;

namespace {

/// From here on transposes cost a tenth of the products, and rows of the input would no longer stay in the first cache.
constexpr int64_t shallowDepth = 128;
/// Fewer pixels make the overlap a large part.
constexpr int64_t fewPixels = 64;

class PointwiseExpansion {
public:
  PointwiseExpansion(OpBuilder &b, ConvOp op, unsigned vectorBytes, unsigned registers)
      : nest(b, op.getLoc()), op(op), d0(b.getAffineDimExpr(0)), filter(op.getFilter()) {
    auto window = cast<MemRefType>(op.getDestination().getType());
    images = window.getDimSize(0);
    channels = window.getDimSize(1);
    depth = cast<MemRefType>(op.getInput().getType()).getDimSize(1);
    pixels = window.getDimSize(2) * window.getDimSize(3);
    firstPixel = nest.apply(d0 * window.getDimSize(3), {op.getOffsets()[2]});
    input = joinPixels(op.getInput());
    out = joinPixels(op.getDestination());
    tile = chooseRegisterTile(vectorBytes, registers, pixels, channels);
  }

  void expand() {
    int64_t wide = pixels / tile.columns() * tile.columns(), whole = pixels / tile.lanes * tile.lanes;
    RegisterTile narrow = tile;
    narrow.vectors = 1;
    nest.loop(nest.index(0), nest.index(images), 1, [&](Value n) {
      auto columns = [&](int64_t from, int64_t to, const RegisterTile &shape) {
        nest.loop(nest.index(from), nest.index(to), shape.columns(), [&](Value pixel) { expandColumn(n, pixel, shape); });
      };
      columns(0, wide, tile);
      columns(wide, whole, narrow);
      if (whole != pixels)
        expandColumn(n, nest.index(pixels - tile.lanes), narrow);
    });
  }

private:
  Value joinPixels(Value buffer) {
    SmallVector<ReassociationIndices> groups = {{0}, {1}, {2, 3}};
    return memref::CollapseShapeOp::create(nest.b, nest.loc, buffer, groups);
  }

  /// All channels of the window, for the pixels of one tile: their inputs stay in the first cache.
  void expandColumn(Value n, Value pixel, const RegisterTile &shape) {
    SmallVector<int64_t> groups = splitRows(channels, shape.rows);
    int64_t equal = llvm::count(groups, groups.front()) * groups.front();
    nest.loop(nest.index(0), nest.index(equal), groups.front(),
              [&](Value channel) { expandTile(n, channel, groups.front(), pixel, shape); });
    if (equal != channels)
      expandTile(n, nest.index(equal), channels - equal, pixel, shape);
  }

  void expandTile(Value n, Value channel, int64_t count, Value pixel, const RegisterTile &shape) {
    auto vector = VectorType::get(shape.lanes, nest.b.getF32Type());
    Value image = nest.add(n, op.getOffsets()[0]), from = nest.add(pixel, firstPixel), first = nest.add(channel, op.getOffsets()[1]);
    Accumulators acc = zeroAccumulators(nest.b, nest.loc, count, shape);
    acc = nest.loop(nest.index(0), nest.index(depth), 1, acc, [&](Value c, ValueRange carried) {
      Accumulators sums(carried);
      SmallVector<Value> weights, columns;
      for (int64_t i = 0; i < count; ++i)
        weights.push_back(readWeight(nest.add(first, i), c));
      for (int64_t v = 0; v < shape.vectors; ++v)
        columns.push_back(nest.read(vector, input, {image, c, nest.add(from, v * shape.lanes)}));
      multiplyAccumulate(nest.b, nest.loc, sums, weights, columns);
      return sums;
    });
    for (int64_t i = 0; i < count; ++i)
      for (int64_t v = 0; v < shape.vectors; ++v)
        nest.write(acc[i * shape.vectors + v], out, {n, nest.add(channel, i), nest.add(pixel, v * shape.lanes)});
  }

  Value readWeight(Value channel, Value c) {
    Value block = nest.apply(d0.floorDiv(kPackedBlock), {channel}), lane = nest.apply(d0 % kPackedBlock, {channel});
    return nest.scalar(filter, {block, c, nest.index(0), nest.index(0), lane});
  }

  LoopNest nest;
  ConvOp op;
  AffineExpr d0;
  Value filter, input, out, firstPixel;
  int64_t images, channels, depth, pixels;
  RegisterTile tile;
};

} // namespace

bool sinter::cpu::isShallowPointwise(ConvOp op) {
  auto filter = cast<ShapedType>(op.getFilter().getType()), window = cast<ShapedType>(op.getDestination().getType());
  auto all = [](ArrayRef<int64_t> values, int64_t wanted) { return llvm::all_of(values, [&](int64_t v) { return v == wanted; }); };
  return window.getRank() == 4 && op.getGroup() == 1 && filter.getDimSize(2) == 1 && filter.getDimSize(3) == 1 &&
         all(op.getStrides(), 1) && all(op.getPads(), 0) && filter.getDimSize(1) <= shallowDepth &&
         window.getDimSize(2) * window.getDimSize(3) >= fewPixels;
}

void sinter::cpu::expandPointwise(RewriterBase &rewriter, ConvOp op, unsigned vectorBytes, unsigned registers) {
  PointwiseExpansion(rewriter, op, vectorBytes, registers).expand();
}
