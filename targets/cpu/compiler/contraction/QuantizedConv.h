// What both forms of 8-bit convolutions share: shapes, the register tile's ends, and how a row is cut into tiles.
//
// Pixels of an output row are the lanes of a vector, output channels (or, depthwise, rows) its accumulators: a tile is
// stored as it lies in the result. Weights are broadcast, four terms of a dot product at once; what a lane multiplies
// them with, four bytes of the input, comes from a copy of the input that has its padding, in scratch.
// ExpandQuantizedChannels makes the four of channels, ExpandQuantizedTaps of neighbours in a row.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_QUANTIZEDCONV_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_QUANTIZEDCONV_H

#include "targets/cpu/compiler/contraction/Contraction.h"
#include "targets/cpu/compiler/contraction/LoopNest.h"

namespace sinter::cpu {

/// Pixels [start, start + count * repeats) of a row in tiles of `count` that are alike.
struct PixelTiles {
  int64_t start, count, repeats;
};

class QuantizedConv {
public:
  QuantizedConv(mlir::OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit);

protected:
  /// One spatial dimension. `output` is the window's.
  struct Axis {
    int64_t input = 1, output = 1, kernel = 1, stride = 1, padLow = 0, padHigh = 0, dilation = 1;

    /// Input positions that all taps of the output positions meet, padding included.
    int64_t reach() const { return (output - 1) * stride + (kernel - 1) * dilation + 1; }
    /// Of these, padding in front, and the input's own behind it.
    int64_t before() const { return std::min(padLow, reach()); }
    int64_t inside() const { return std::min(input, reach() - before()); }
  };

  /// A tile's place: channel in the window, row in the window, pixel in the row.
  struct Place {
    mlir::Value channel, row, pixel;
  };

  /// Accumulators of `channels` by `rows` by `vectors`, in this order.
  struct Tile {
    int64_t channels, rows, pixels;
  };

  /// Tiles of at most `most` vectors that cover a row of `pixels`.
  llvm::SmallVector<PixelTiles> pixelTiles(int64_t pixels, int64_t most) const;
  int64_t vectorsOf(int64_t pixels) const { return (pixels + lanes - 1) / lanes; }

  /// Calls `body` for the tiles of a row.
  void forPixels(int64_t pixels, int64_t most, llvm::function_ref<void(mlir::Value start, int64_t count)> body);
  /// Calls `body` for channels [k, k + count) of the window, `most` at a time.
  void forChannels(int64_t most, llvm::function_ref<void(mlir::Value k, int64_t count)> body);

  /// A channel of the whole result.
  mlir::Value absolute(mlir::Value channel, int64_t offset = 0) {
    return nest.add(nest.add(op.getOffsets()[1], channel), offset);
  }

  /// Sums that begin with the bias.
  Accumulators begin(const Place &place, const Tile &tile);
  /// Requantizes and stores a tile.
  void end(const Place &place, const Tile &tile, const Accumulators &sums);
  /// Four weights of a channel in every lane.
  DotProduct::Operand weights(mlir::Value channel, llvm::ArrayRef<mlir::Value> middle);

  /// Copies rows of the input into a buffer whose rows have their padding: calls `copy` for a row of the input, and
  /// `fill` for one that is padding. `rows` are those that the window meets.
  void forInputRows(llvm::function_ref<void(mlir::Value row, mlir::Value inputRow)> copy,
                    llvm::function_ref<void(mlir::Value row)> fill);
  /// Stores `value` at [position…, from … to).
  void fillRow(mlir::Value buffer, llvm::ArrayRef<mlir::Value> position, int64_t from, int64_t to, mlir::Value value);
  /// Calls `body` for the pixels [0, count) of a row, `most` at a time.
  void forPieces(int64_t count, int64_t most, llvm::function_ref<void(mlir::Value start, int64_t count)> body);

  mlir::Value splat(mlir::VectorType type, int64_t value);
  mlir::Value scalar(mlir::Type type, int64_t value);
  mlir::Value allocate(llvm::ArrayRef<int64_t> shape, mlir::Type element);

  LoopNest nest;
  QuantizedConvOp op;
  IntegerUnit unit;
  int64_t spatial, images, window, channels, group, depth, lanes;
  Axis y, x;
  mlir::Value input, out, row, image;
  mlir::VectorType words;
  DotProduct dot;
};

void expandQuantizedChannels(mlir::OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit);
void expandQuantizedTaps(mlir::OpBuilder &b, QuantizedConvOp op, const IntegerUnit &unit);

} // namespace sinter::cpu

#endif
