// What a pass needs to know of an instruction that multiplies matrices.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/MatrixUnit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

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
  return std::nullopt;
}
