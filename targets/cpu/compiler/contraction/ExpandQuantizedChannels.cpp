// 8-bit convolutions over several channels: a dot product adds four channels.
//
// The input is packed to [C / 4][rows][columns] of four bytes, with the zero point around it. A 1x1 convolution packs
// what a tile reads just before it, which then is in the first cache; others pack what their window meets.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/QuantizedConv.h"

using namespace mlir;
using namespace sinter::cpu;

namespace {

class ChannelExpansion : QuantizedConv {
public:
  ChannelExpansion(OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit) : QuantizedConv(b, op, unit) {
    bool manyRegisters = unit.registers >= 32;
    tileChannels = manyRegisters ? 8 : 4;
    mostVectors = manyRegisters && unit.dot == IntegerDot::Vpdpbusd ? 3 : 2;
    blocks = (depth + kDotTerms - 1) / kDotTerms;
    auto isPlain = [](const Axis &a) { return a.kernel == 1 && a.stride == 1 && a.padLow == 0 && a.padHigh == 0; };
    flat = isPlain(x) && isPlain(y) && x.input == x.output;
    if (flat)
      makeFlat();
  }

  void expand() {
    int64_t columns = flat ? mostVectors * lanes : vectorsOf(x.output) * lanes * x.stride + (x.kernel - 1) * x.dilation;
    packed = allocate({blocks, y.reach(), columns}, nest.b.getI32Type());
    nest.loop(nest.index(0), nest.index(images), 1, [&](Value n) {
      image = n;
      if (!flat)
        packWindow();
      nest.loop(nest.index(0), nest.index(y.output), 1, [&](Value i) {
        forPixels(x.output, mostVectors, [&](Value start, int64_t pixels) {
          if (flat)
            packPixels(start, pixels);
          forChannels(tileChannels, [&](Value k, int64_t count) { expandTile({k, i, start}, {count, 1, pixels}); });
        });
      });
    });
  }

private:
  void makeFlat() {
    if (spatial == 1)
      return;
    pixelOrigin = nest.apply(nest.b.getAffineDimExpr(0) * x.output, {row});
    SmallVector<ReassociationIndices> groups = {{0}, {1}, {2, 3}};
    input = memref::CollapseShapeOp::create(nest.b, nest.loc, input, groups);
    out = memref::CollapseShapeOp::create(nest.b, nest.loc, out, groups);
    x.input = x.output = y.output * x.output;
    y = Axis();
    row = nest.index(0);
  }

  //===------------------------------------------------------------------------------------------------------------===//
  // Packing
  //===------------------------------------------------------------------------------------------------------------===//

  /// Calls `body` for each block of channels and how many of them there are.
  void forBlocks(llvm::function_ref<void(Value, int64_t)> body) {
    int64_t whole = depth / kDotTerms;
    nest.loop(nest.index(0), nest.index(whole), 1, [&](Value block) { body(block, kDotTerms); });
    if (whole != blocks)
      body(nest.index(whole), depth - whole * kDotTerms);
  }

  void packPixels(Value start, int64_t pixels) {
    Value first = pixelOrigin ? nest.add(start, pixelOrigin) : start;
    forBlocks([&](Value block, int64_t count) {
      for (int64_t at = 0; at < pixels; at += lanes) {
        Value four = interleave(block, count, ArrayRef<Value>{nest.add(first, at)}, std::min(lanes, pixels - at));
        nest.write(four, packed, {block, nest.index(0), nest.index(at)});
      }
    });
  }

  void packWindow() {
    int64_t reach = x.reach(), before = x.before(), inside = x.inside();
    Value zero = scalar(nest.b.getI32Type(), op.getInputZero() * 0x01010101);
    forBlocks([&](Value block, int64_t count) {
      auto copy = [&](Value r, Value inputRow) {
        fillRow(packed, {block, r}, 0, before, zero);
        forPieces(inside, lanes, [&](Value start, int64_t pixels) {
          SmallVector<Value> at;
          if (spatial == 2)
            at.push_back(inputRow);
          at.push_back(start);
          nest.write(interleave(block, count, at, pixels), packed, {block, r, nest.add(start, before)});
        });
        fillRow(packed, {block, r}, before + inside, reach, zero);
      };
      forInputRows(copy, [&](Value r) { fillRow(packed, {block, r}, 0, reach, zero); });
    });
  }

