// What both forms of 8-bit convolutions share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/QuantizedConv.h"
#include "targets/cpu/compiler/contraction/QuantizedPacking.h"

using namespace mlir;
using namespace sinter::cpu;

static int64_t lanesFor(const IntegerUnit &unit, int64_t pixels) {
  int64_t most = unit.vectorBytes / 4, lanes = unit.dot == IntegerDot::Vrmpy ? most : 4;
  while (lanes < most && lanes < pixels)
    lanes *= 2;
  return lanes;
}

/// A 1x1 convolution runs over all pixels of the window as one row.
static int64_t longestRow(QuantizedConvOp op) {
  auto shape = cast<MemRefType>(op.getDestination().getType()).getShape();
  auto all = [](ArrayRef<int64_t> values, int64_t wanted) {
    return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
  };
  bool plain = shape.size() == 4 && all(op.getKernel(), 1) && all(op.getStrides(), 1) && all(op.getPads(), 0);
  return plain ? shape[2] * shape[3] : shape.back();
}

QuantizedConv::QuantizedConv(OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit)
    : nest(b, op.getLoc()), op(op), unit(unit), lanes(lanesFor(unit, longestRow(op))),
      words(VectorType::get(lanes, b.getI32Type())), dot(b, op.getLoc(), unit.dot, lanes) {
  auto result = cast<MemRefType>(op.getDestination().getType()), in = cast<MemRefType>(op.getInput().getType());
  spatial = result.getRank() - 2;
  images = result.getDimSize(0);
  window = result.getDimSize(1);
  channels = op.getChannels();
  group = op.getGroup();
  depth = in.getDimSize(1) / group;
  auto axis = [&](int64_t i) {
    return Axis{in.getDimSize(i + 2), result.getDimSize(i + 2),  op.getKernel()[i],   op.getStrides()[i],
                op.getPads()[i],      op.getPads()[spatial + i], op.getDilations()[i]};
  };
  x = axis(spatial - 1);
  if (spatial == 2)
    y = axis(0);
  input = op.getInput();
  out = op.getDestination();
  row = spatial == 2 ? op.getOffsets()[2] : nest.index(0);
}

SmallVector<PixelTiles> QuantizedConv::pixelTiles(int64_t pixels, int64_t most) const {
  int64_t vectors = vectorsOf(pixels),
          each = (vectors + (vectors + most - 1) / most - 1) / ((vectors + most - 1) / most) * lanes;
  SmallVector<PixelTiles> tiles;
  if (int64_t whole = pixels / each)
    tiles.push_back({0, each, whole});
  if (int64_t rest = pixels % each)
    tiles.push_back({pixels - rest, rest, 1});
  return tiles;
}

void QuantizedConv::forPixels(int64_t pixels, int64_t most, llvm::function_ref<void(Value, int64_t)> body) {
  for (const PixelTiles &tiles : pixelTiles(pixels, most))
    nest.loop(nest.index(tiles.start), nest.index(tiles.start + tiles.count * tiles.repeats), tiles.count,
              [&](Value start) { body(start, tiles.count); });
}

void QuantizedConv::forChannels(int64_t most, llvm::function_ref<void(Value, int64_t)> body) {
  forPieces(window, most, body);
}

void QuantizedConv::forPieces(int64_t count, int64_t most, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t whole = count / most * most;
  nest.loop(nest.index(0), nest.index(whole), most, [&](Value start) { body(start, most); });
  if (whole != count)
    body(nest.index(whole), count - whole);
}

Accumulators QuantizedConv::begin(const Place &place, const Tile &tile) {
  Accumulators sums;
  for (int64_t k = 0; k < tile.channels; ++k) {
    Value bias =
        vector::BroadcastOp::create(nest.b, nest.loc, words, nest.scalar(op.getBias(), absolute(place.channel, k)));
    sums.append(tile.rows * vectorsOf(tile.pixels), bias);
  }
  return sums;
}

