// Register-tiled contractions: how their work is split, and the pieces that both expansions are made of.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CONTRACTION_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CONTRACTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "targets/cpu/compiler/contraction/DotProduct.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

namespace sinter::cpu {

/// What a variant's registers hold.
struct RegisterTile {
  int64_t lanes;   ///< f32 elements of a vector.
  int64_t vectors; ///< Vectors side by side: channels or columns.
  int64_t rows;    ///< Most rows (pixels) of accumulators.

  int64_t columns() const { return lanes * vectors; }
};

/// For vectors of `vectorBytes` and so many registers, when `columns` are there to be computed.
RegisterTile chooseRegisterTile(unsigned vectorBytes, unsigned registers, int64_t columns, int64_t rows);

/// Rows of equal tiles that cover `size` with at most `most` each: {14, 14, 12} for 40.
llvm::SmallVector<int64_t> splitRows(int64_t size, int64_t most);

/// Accumulators of one register tile, row by row: rows * vectors vectors.
using Accumulators = llvm::SmallVector<mlir::Value>;

/// acc[row][v] += broadcast(scalars[row]) * columns[v], for rows whose scalar is there.
void multiplyAccumulate(mlir::OpBuilder &b, mlir::Location loc, Accumulators &acc, llvm::ArrayRef<mlir::Value> scalars,
                        llvm::ArrayRef<mlir::Value> columns);

Accumulators zeroAccumulators(mlir::OpBuilder &b, mlir::Location loc, int64_t rows, const RegisterTile &tile);

/// Transposes L vectors of L lanes (L a power of two).
llvm::SmallVector<mlir::Value> transposeSquare(mlir::OpBuilder &b, mlir::Location loc,
                                               llvm::ArrayRef<mlir::Value> rows);

/// Whether a convolution's images are one column wide: its pixels are the rows, which then are not
/// split.
bool isColumn(ConvOp op);

/// Writes the loops over register tiles that do a window operation's work on buffers, before it.
mlir::LogicalResult expandConv(mlir::RewriterBase &rewriter, ConvOp op, unsigned vectorBytes, unsigned registers);
mlir::LogicalResult expandRowConv(mlir::RewriterBase &rewriter, RowConvOp op, unsigned vectorBytes, unsigned registers);
mlir::LogicalResult expandMatmul(mlir::RewriterBase &rewriter, MatmulOp op, unsigned vectorBytes, unsigned registers);

/// What a variant has for 8-bit products.
struct IntegerUnit {
  IntegerDot dot;
  unsigned vectorBytes, registers;
};
mlir::LogicalResult expandQuantizedConv(mlir::RewriterBase &rewriter, QuantizedConvOp op, const IntegerUnit &unit);
mlir::LogicalResult expandQuantizedMatmul(mlir::RewriterBase &rewriter, QuantizedMatmulOp op, const IntegerUnit &unit);

} // namespace sinter::cpu

#endif
