// Convolutions with few output channels a group as loops over register tiles.
//
// Vectors lie along rows of pixels, taps are broadcast scalars. A tile is a few rows of one output channel; the input
// rows under it are first copied into scratch that stays in the first cache, zeros around them, so that no tap of any
// pixel needs a test. A stride of s parts a row's columns into s phases as they are copied: every tap then reads
// neighbours. Rows that overlap in the input are read once for all output rows of the tile.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/Contraction.h"
#include "targets/cpu/compiler/contraction/LoopNest.h"
#include "targets/cpu/compiler/contraction/RowConv.h"
#include "targets/cpu/compiler/contraction/WindowAxis.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

/// Scratch for the rows under a tile; a deep convolution takes fewer rows at a time.
constexpr int64_t scratchBytes = 64 * 1024;
/// Even one row at a time must leave scratch in the second cache.
constexpr int64_t largestScratchBytes = 512 * 1024;
/// Kernels of more taps are loops over them.
constexpr int64_t unrolledTaps = 32;
/// Multiply-adds of a tile that are written out: more would save few loads and cost compile time.
constexpr int64_t unrolledMultiplyAdds = 100;

int64_t powerOfTwoFloor(int64_t value) { return int64_t(1) << llvm::Log2_64(value); }

/// Columns [0, whole) in vectors of `lanes`, then `rest` in one vector of `restLanes`.
struct RowSplit {
  int64_t lanes, whole, rest, restLanes;

  RowSplit(int64_t size, int64_t mostLanes) {
    int64_t least = std::min<int64_t>(mostLanes, 4);
    auto lanesFor = [&](int64_t count) { return std::clamp<int64_t>(llvm::PowerOf2Ceil(count), least, mostLanes); };
    lanes = lanesFor(size);
    whole = size / lanes * lanes;
    rest = size - whole;
    restLanes = rest ? lanesFor(rest) : 0;
  }
  int64_t covered() const { return whole + restLanes; }
};

class RowConvExpansion {
public:
  RowConvExpansion(OpBuilder &b, RowConvOp op, unsigned vectorBytes, unsigned registers)
      : nest(b, op.getLoc()), op(op), d0(b.getAffineDimExpr(0)), d1(b.getAffineDimExpr(1)) {
    readShapes();
    RowSplit columns(x.output, vectorBytes / 4);
    int64_t budget = registers >= 32 ? 8 : 4, taps = y.kernel * x.kernel;
    unrolled = taps <= unrolledTaps;
    if (unrolled)
      budget = std::clamp<int64_t>(unrolledMultiplyAdds / taps, 1, budget);
    rows = std::min(y.output, budget);
    while (rows > 1 && bytesOf(rows, columns) > scratchBytes)
      --rows;
    rows = splitRows(y.output, rows).front();
    vectors = std::max<int64_t>(1, std::min(budget / rows, x.output / columns.lanes));
    auto type = MemRefType::get({depth, y.span(rows), x.stride, pitchOf(columns)}, b.getF32Type());
    lanes = columns.lanes;
    scratch = memref::AllocOp::create(b, nest.loc, type, b.getI64IntegerAttr(64));
  }

  void expand() {
    clearScratch();
    nest.loop(nest.index(0), nest.index(images), 1, [&](Value n) {
      nest.loop(nest.index(0), nest.index(channels), 1, [&](Value m) { expandChannel(n, m); });
    });
  }

private:
  void readShapes() {
    auto result = cast<MemRefType>(op.getDestination().getType()), in = cast<MemRefType>(op.getInput().getType());
    auto filter = cast<MemRefType>(op.getFilter().getType()).getShape();
    spatial = result.getRank() - 2;
    images = result.getDimSize(0);
    channels = result.getDimSize(1);
    depth = filter[1];
    perGroup = filter[0] / static_cast<int64_t>(op.getGroup());
    auto axis = [&](int64_t i) {
      return Axis{in.getDimSize(i + 2), result.getDimSize(i + 2), filter[i + 2],
                  op.getStrides()[i],   op.getPads()[i],          op.getDilations()[i]};
    };
    x = axis(spatial - 1);
    if (spatial == 2)
      y = axis(0);
    firstRow = spatial == 2 ? op.getOffsets()[2] : nest.index(0);
  }