void QuantizedConv::end(const Place &place, const Tile &tile, const Accumulators &sums) {
  integer::Limits limits{op.getLimits()[0], op.getLimits()[1], op.getLimits()[2]};
  const Value *sum = sums.begin();
  for (int64_t k = 0; k < tile.channels; ++k) {
    Value factor = nest.scalar(op.getFactors(), absolute(place.channel, k));
    for (int64_t r = 0; r < tile.rows; ++r)
      for (int64_t first = 0; first < tile.pixels; first += lanes) {
        Value bytes = requantize(nest.b, nest.loc, unit.dot, *sum++, factor, limits);
        if (int64_t left = tile.pixels - first; left < lanes)
          bytes = vector::ExtractStridedSliceOp::create(nest.b, nest.loc, bytes, ArrayRef<int64_t>{0},
                                                        ArrayRef<int64_t>{left}, ArrayRef<int64_t>{1});
        SmallVector<Value> at = {image, nest.add(place.channel, k)};
        if (cast<MemRefType>(out.getType()).getRank() == 4)
          at.push_back(nest.add(place.row, r));
        at.push_back(nest.add(place.pixel, first));
        nest.write(bytes, out, at);
      }
  }
}

DotProduct::Operand QuantizedConv::weights(Value channel, ArrayRef<Value> middle) {
  AffineExpr d0 = nest.b.getAffineDimExpr(0);
  SmallVector<Value> at = {nest.apply(d0.floorDiv(kPackedBlock), {channel})};
  llvm::append_range(at, middle);
  at.append({nest.apply(d0 % kPackedBlock, {channel}), nest.index(0)});
  return dot.signedWord(nest.fourBytes(op.getFilter(), at, /*aligned=*/true));
}

void QuantizedConv::forInputRows(llvm::function_ref<void(Value, Value)> copy, llvm::function_ref<void(Value)> fill) {
  AffineExpr d0 = nest.b.getAffineDimExpr(0), d1 = nest.b.getAffineDimExpr(1);
  nest.loop(nest.index(0), nest.index(y.reach()), 1, [&](Value r) {
    Value inputRow = nest.apply(d0 * y.stride + d1 - y.padLow, {row, r});
    if (y.padLow == 0 && y.padHigh == 0)
      return copy(r, inputRow);
    // One comparison: rows above the input are large unsigned numbers.
    Value inside = arith::CmpIOp::create(nest.b, nest.loc, arith::CmpIPredicate::ult, inputRow, nest.index(y.input));
    auto branch = [&](llvm::function_ref<void()> body) {
      return [&nest = this->nest, body](OpBuilder &inner, Location loc) {
        OpBuilder::InsertionGuard guard(nest.b);
        nest.b.setInsertionPointToEnd(inner.getInsertionBlock());
        body();
        scf::YieldOp::create(nest.b, loc);
      };
    };
    auto then = [&] { copy(r, inputRow); };
    auto otherwise = [&] { fill(r); };
    scf::IfOp::create(nest.b, nest.loc, inside, branch(then), branch(otherwise));
  });
}

void QuantizedConv::fillRow(Value buffer, ArrayRef<Value> position, int64_t from, int64_t to, Value value) {
  nest.loop(nest.index(from), nest.index(to), 1, [&](Value i) {
    SmallVector<Value> at(position);
    at.push_back(i);
    memref::StoreOp::create(nest.b, nest.loc, value, buffer, at);
  });
}

Value QuantizedConv::scalar(Type type, int64_t value) {
  APInt bits(type.getIntOrFloatBitWidth(), value, /*isSigned=*/false, /*implicitTrunc=*/true);
  return arith::ConstantOp::create(nest.b, nest.loc, IntegerAttr::get(type, bits));
}

Value QuantizedConv::splat(VectorType type, int64_t value) {
  APInt bits(type.getElementTypeBitWidth(), value, /*isSigned=*/false, /*implicitTrunc=*/true);
  return arith::ConstantOp::create(nest.b, nest.loc, DenseElementsAttr::get(type, bits));
}

Value QuantizedConv::allocate(ArrayRef<int64_t> shape, Type element) {
  return memref::AllocOp::create(nest.b, nest.loc, MemRefType::get(shape, element), nest.b.getI64IntegerAttr(64));
}

LogicalResult sinter::cpu::expandQuantizedConv(RewriterBase &rewriter, QuantizedConvOp op, const IntegerUnit &unit) {
  if (!cast<MemRefType>(op.getDestination().getType()).hasStaticShape())
    return op.emitOpError("internal: windows of convolutions have static shapes");
  int64_t depth = cast<MemRefType>(op.getInput().getType()).getDimSize(1) / static_cast<int64_t>(op.getGroup());
  if (dotsAlongTaps(depth))
    expandQuantizedTaps(rewriter, op, unit);
  else
    expandQuantizedChannels(rewriter, op, unit);
  return success();
}
