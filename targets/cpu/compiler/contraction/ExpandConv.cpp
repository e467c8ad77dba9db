// Convolutions as loops over register tiles.
//
// Output channels are vectors, pixels of one output row are broadcast scalars. Borders cost nothing: above and below,
// the loop over kernel rows is shorter; left and right, pixels whose tap lies outside leave out their multiply-adds,
// which is known when the tile is written, since rows are never split. Tiles are transposed in registers when they are
// stored, for the result has its pixels side by side. A 1x1 convolution runs over all pixels of the window as one row.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/Contraction.h"
#include "targets/cpu/compiler/contraction/LoopNest.h"
#include "targets/cpu/compiler/contraction/WindowAxis.h"

using namespace mlir;
using namespace sinter::cpu;

namespace {

/// Pixels [start, start + count * repeats) in tiles of `count` that are alike.
struct PixelTiles {
  int64_t start, count, repeats;
};

class ConvExpansion {
public:
  ConvExpansion(OpBuilder &b, ConvOp op, unsigned vectorBytes, unsigned registers) : nest(b, op.getLoc()), op(op) {
    readShapes();
    int64_t perGroup = channels / group;
    tile = chooseRegisterTile(vectorBytes, registers, std::min(perGroup, window), x.output);
    while (group > 1 && perGroup % tile.columns() != 0)
      tile.vectors /= 2;
    vector = VectorType::get(tile.lanes, b.getF32Type());
  }

  void expand() {
    nest.loop(nest.index(0), nest.index(images), 1, [&](Value n) { expandImage(n); });
  }

private:
  void readShapes() {
    auto result = cast<MemRefType>(op.getDestination().getType()), in = cast<MemRefType>(op.getInput().getType());
    auto kernel = cast<MemRefType>(op.getFilter().getType()).getShape().drop_front(2).drop_back();
    spatial = result.getRank() - 2;
    images = result.getDimSize(0);
    window = result.getDimSize(1);
    channels = op.getChannels();
    group = op.getGroup();
    depth = in.getDimSize(1) / group;
    auto axis = [&](int64_t i) {
      return Axis{in.getDimSize(i + 2), result.getDimSize(i + 2), kernel[i],
                  op.getStrides()[i],   op.getPads()[i],          op.getDilations()[i]};
    };
    x = axis(spatial - 1);
    if (spatial == 2)
      y = axis(0);
    input = op.getInput();
    out = op.getDestination();
    filter = op.getFilter();
    if (isColumn(op))
      return readColumn();
    row = spatial == 2 ? op.getOffsets()[2] : nest.index(0);
    auto isPlain = [](const Axis &a) { return a.kernel == 1 && a.stride == 1 && a.pad == 0; };
    flat = spatial == 2 && isPlain(x) && isPlain(y) && x.input == x.output;
    if (flat) {
      pixelOrigin = nest.apply(nest.b.getAffineDimExpr(0) * x.output, {row});
      x.input = x.output = y.output * x.output;
      y = Axis();
      input = collapse(input);
      out = collapse(out);
      spatial = 1;
    }
  }

  /// A single column is a row.
  void readColumn() {
    x = y;
    y = Axis();
    spatial = 1;
    row = nest.index(0);
    input = collapse(input);
    out = collapse(out);
    SmallVector<ReassociationIndices> taps = {{0}, {1}, {2, 3}, {4}};
    filter = memref::CollapseShapeOp::create(nest.b, nest.loc, filter, taps);
  }

  Value collapse(Value buffer) {
    SmallVector<ReassociationIndices> groups = {{0}, {1}, {2, 3}};
    return memref::CollapseShapeOp::create(nest.b, nest.loc, buffer, groups);
  }

  void expandImage(Value n) {
    image = n;
    int64_t whole = window / tile.columns() * tile.columns();
    nest.loop(nest.index(0), nest.index(whole), tile.columns(),
              [&](Value k) { expandChannels(k, tile.columns(), tile); });
    if (whole == window)
      return;
    int64_t left = window - whole;
    RegisterTile narrow = tile;
    narrow.vectors = (left + tile.lanes - 1) / tile.lanes;
    expandChannels(nest.index(whole), left, narrow);
  }

  /// Channels [k, k + valid) of the window, all rows.
  void expandChannels(Value k, int64_t valid, const RegisterTile &shape) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value channel = nest.add(op.getOffsets()[1], k);
    Value firstInput = nest.apply(d0.floorDiv(channels / group) * depth, {channel});
    nest.loop(nest.index(0), nest.index(y.output), 1, [&](Value i) {
      for (const PixelTiles &pixels : pixelTiles(shape.rows))
        nest.loop(nest.index(pixels.start), nest.index(pixels.start + pixels.count * pixels.repeats), pixels.count,
                  [&](Value start) { expandTile({k, channel, firstInput, i, start}, valid, shape, pixels); });
    });
  }