  /// Elements of one phase of a scratch row: what is read and what is written, a whole number of vectors.
  int64_t pitchOf(const RowSplit &columns) const {
    int64_t read = columns.covered() + (x.kernel - 1) * x.dilation / x.stride,
            written = (x.input - 1 + x.pad) / x.stride + 1;
    return llvm::alignTo(std::max(read, written), columns.lanes);
  }

  int64_t bytesOf(int64_t count, const RowSplit &columns) const {
    return depth * y.span(count) * x.stride * pitchOf(columns) * 4;
  }

  Value zeros(int64_t count) {
    auto type = VectorType::get(count, nest.b.getF32Type());
    return arith::ConstantOp::create(nest.b, nest.loc, nest.b.getZeroAttr(type));
  }

  /// The borders left and right stay zero: rows are copied between them.
  void clearScratch() {
    SmallVector<ReassociationIndices> all = {{0, 1, 2, 3}};
    Value flat = memref::CollapseShapeOp::create(nest.b, nest.loc, scratch, all);
    int64_t size = cast<MemRefType>(flat.getType()).getDimSize(0);
    nest.loop(nest.index(0), nest.index(size), lanes, [&](Value i) { nest.write(zeros(lanes), flat, {i}); });
  }

  void expandChannel(Value n, Value m) {
    image = n;
    channel = m;
    filter = nest.add(op.getOffsets()[1], m);
    firstInput = nest.apply(d0.floorDiv(perGroup) * depth, {filter});
    SmallVector<int64_t> groups = splitRows(y.output, rows);
    int64_t equal = llvm::count(groups, groups.front()) * groups.front();
    nest.loop(nest.index(0), nest.index(equal), groups.front(), [&](Value i) { expandRows(i, groups.front()); });
    if (equal != y.output)
      expandRows(nest.index(equal), y.output - equal);
  }

  /// Output rows [i, i + count) of the window.
  void expandRows(Value i, int64_t count) {
    nest.loop(nest.index(0), nest.index(depth), 1, [&](Value c) {
      nest.loop(nest.index(0), nest.index(y.span(count)), 1, [&](Value t) { fillScratchRow(c, t, i); });
    });
    RowSplit columns(x.output, lanes);
    int64_t wide = columns.whole / (lanes * vectors) * (lanes * vectors);
    auto tiles = [&](int64_t from, int64_t to, int64_t tileVectors, int64_t tileLanes, int64_t valid) {
      nest.loop(nest.index(from), nest.index(to), tileVectors * tileLanes,
                [&](Value column) { expandTile({i, column, count, tileVectors, tileLanes, valid}); });
    };
    tiles(0, wide, vectors, lanes, lanes);
    tiles(wide, columns.whole, 1, lanes, lanes);
    if (columns.rest)
      tiles(columns.whole, columns.covered(), 1, columns.restLanes, columns.rest);
  }

  //===------------------------------------------------------------------------------------------------------------===//
  // Copying rows
  //===------------------------------------------------------------------------------------------------------------===//

