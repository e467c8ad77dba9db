// 8-bit convolutions over few channels, and depthwise ones: a dot product adds four taps of a kernel row.
//
// Rows of the input are copied with their padding. Two shuffles then bring the taps of each pixel into its lane. A
// depthwise tile has several output rows, which share the rows of the input that they have in common.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/QuantizedConv.h"

using namespace mlir;
using namespace sinter::cpu;

namespace {

class TapExpansion : QuantizedConv {
public:
  TapExpansion(OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit) : QuantizedConv(b, op, unit) {
    bool manyRegisters = unit.registers >= 32;
    depthwise = group > 1;
    tileChannels = depthwise ? 1 : manyRegisters ? 8 : 4;
    tileRows = !depthwise ? 1 : manyRegisters ? 4 : 2;
    mostVectors = manyRegisters && unit.dot == IntegerDot::Vpdpbusd ? 3 : 2;
    tapBlocks = (x.kernel + kDotTerms - 1) / kDotTerms;
    // Pixels of four lanes read 16 bytes from where the first of them begins.
    readBytes = llvm::PowerOf2Ceil(4 * x.stride * (lanes / 4 - 1) + 16);
  }

  void expand() {
    int64_t last = (vectorsOf(x.output) - 1) * lanes * x.stride + (tapBlocks - 1) * kDotTerms * x.dilation;
    rows = allocate({depth, y.reach(), std::max(last + readBytes, x.reach())}, nest.b.getI8Type());
    nest.loop(nest.index(0), nest.index(images), 1, [&](Value n) {
      image = n;
      if (!depthwise) {
        copyChannels(nest.index(0));
        return expandChannels();
      }
      forChannels(1, [&](Value k, int64_t) {
        AffineExpr d0 = nest.b.getAffineDimExpr(0);
        copyChannels(nest.apply(d0 * depth, {absolute(k)}));
        forPieces(y.output, tileRows, [&](Value i, int64_t count) {
          forPixels(x.output, mostVectors,
                    [&](Value start, int64_t pixels) { expandTile({k, i, start}, {1, count, pixels}); });
        });
      });
    });
  }

private:
  void expandChannels() {
    nest.loop(nest.index(0), nest.index(y.output), 1, [&](Value i) {
      forPixels(x.output, mostVectors, [&](Value start, int64_t pixels) {
        forChannels(tileChannels, [&](Value k, int64_t count) { expandTile({k, i, start}, {count, 1, pixels}); });
      });
    });
  }

  /// Channels [first, first + depth) of the input, unsigned, with their padding.
  void copyChannels(Value first) {
    int64_t reach = x.reach(), before = x.before(), inside = x.inside();
    Value zero = scalar(nest.b.getI8Type(), op.getInputZero());
    nest.loop(nest.index(0), nest.index(depth), 1, [&](Value c) {
      auto copy = [&](Value r, Value inputRow) {
        fillRow(rows, {c, r}, 0, before, zero);
        forPieces(inside, lanes * 4, [&](Value start, int64_t pixels) {
          auto type = VectorType::get(pixels, nest.b.getI8Type());
          SmallVector<Value> at = {nest.add(op.getOffsets()[0], image), nest.add(first, c)};
          if (spatial == 2)
            at.push_back(inputRow);
          at.push_back(start);
          Value bytes = nest.read(type, input, at);
          if (op.getSignedInput())
            bytes = arith::XOrIOp::create(nest.b, nest.loc, bytes, splat(type, 0x80));
          nest.write(bytes, rows, {c, r, nest.add(start, before)});
        });
        fillRow(rows, {c, r}, before + inside, reach, zero);
      };
      forInputRows(copy, [&](Value r) { fillRow(rows, {c, r}, 0, reach, zero); });
    });
  }

  void expandTile(const Place &place, const Tile &tile) {
    Accumulators sums = begin(place, tile);
    sums = nest.loop(nest.index(0), nest.index(depth), 1, sums, [&](Value c, ValueRange carried) {
      Accumulators next(carried);
      int64_t met = (tile.rows - 1) * y.stride + (y.kernel - 1) * y.dilation + 1;
      for (int64_t j = 0; j < met; ++j)
        for (int64_t block = 0; block < tapBlocks; ++block)
          accumulateRow(place, tile, c, j, block, next);
      return next;
    });
    end(place, tile, sums);
  }

  /// What row `j` of those that the tile meets gives to each of its rows, by taps [4 * block, 4 * block + 4).
  void accumulateRow(const Place &place, const Tile &tile, Value c, int64_t j, int64_t block, Accumulators &sums) {
    int64_t vectors = vectorsOf(tile.pixels);
    SmallVector<DotProduct::Operand> pixels;
    for (int64_t i = 0; i < tile.rows; ++i) {
      int64_t below = j - i * y.stride, r = below / y.dilation;
      if (below < 0 || below % y.dilation != 0 || r >= y.kernel)
        continue;
      if (pixels.empty())
        for (int64_t first = 0; first < tile.pixels; first += lanes)
          pixels.push_back(dot.unsignedBytes(taps(place, c, j, block, first)));
      for (int64_t k = 0; k < tile.channels; ++k) {
        SmallVector<Value> middle = {nest.index(block), c};
        if (spatial == 2)
          middle.push_back(nest.index(r));
        DotProduct::Operand factor = weights(absolute(place.channel, k), middle);
        for (auto [v, four] : llvm::enumerate(pixels)) {
          Value &sum = sums[(k * tile.rows + i) * vectors + v];
          sum = dot.accumulate(sum, four, factor);
        }
      }
    }
  }

  /// Lane p: four taps of pixel `first` + p. First every 16 bytes get what their four pixels read, then each its taps.
  Value taps(const Place &place, Value c, int64_t j, int64_t block, int64_t first) {
    AffineExpr d0 = nest.b.getAffineDimExpr(0);
    Value row = nest.apply(d0 * y.stride + j, {place.row});
    Value column = nest.apply(d0 * x.stride + first * x.stride + block * kDotTerms * x.dilation, {place.pixel});
    Value bytes = nest.read(VectorType::get(readBytes, nest.b.getI8Type()), rows, {c, row, column});
    Value read =
        vector::BitCastOp::create(nest.b, nest.loc, VectorType::get(readBytes / 4, nest.b.getI32Type()), bytes);
    SmallVector<int64_t> quarters, spread;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      quarters.push_back(lane / 4 * x.stride + lane % 4);
      for (int64_t tap = 0; tap < kDotTerms; ++tap)
        spread.push_back(lane / 4 * 16 + lane % 4 * x.stride + tap * x.dilation);
    }
    Value near = vector::ShuffleOp::create(nest.b, nest.loc, read, read, quarters);
    near = vector::BitCastOp::create(nest.b, nest.loc, VectorType::get(lanes * 4, nest.b.getI8Type()), near);
    Value spreaded = vector::ShuffleOp::create(nest.b, nest.loc, near, near, spread);
    return vector::BitCastOp::create(nest.b, nest.loc, words, spreaded);
  }

  bool depthwise;
  int64_t tileChannels, tileRows, mostVectors, tapBlocks, readBytes;
  Value rows;
};

} // namespace

void sinter::cpu::expandQuantizedTaps(OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit) {
  TapExpansion(b, op, unit).expand();
}