  /// Bytes of `count` channels side by side in each of `pixels` lanes, unsigned.
  Value interleave(Value block, int64_t count, ArrayRef<Value> position, int64_t pixels) {
    auto bytes = VectorType::get(pixels, nest.b.getI8Type()), wide = VectorType::get(pixels, nest.b.getI32Type());
    Value four;
    for (int64_t i = 0; i < count; ++i) {
      SmallVector<Value> at = {nest.add(op.getOffsets()[0], image),
                               nest.apply(nest.b.getAffineDimExpr(0) * kDotTerms + i, {block})};
      llvm::append_range(at, position);
      Value value = arith::ExtUIOp::create(nest.b, nest.loc, wide, nest.read(bytes, input, at));
      if (i > 0)
        value = arith::OrIOp::create(nest.b, nest.loc, four,
                                     arith::ShLIOp::create(nest.b, nest.loc, value, splat(wide, 8 * i)));
      four = value;
    }
    return op.getSignedInput() ? arith::XOrIOp::create(nest.b, nest.loc, four, splat(wide, 0x80808080)).getResult()
                               : four;
  }

  //===------------------------------------------------------------------------------------------------------------===//
  // The register tile
  //===------------------------------------------------------------------------------------------------------------===//

  void expandTile(const Place &place, const Tile &tile) {
    Accumulators sums = begin(place, tile);
    sums = nest.loop(nest.index(0), nest.index(blocks), 1, sums, [&](Value block, ValueRange outer) {
      return nest.loop(nest.index(0), nest.index(y.kernel), 1, outer, [&](Value r, ValueRange middle) {
        return nest.loop(nest.index(0), nest.index(x.kernel), 1, middle, [&](Value s, ValueRange carried) {
          Accumulators next(carried);
          accumulate(place, tile, block, r, s, next);
          return next;
        });
      });
    });
    end(place, tile, sums);
  }

  void accumulate(const Place &place, const Tile &tile, Value block, Value r, Value s, Accumulators &sums) {
    SmallVector<DotProduct::Operand> pixels;
    for (int64_t first = 0; first < tile.pixels; first += lanes)
      pixels.push_back(dot.unsignedBytes(readPixels(place, block, r, s, first)));
    Value *sum = sums.begin();
    for (int64_t k = 0; k < tile.channels; ++k) {
      SmallVector<Value> middle = {block};
      if (spatial == 2)
        middle.push_back(r);
      middle.push_back(s);
      DotProduct::Operand factor = weights(absolute(place.channel, k), middle);
      for (const DotProduct::Operand &four : pixels) {
        *sum = dot.accumulate(*sum, four, factor);
        ++sum;
      }
    }
  }

  Value readPixels(const Place &place, Value block, Value r, Value s, int64_t first) {
    if (flat)
      return nest.read(words, packed, {block, nest.index(0), nest.index(first)});
    AffineExpr d0 = nest.b.getAffineDimExpr(0), d1 = nest.b.getAffineDimExpr(1);
    Value at = nest.apply(d0 * y.stride + d1 * y.dilation, {place.row, r});
    Value column = nest.apply(d0 * x.stride + d1 * x.dilation + first * x.stride, {place.pixel, s});
    auto all = VectorType::get(lanes * x.stride, nest.b.getI32Type());
    Value read = nest.read(all, packed, {block, at, column});
    if (x.stride == 1)
      return read;
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < lanes; ++lane)
      mask.push_back(lane * x.stride);
    return vector::ShuffleOp::create(nest.b, nest.loc, read, read, mask);
  }

  int64_t tileChannels, mostVectors, blocks;
  bool flat;
  Value packed, pixelOrigin;
};

} // namespace

void sinter::cpu::expandQuantizedChannels(OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit) {
  ChannelExpansion(b, op, unit).expand();
}