  /// Scratch row `t` of the tile at output row `i`: the input row there, or zeros above and below the input.
  void fillScratchRow(Value c, Value t, Value i) {
    Value at = nest.apply((d0 + d1) * y.stride + nest.b.getAffineDimExpr(2) - y.pad, {i, firstRow, t});
    bool clipped = spatial == 2 && (op.getPads()[0] != 0 || op.getPads()[2] != 0);
    if (!clipped)
      return copyRow(c, t, at);
    // As unsigned numbers, rows above the input are large.
    Value inside = arith::CmpIOp::create(nest.b, nest.loc, arith::CmpIPredicate::ult, at, nest.index(y.input));
    auto branch = scf::IfOp::create(nest.b, nest.loc, inside, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(nest.b);
    nest.b.setInsertionPointToStart(branch.thenBlock());
    copyRow(c, t, at);
    nest.b.setInsertionPointToStart(branch.elseBlock());
    for (int64_t phase = 0; phase < x.stride; ++phase)
      nest.loop(nest.index(0), nest.index(cast<MemRefType>(scratch.getType()).getDimSize(3)), lanes,
                [&](Value at) { nest.write(zeros(lanes), scratch, {c, t, nest.index(phase), at}); });
  }

  /// In pieces of a power of two of columns; the last overlaps the one before it rather than end beyond the row.
  void copyRow(Value c, Value t, Value at) {
    SmallVector<Value> source = {nest.add(op.getOffsets()[0], image), nest.add(firstInput, c)};
    if (spatial == 2)
      source.push_back(at);
    if (x.stride > 2 || x.input < x.stride)
      return copyElements(c, t, source);
    int64_t piece = std::min(lanes * x.stride, powerOfTwoFloor(x.input)), whole = x.input / piece * piece;
    nest.loop(nest.index(0), nest.index(whole), piece,
              [&](Value column) { copyPiece(c, t, source, column, 0, piece); });
    if (whole != x.input)
      copyPiece(c, t, source, nest.index(x.input - piece), (x.input - piece) % x.stride, piece);
  }

  /// Columns [column, column + piece), where column % stride is `remainder`.
  void copyPiece(Value c, Value t, ArrayRef<Value> source, Value column, int64_t remainder, int64_t piece) {
    SmallVector<Value> from(source);
    from.push_back(column);
    Value values = nest.read(VectorType::get(piece, nest.b.getF32Type()), op.getInput(), from);
    for (int64_t k = 0; k < x.stride; ++k) {
      SmallVector<int64_t> picked;
      for (int64_t lane = k; lane < piece; lane += x.stride)
        picked.push_back(lane);
      Value part =
          x.stride == 1 ? values : vector::ShuffleOp::create(nest.b, nest.loc, values, values, picked).getResult();
      Value phase = nest.index((remainder + k + x.pad) % x.stride);
      nest.write(part, scratch, {c, t, phase, nest.apply((d0 + (k + x.pad)).floorDiv(x.stride), {column})});
    }
  }

  void copyElements(Value c, Value t, ArrayRef<Value> source) {
    nest.loop(nest.index(0), nest.index(x.input), 1, [&](Value column) {
      SmallVector<Value> from(source);
      from.push_back(column);
      Value phase = nest.apply((d0 + x.pad) % x.stride, {column}),
            to = nest.apply((d0 + x.pad).floorDiv(x.stride), {column});
      memref::StoreOp::create(nest.b, nest.loc, nest.scalar(op.getInput(), from), scratch, ValueRange{c, t, phase, to});
    });
  }

  //===------------------------------------------------------------------------------------------------------------===//
  // Register tiles
  //===------------------------------------------------------------------------------------------------------------===//

  /// `count` rows from `row`, `vectors` vectors of `lanes` from `column`, of the last of which `valid` are stored.
  struct Tile {
    Value row, column;
    int64_t count, vectors, lanes, valid;
  };

  void expandTile(const Tile &tile) {
    Accumulators acc(tile.count * tile.vectors, zeros(tile.lanes));
    acc = nest.loop(nest.index(0), nest.index(depth), 1, acc, [&](Value c, ValueRange carried) {
      Accumulators sums(carried);
      return unrolled ? accumulateUnrolled(tile, c, sums) : accumulateLooped(tile, c, sums);
    });
    for (int64_t o = 0; o < tile.count; ++o)
      for (int64_t v = 0; v < tile.vectors; ++v)
        store(tile, acc[o * tile.vectors + v], o, v * tile.lanes);
  }

  /// Each input row is read once for all output rows that it meets, in the order of the taps.
  Accumulators accumulateUnrolled(const Tile &tile, Value c, Accumulators acc) {
    SmallVector<Value> taps;
    for (int64_t r = 0; r < y.kernel; ++r)
      for (int64_t s = 0; s < x.kernel; ++s)
        taps.push_back(readTap(tile, c, nest.index(r), nest.index(s)));
    for (int64_t t = 0; t < y.span(tile.count); ++t)
      for (int64_t s = 0; s < x.kernel; ++s)
        for (int64_t v = 0; v < tile.vectors; ++v) {
          Value pixels;
          for (int64_t o = 0; o < tile.count; ++o) {
            int64_t distance = t - o * y.stride, r = distance / y.dilation;
            if (distance < 0 || distance % y.dilation != 0 || r >= y.kernel)
              continue;
            if (!pixels)
              pixels = readPixels(tile, c, nest.index(t), nest.index(s), v);
            Value &sum = acc[o * tile.vectors + v];
            sum = vector::FMAOp::create(nest.b, nest.loc, pixels, taps[r * x.kernel + s], sum);
          }
        }
    return acc;
  }

  Accumulators accumulateLooped(const Tile &tile, Value c, ValueRange acc) {
    return nest.loop(nest.index(0), nest.index(y.kernel), 1, acc, [&](Value r, ValueRange outer) {
      return nest.loop(nest.index(0), nest.index(x.kernel), 1, outer, [&](Value s, ValueRange carried) {
        Accumulators sums(carried);
        Value tap = readTap(tile, c, r, s);
        for (int64_t o = 0; o < tile.count; ++o)
          for (int64_t v = 0; v < tile.vectors; ++v) {
            Value t = nest.apply(d0 * y.dilation + o * y.stride, {r}), pixels = readPixels(tile, c, t, s, v);
            Value &sum = sums[o * tile.vectors + v];
            sum = vector::FMAOp::create(nest.b, nest.loc, pixels, tap, sum);
          }
        return sums;
      });
    });
  }

  Value readTap(const Tile &tile, Value c, Value r, Value s) {
    SmallVector<Value> at = {filter, c};
    if (spatial == 2)
      at.push_back(r);
    at.push_back(s);
    auto type = VectorType::get(tile.lanes, nest.b.getF32Type());
    return vector::BroadcastOp::create(nest.b, nest.loc, type, nest.scalar(op.getFilter(), at));
  }

  Value readPixels(const Tile &tile, Value c, Value t, Value s, int64_t v) {
    Value phase = nest.apply((d0 * x.dilation) % x.stride, {s});
    Value at = nest.apply(d0 + (d1 * x.dilation).floorDiv(x.stride) + v * tile.lanes, {tile.column, s});
    return nest.read(VectorType::get(tile.lanes, nest.b.getF32Type()), scratch, {c, t, phase, at});
  }

  void store(const Tile &tile, Value pixels, int64_t o, int64_t column) {
    SmallVector<Value> at = {image, channel};
    if (spatial == 2)
      at.push_back(nest.add(tile.row, o));
    at.push_back(nest.add(tile.column, column));
    if (tile.valid < tile.lanes)
      pixels = vector::ExtractStridedSliceOp::create(nest.b, nest.loc, pixels, ArrayRef<int64_t>{0},
                                                     ArrayRef<int64_t>{tile.valid}, ArrayRef<int64_t>{1});
    nest.write(pixels, op.getDestination(), at);
  }

  LoopNest nest;
  RowConvOp op;
  AffineExpr d0, d1;
  int64_t spatial, images, channels, depth, perGroup;
  Axis y, x;
  int64_t rows, vectors, lanes;
  bool unrolled;
  Value scratch, firstRow;
  Value image, channel, filter, firstInput;
};

} // namespace