  /// Tiles of a row: those that touch a border alone, the equal ones between them as one loop.
  SmallVector<PixelTiles> pixelTiles(int64_t most) {
    SmallVector<PixelTiles> tiles;
    int64_t start = 0;
    for (int64_t count : splitRows(x.output, most)) {
      bool joins = !tiles.empty() && tiles.back().count == count && isInterior(tiles.back().start, count) &&
                   isInterior(start, count);
      if (joins)
        ++tiles.back().repeats;
      else
        tiles.push_back({start, count, 1});
      start += count;
    }
    return tiles;
  }

  bool isInterior(int64_t start, int64_t count) const {
    return x.inside(start, 0) && x.inside(start + count - 1, x.kernel - 1);
  }

  struct Place {
    Value windowChannel, channel, firstInput, row, pixel;
  };

  void expandTile(const Place &place, int64_t valid, const RegisterTile &shape, const PixelTiles &pixels) {
    Accumulators acc = zeroAccumulators(nest.b, nest.loc, pixels.count, shape);
    auto [firstTap, lastTap] = tapRange(place.row);
    acc = nest.loop(nest.index(0), nest.index(depth), 1, acc, [&](Value c, ValueRange outer) {
      return nest.loop(firstTap, lastTap, 1, outer,
                       [&](Value r, ValueRange carried) { return accumulateRow(place, c, r, shape, pixels, carried); });
    });
    storeTile(place, valid, shape, pixels, acc);
  }

  /// Kernel rows that meet the input at this output row.
  std::pair<Value, Value> tapRange(Value i) {
    if (!y.needsClipping() && isRowWindowWhole())
      return {nest.index(0), nest.index(y.kernel)};
    if (y.kernel == 1 && y.pad == 0)
      return {nest.index(0), nest.index(1)};
    MLIRContext *context = nest.b.getContext();
    AffineExpr top = (nest.b.getAffineDimExpr(0) + nest.b.getAffineDimExpr(1)) * y.stride - y.pad;
    SmallVector<OpFoldResult> operands = {getAsOpFoldResult(i), getAsOpFoldResult(row)};
    AffineMap low = AffineMap::get(2, 0, {getAffineConstantExpr(0, context), (-top).ceilDiv(y.dilation)}, context);
    AffineMap high =
        AffineMap::get(2, 0, {getAffineConstantExpr(y.kernel, context), (-top + y.input).ceilDiv(y.dilation)}, context);
    auto value = [&](OpFoldResult folded) { return getValueOrCreateConstantIndexOp(nest.b, nest.loc, folded); };
    return {value(affine::makeComposedFoldedAffineMax(nest.b, nest.loc, low, operands)),
            value(affine::makeComposedFoldedAffineMin(nest.b, nest.loc, high, operands))};
  }

  /// Without clipping at the whole result's borders there is none in a part of it; `y.output` is the window's.
  bool isRowWindowWhole() { return getConstantIntValue(row).value_or(1) == 0; }

  /// The taps of a kernel row: where borders tell a tile's pixels apart they are written out, at
  /// most as many as the tile has pixels; the others are one loop unless they are few.
  Accumulators accumulateRow(const Place &place, Value c, Value r, const RegisterTile &shape, const PixelTiles &pixels,
                             ValueRange carried) {
    constexpr int64_t fewTaps = 8;
    auto [first, last] = commonTaps(pixels);
    if (last - first <= fewTaps)
      first = last = x.kernel;
    Accumulators sums(carried);
    for (int64_t s = 0; s < first; ++s)
      accumulateTap(place, c, r, s, shape, pixels, sums);
    sums = nest.loop(nest.index(first), nest.index(last), 1, sums, [&](Value s, ValueRange inner) {
      Accumulators next(inner);
      SmallVector<Value> scalars, columns;
      for (int64_t p = 0; p < pixels.count; ++p)
        scalars.push_back(readInput(place, c, r, s, p));
      for (int64_t v = 0; v < shape.vectors; ++v)
        columns.push_back(readFilter(place.channel, v * shape.lanes, c, r, s));
      multiplyAccumulate(nest.b, nest.loc, next, scalars, columns);
      return next;
    });
    for (int64_t s = last; s < x.kernel; ++s)
      accumulateTap(place, c, r, s, shape, pixels, sums);
    return sums;
  }

  /// Taps [first, last) that lie inside the input for every pixel of the tile.
  std::pair<int64_t, int64_t> commonTaps(const PixelTiles &pixels) const {
    if (pixels.repeats > 1)
      return {0, x.kernel};
    int64_t first = 0, last = x.kernel;
    while (first < last && !x.inside(pixels.start, first))
      ++first;
    while (last > first && !x.inside(pixels.start + pixels.count - 1, last - 1))
      --last;
    return {first, last};
  }

