// Fragment layouts: the place that they tell a test and the place that a kernel computes are the same.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/MatrixUnit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <gtest/gtest.h>
#include <set>

using namespace mlir;
using namespace sinter::gpu;

namespace {

/// What `value` is when `argument` is `number`: constants, sums, products, quotients and remainders.
int64_t evaluate(Value value, Value argument, int64_t number) {
  if (value == argument)
    return number;
  Operation *op = value.getDefiningOp();
  if (auto constant = dyn_cast<arith::ConstantIndexOp>(op))
    return constant.value();
  int64_t x = evaluate(op->getOperand(0), argument, number), y = evaluate(op->getOperand(1), argument, number);
  if (isa<arith::AddIOp>(op))
    return x + y;
  if (isa<arith::MulIOp>(op))
    return x * y;
  if (isa<arith::DivUIOp>(op))
    return x / y;
  EXPECT_TRUE(isa<arith::RemUIOp>(op)) << op->getName().getStringRef().str();
  return x % y;
}

TEST(MatrixUnit, KernelsComputeThePlaceThatTheLayoutSays) {
  const FragmentLayout layouts[] = {{{{0, 2}, {0, 4}, {1, 0}, {2, 0}, {4, 0}}, {{0, 1}, {8, 0}}},
                                    {{{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 4}, {0, 8}}, {{0, 1}, {0, 2}}},
                                    {{{1, 0}, {2, 0}, {4, 0}, {8, 0}, {0, 0}}, {{0, 1}, {0, 2}}},
                                    {{{0, 1}, {4, 0}, {0, 2}, {8, 0}, {16, 0}}, {}},
                                    {{{0, 0}, {0, 0}}, {{1, 0}}}};
  MLIRContext context;
  context.loadDialect<arith::ArithDialect>();
  for (const FragmentLayout &layout : layouts) {
    Location loc = UnknownLoc::get(&context);
    Block block;
    OpBuilder b(&context);
    b.setInsertionPointToEnd(&block);
    Value lane = block.addArgument(b.getIndexType(), loc);
    auto [row, column] = layout.firstOf(b, loc, lane);
    for (int64_t number = 0; number < layout.lanes(); ++number) {
      Place place = layout.placeOf(number, 0);
      EXPECT_EQ(evaluate(row, lane, number), place.row) << number;
      EXPECT_EQ(evaluate(column, lane, number), place.column) << number;
      Place last = layout.placeOf(number, layout.elements() - 1), offset = layout.offsetOf(layout.elements() - 1);
      EXPECT_EQ(last.row - place.row, offset.row);
      EXPECT_EQ(last.column - place.column, offset.column);
    }
  }
}

/// What a thread multiplies is what its sums are of: it asks no other.
TEST(MatrixUnit, TheUnitOfPlainMultiplyAddsNeedsNoOtherLane) {
  const MatrixUnit &unit = fmaUnit();
  std::set<std::pair<int64_t, int64_t>> seen;
  for (int64_t lane = 0; lane < unit.lanes(); ++lane)
    for (int64_t number = 0; number < unit.c.elements(); ++number) {
      Place place = unit.c.placeOf(lane, number);
      EXPECT_TRUE(seen.insert({place.row, place.column}).second);
      for (int64_t k = 0; k < unit.k; ++k) {
        EXPECT_EQ(unit.a.placeOf(lane, number / 2 * unit.k + k), (Place{place.row, k}));
        EXPECT_EQ(unit.b.placeOf(lane, number % 2 * unit.k + k), (Place{k, place.column}));
      }
    }
  EXPECT_EQ(seen.size(), size_t(unit.m * unit.n));
}

} // namespace