bool sinter::cpu::isRowConv(nn::ConvOp conv) {
  ArrayRef<int64_t> filter = conv.getFilter().getType().getShape(), input = conv.getInput().getType().getShape();
  ArrayRef<int64_t> result = conv.getResult().getType().getShape();
  auto group = static_cast<int64_t>(conv.getGroup()), perGroup = filter[0] / std::max<int64_t>(group, 1);
  if (!conv.getResult().getType().getElementType().isF32() || filter.size() > 4 ||
      conv.getResult().getType().getNumElements() == 0)
    return false;
  // With many channels a group, vectors along channels waste nothing; with few, most of their lanes.
  constexpr int64_t fewChannels = 4;
  bool few = perGroup <= fewChannels && (group > 1 || result.back() >= fewChannels);
  bool partial = group > 1 && perGroup % kPackedBlock != 0;
  int64_t rows = filter.size() == 4 ? (filter[2] - 1) * conv.getDilations()[0] + 1 : 1;
  return (few || partial) && filter[1] * rows * (input.back() + 2 * kPackedBlock) * 4 <= largestScratchBytes;
}

LogicalResult sinter::cpu::expandRowConv(RewriterBase &rewriter, RowConvOp op, unsigned vectorBytes,
                                         unsigned registers) {
  if (!cast<MemRefType>(op.getDestination().getType()).hasStaticShape())
    return op.emitOpError("internal: windows of convolutions have static shapes");
  RowConvExpansion(rewriter, op, vectorBytes, registers).expand();
  return success();
}