  void accumulateTap(const Place &place, Value c, Value r, int64_t s, const RegisterTile &shape,
                     const PixelTiles &pixels, Accumulators &sums) {
    SmallVector<Value> scalars(pixels.count), columns;
    bool any = false;
    for (int64_t p = 0; p < pixels.count; ++p) {
      if (pixels.repeats == 1 && !x.inside(pixels.start + p, s))
        continue;
      scalars[p] = readInput(place, c, r, nest.index(s), p);
      any = true;
    }
    if (!any)
      return;
    for (int64_t v = 0; v < shape.vectors; ++v)
      columns.push_back(readFilter(place.channel, v * shape.lanes, c, r, nest.index(s)));
    multiplyAccumulate(nest.b, nest.loc, sums, scalars, columns);
  }

  Value readInput(const Place &place, Value c, Value r, Value s, int64_t p) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0), d1 = nest.b.getAffineDimExpr(1), d2 = nest.b.getAffineDimExpr(2);
    SmallVector<Value> at = {nest.add(op.getOffsets()[0], image), nest.add(place.firstInput, c)};
    if (spatial == 2)
      at.push_back(nest.apply((d0 + d1) * y.stride - y.pad + d2 * y.dilation, {place.row, row, r}));
    Value column = nest.apply(d0 * x.stride + d1 * x.dilation + (p * x.stride - x.pad), {place.pixel, s});
    at.push_back(flat ? nest.add(column, pixelOrigin) : column);
    return nest.scalar(input, at);
  }

  Value readFilter(Value channel, int64_t offset, Value c, Value r, Value s) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    SmallVector<Value> at = {nest.apply((d0 + offset).floorDiv(kPackedBlock), {channel}), c};
    if (cast<MemRefType>(filter.getType()).getRank() == 5)
      at.push_back(r);
    at.append({s, nest.apply((d0 + offset) % kPackedBlock, {channel})});
    return nest.read(vector, filter, at);
  }

  /// Rows of pixels from columns of channels.
  void storeTile(const Place &place, int64_t valid, const RegisterTile &shape, const PixelTiles &pixels,
                 const Accumulators &acc) {
    Value zero = arith::ConstantOp::create(nest.b, nest.loc, nest.b.getZeroAttr(vector));
    for (int64_t v = 0; v < shape.vectors; ++v)
      for (int64_t first = 0; first < pixels.count; first += shape.lanes) {
        int64_t count = std::min(shape.lanes, pixels.count - first);
        SmallVector<Value> square(shape.lanes, zero);
        for (int64_t p = 0; p < count; ++p)
          square[p] = acc[(first + p) * shape.vectors + v];
        SmallVector<Value> rows = transposeSquare(nest.b, nest.loc, square);
        for (int64_t lane = 0; lane < shape.lanes && v * shape.lanes + lane < valid; ++lane)
          storeRow(place, rows[lane], v * shape.lanes + lane, first, count);
      }
  }

  void storeRow(const Place &place, Value pixels, int64_t channel, int64_t first, int64_t count) {
    SmallVector<Value> at = {image, nest.add(place.windowChannel, channel)};
    if (spatial == 2)
      at.push_back(place.row);
    at.push_back(nest.add(place.pixel, first));
    if (count < cast<VectorType>(pixels.getType()).getNumElements())
      pixels = vector::ExtractStridedSliceOp::create(nest.b, nest.loc, pixels, ArrayRef<int64_t>{0},
                                                     ArrayRef<int64_t>{count}, ArrayRef<int64_t>{1});
    nest.write(pixels, out, at);
  }

  LoopNest nest;
  ConvOp op;
  int64_t spatial, images, window, channels, group, depth;
  Axis y, x;
  Value input, filter, out, row, pixelOrigin, image;
  bool flat = false;
  RegisterTile tile;
  VectorType vector;
};

} // namespace

bool sinter::cpu::isColumn(ConvOp op) {
  auto input = cast<ShapedType>(op.getInput().getType()), filter = cast<ShapedType>(op.getFilter().getType());
  return input.getRank() == 4 && input.getDimSize(3) == 1 && filter.getDimSize(3) == 1 && op.getPads()[1] == 0 &&
         op.getPads()[3] == 0;
}

LogicalResult sinter::cpu::expandConv(RewriterBase &rewriter, ConvOp op, unsigned vectorBytes, unsigned registers) {
  if (!cast<MemRefType>(op.getDestination().getType()).hasStaticShape())
    return op.emitOpError("internal: windows of convolutions have static shapes");
  ConvExpansion(rewriter, op, vectorBytes, registers).expand();
  return success();
}
