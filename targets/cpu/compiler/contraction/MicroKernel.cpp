// The pieces of a register-tiled contraction.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/compiler/contraction/Contraction.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace sinter::cpu;

namespace {

constexpr int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Cycles of one reduction step of a tile: its multiply-adds, or the latency that they wait for, and what loads of
/// their own broadcasts cost.
double cyclesOf(int64_t rows, int64_t vectors, bool broadcasts) {
  return std::max(rows * vectors, int64_t(8)) + (broadcasts ? (rows + vectors) / 4.0 : 0);
}

} // namespace

RegisterTile sinter::cpu::chooseRegisterTile(unsigned vectorBytes, unsigned registers, int64_t columns, int64_t rows) {
  // A narrower vector leaves no lanes idle; no vector is shorter than any processor's.
  int64_t lanes = std::min<int64_t>(vectorBytes / 4, std::max<int64_t>(4, llvm::PowerOf2Ceil(columns)));
  // Accumulators and a row of columns are in registers at once; and a broadcast scalar, but for instruction sets that
  // multiply by an element of memory, which those of many registers are.
  bool broadcasts = registers < 32;
  RegisterTile best{lanes, 1, 1};
  double bestCycles = INFINITY;
  for (int64_t vectors = 1; vectors <= 8; vectors *= 2) {
    int64_t most = std::min<int64_t>((registers - vectors - broadcasts) / vectors, 14);
    if (most < 1 || (vectors > 1 && vectors * lanes >= 2 * columns))
      break;
    int64_t tiles = ceilDiv(rows, most), perTile = ceilDiv(rows, tiles);
    double cycles = tiles * ceilDiv(columns, vectors * lanes) * cyclesOf(perTile, vectors, broadcasts);
    if (cycles < bestCycles) {
      bestCycles = cycles;
      best = {lanes, vectors, most};
    }
  }
  return best;
}

SmallVector<int64_t> sinter::cpu::splitRows(int64_t size, int64_t most) {
  SmallVector<int64_t> rows;
  int64_t tile = size ? ceilDiv(size, ceilDiv(size, most)) : 1;
  for (int64_t at = 0; at < size; at += tile)
    rows.push_back(std::min(tile, size - at));
  return rows;
}

Accumulators sinter::cpu::zeroAccumulators(OpBuilder &b, Location loc, int64_t rows, const RegisterTile &tile) {
  auto type = VectorType::get(tile.lanes, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return Accumulators(rows * tile.vectors, zero);
}

void sinter::cpu::multiplyAccumulate(OpBuilder &b, Location loc, Accumulators &acc, ArrayRef<Value> scalars,
                                     ArrayRef<Value> columns) {
  for (auto [row, scalar] : llvm::enumerate(scalars)) {
    if (!scalar)
      continue;
    Value spread = vector::BroadcastOp::create(b, loc, columns.front().getType(), scalar);
    for (auto [v, column] : llvm::enumerate(columns)) {
      Value &sum = acc[row * columns.size() + v];
      sum = vector::FMAOp::create(b, loc, spread, column, sum);
    }
  }
}

SmallVector<Value> sinter::cpu::transposeSquare(OpBuilder &b, Location loc, ArrayRef<Value> rows) {
  SmallVector<Value> values(rows);
  auto lanes = static_cast<int64_t>(rows.size());
  // Butterflies: at distance d, rows i and i + d exchange the blocks of d lanes that lie off the diagonal.
  for (int64_t d = 1; d < lanes; d *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      bool second = lane & d;
      low.push_back(second ? lanes + lane - d : lane);
      high.push_back(second ? lanes + lane : lane + d);
    }
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & d)
        continue;
      Value a = values[i], c = values[i + d];
      values[i] = vector::ShuffleOp::create(b, loc, a, c, low);
      values[i + d] = vector::ShuffleOp::create(b, loc, a, c, high);
    }
  }
  return values;
}
