// What a pass needs to know of an instruction that multiplies matrices.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/MatrixUnit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sinter::gpu;

Place FragmentLayout::sum(ArrayRef<Place> bits, int64_t number) {
  Place place;
  for (auto [bit, step] : llvm::enumerate(bits))
    if (number >> bit & 1) {
      place.row += step.row;
      place.column += step.column;
    }
  return place;
}

Place FragmentLayout::placeOf(int64_t laneNumber, int64_t number) const {
  Place first = sum(lane, laneNumber), offset = offsetOf(number);
  return {first.row + offset.row, first.column + offset.column};
}

/// Sum over the bits of `number` of what each is worth. Neighbours, each worth twice the one before, are one product.
static Value weigh(OpBuilder &b, Location loc, Value number, ArrayRef<int64_t> worth) {
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, loc, value); };
  Value sum;
  for (size_t first = 0, end; first < worth.size(); first = end) {
    for (end = first + 1; end < worth.size() && worth[end] == 2 * worth[end - 1];)
      ++end;
    if (!worth[first])
      continue;
    Value part = number;
    if (first)
      part = arith::DivUIOp::create(b, loc, part, constant(int64_t(1) << first));
    if (end < worth.size())
      part = arith::RemUIOp::create(b, loc, part, constant(int64_t(1) << (end - first)));
    if (worth[first] != 1)
      part = arith::MulIOp::create(b, loc, part, constant(worth[first]));
    sum = sum ? Value(arith::AddIOp::create(b, loc, sum, part)) : part;
  }
  return sum ? sum : constant(0);
}

std::pair<Value, Value> FragmentLayout::firstOf(OpBuilder &b, Location loc, Value laneNumber) const {
  SmallVector<int64_t> rows, columns;
  for (const Place &step : lane) {
    rows.push_back(step.row);
    columns.push_back(step.column);
  }
  Value row = weigh(b, loc, laneNumber, rows);
  return {row, weigh(b, loc, laneNumber, columns)};
}

std::optional<MatrixElement> sinter::gpu::matrixElementOf(Type type) {
  if (type.isF16())
    return MatrixElement::F16;
  if (type.isBF16())
    return MatrixElement::BF16;
  if (type.isInteger(8))
    return MatrixElement::I8;
  if (type.isF32())
    return MatrixElement::F32;
  return std::nullopt;
}

//===--- f32 ------------------------------------------------------------------------------------------------------===//

namespace {

/// A thread has 2 rows and 2 columns of a unit, and 4 neighbours along k, which are one load. Eight lanes stand along
/// rows, which are in different banks, four along columns.
constexpr int64_t fmaDepth = 4;

Value buildFma(OpBuilder &b, Location loc, const MatrixOperands &operands) {
  SmallVector<Value> sums;
  for (int64_t number = 0; number < 4; ++number) {
    Value sum = vector::ExtractOp::create(b, loc, operands.c, number);
    const int64_t column = number % 2, row = number / 2;
    for (int64_t k = 0; k < fmaDepth; ++k) {
      Value x = vector::ExtractOp::create(b, loc, operands.a, row * fmaDepth + k);
      Value y = vector::ExtractOp::create(b, loc, operands.b, column * fmaDepth + k);
      sum = math::FmaOp::create(b, loc, x, y, sum);
    }
    sums.push_back(sum);
  }
  return vector::FromElementsOp::create(b, loc, cast<VectorType>(operands.c.getType()), sums);
}

} // namespace

const MatrixUnit &sinter::gpu::fmaUnit() {
  static const MatrixUnit unit = {"fma.f32",
                                  MatrixElement::F32,
                                  16,
                                  8,
                                  fmaDepth,
                                  {{{0, 0}, {0, 0}, {1, 0}, {2, 0}, {4, 0}}, {{0, 1}, {0, 2}, {8, 0}}},
                                  {{{0, 1}, {0, 2}, {0, 0}, {0, 0}, {0, 0}}, {{1, 0}, {2, 0}, {0, 4}}},
                                  {{{0, 1}, {0, 2}, {1, 0}, {2, 0}, {4, 0}}, {{0, 4}, {8, 0}}},
                                  false,
                                  buildFma};
  return unit;
}
