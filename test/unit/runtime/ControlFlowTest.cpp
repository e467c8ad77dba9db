// The commands between segments: arithmetic, loads, branches, bounded loops.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <string.h>
#include <time.h>

using namespace sinter;
using namespace sinter::test;

// --- arithmetic ------------------------------------------------------------------------------------------------------

namespace {

/// Computes registers and branches to a segment that writes 1 to the output if register 0 equals `expected`.
class Arithmetic {
public:
  Arithmetic() : made(makeSum()) {
    programOf(made).scalars = 8;
    procedureOf(made).work.clear();
    procedureOf(made).commands.clear();
    procedureOf(made).work.push_back(makeFill(bindingOf(fb::BindingClass_output, 0), 1, 4));
    procedureOf(made).work.push_back(makeFill(bindingOf(fb::BindingClass_output, 0), 2, 4));
  }

  void add(std::unique_ptr<fb::CommandItemT> command) { procedureOf(made).commands.push_back(std::move(command)); }

  /// The outcome, and whether register 0 was `expected`.
  std::pair<sinter_code, bool> run(int64_t expected) {
    auto &commands = procedureOf(made).commands;
    add(makeConstant(6, expected));
    add(makeScalar(fb::ScalarOp_equal, 7, 0, 6));
    fb::BranchT branch;
    branch.condition = 7;
    branch.target = uint32_t(commands.size() + 3);
    add(makeCommand(std::move(branch)));
    add(makeSegment(1, 1, 2));
    fb::JumpT over;
    over.target = uint32_t(commands.size() + 2);
    add(makeCommand(std::move(over)));
    add(makeSegment(0, 1, 3));
    add(makeCommand(fb::EndT()));
    Package package(made.build());
    EXPECT_CODE(SINTER_OK, package.code, package.error);
    Context context(package);
    Buffers buffers(context);
    sinter_code code = context.run();
    error = context.error;
    uint32_t word;
    memcpy(&word, buffers.y.data(), 4);
    EXPECT_TRUE(code || word == 1 || word == 2);
    return {code, word == 1};
  }

  TestPackage made;
  Error error;
};

struct Case {
  fb::ScalarOp op;
  int64_t a, b, result;
};

} // namespace

TEST(ControlFlow, Arithmetic) {
  const Case cases[] = {{fb::ScalarOp_add, 5, -7, -2},
                        {fb::ScalarOp_sub, 5, -7, 12},
                        {fb::ScalarOp_mul, 5, -7, -35},
                        {fb::ScalarOp_floordiv, 7, 2, 3},
                        {fb::ScalarOp_floordiv, -7, 2, -4},
                        {fb::ScalarOp_floordiv, 7, -2, -4},
                        {fb::ScalarOp_floordiv, -8, 2, -4},
                        {fb::ScalarOp_ceildiv, 7, 2, 4},
                        {fb::ScalarOp_ceildiv, -7, 2, -3},
                        {fb::ScalarOp_ceildiv, 8, 2, 4},
                        {fb::ScalarOp_mod, 7, 3, 1},
                        {fb::ScalarOp_mod, -7, 3, 2},
                        {fb::ScalarOp_mod, 7, -3, -2},
                        {fb::ScalarOp_min, -1, 4, -1},
                        {fb::ScalarOp_max, -1, 4, 4},
                        {fb::ScalarOp_equal, 3, 3, 1},
                        {fb::ScalarOp_equal, 3, 4, 0},
                        {fb::ScalarOp_less, 3, 4, 1},
                        {fb::ScalarOp_less, 4, 3, 0},
                        {fb::ScalarOp_less, INT64_MIN, INT64_MAX, 1},
                        {fb::ScalarOp_add, INT64_MAX, 0, INT64_MAX}};
  for (const Case &test : cases) {
    Arithmetic arithmetic;
    arithmetic.add(makeConstant(1, test.a));
    arithmetic.add(makeConstant(2, test.b));
    arithmetic.add(makeScalar(test.op, 0, 1, 2));
    auto [code, isExpected] = arithmetic.run(test.result);
    EXPECT_EQ(code, SINTER_OK) << arithmetic.error.text;
    EXPECT_TRUE(isExpected) << fb::EnumNameScalarOp(test.op) << "(" << test.a << ", " << test.b << ")";
  }
}

TEST(ControlFlow, ArithmeticThatFails) {
  const Case cases[] = {{fb::ScalarOp_add, INT64_MAX, 1, 0},       {fb::ScalarOp_sub, INT64_MIN, 1, 0},
                        {fb::ScalarOp_mul, INT64_MAX, 2, 0},       {fb::ScalarOp_floordiv, 1, 0, 0},
                        {fb::ScalarOp_ceildiv, 1, 0, 0},           {fb::ScalarOp_mod, 1, 0, 0},
                        {fb::ScalarOp_floordiv, INT64_MIN, -1, 0}, {fb::ScalarOp_mod, INT64_MIN, -1, 0}};
  for (const Case &test : cases) {
    Arithmetic arithmetic;
    arithmetic.add(makeConstant(1, test.a));
    arithmetic.add(makeConstant(2, test.b));
    arithmetic.add(makeScalar(test.op, 0, 1, 2));
    EXPECT_EQ(arithmetic.run(0).first, SINTER_E_ARITHMETIC) << fb::EnumNameScalarOp(test.op);
  }
}

TEST(ControlFlow, Select) {
  for (int64_t condition : {0, 1, -1}) {
    Arithmetic arithmetic;
    arithmetic.add(makeConstant(1, condition));
    arithmetic.add(makeConstant(2, 20));
    arithmetic.add(makeConstant(3, 30));
    arithmetic.add(makeScalar(fb::ScalarOp_select, 0, 1, 2, /*value=*/3));
    EXPECT_TRUE(arithmetic.run(condition ? 20 : 30).second) << condition;
  }
}

TEST(ControlFlow, ResultsAreCheckedAgainstTheirBound) {
  Arithmetic arithmetic;
  auto command = makeConstant(0, 11);
  command->command.AsScalar()->max = 10;
  arithmetic.add(std::move(command));
  EXPECT_EQ(arithmetic.run(11).first, SINTER_E_BOUND);
  EXPECT_EQ(arithmetic.error.limit, 10);
  EXPECT_EQ(arithmetic.error.value, 11);
}

TEST(ControlFlow, RegistersBeginAtZeroInEveryRun) {
  Arithmetic arithmetic;
  arithmetic.add(makeConstant(1, 1));
  arithmetic.add(makeScalar(fb::ScalarOp_add, 0, 0, 1));
  EXPECT_TRUE(arithmetic.run(1).second);
}

// --- loads -----------------------------------------------------------------------------------------------------------

static std::unique_ptr<fb::CommandItemT> makeLoad(fb::Binding source, uint8_t width, uint32_t result, int64_t min,
                                                  int64_t max) {
  fb::LoadT load;
  load.source = std::make_unique<fb::Binding>(source);
  load.width = width;
  load.result = result;
  load.min = min;
  load.max = max;
  return makeCommand(std::move(load));
}

TEST(ControlFlow, LoadsSignExtend) {
  for (uint8_t width : {1, 2, 4, 8}) {
    Arithmetic arithmetic;
    procedureOf(arithmetic.made).work.push_back(makeFill(arenaAt(0, 16), uint64_t(-3), width));
    arithmetic.add(makeSegment(2, 1, 1));
    arithmetic.add(makeLoad(arenaAt(8, width), width, 0, INT64_MIN, INT64_MAX));
    auto [code, isExpected] = arithmetic.run(-3);
    EXPECT_EQ(code, SINTER_OK) << arithmetic.error.text;
    EXPECT_TRUE(isExpected) << int(width);
  }
}

TEST(ControlFlow, LoadsAreCheckedAgainstTheirBound) {
  TestPackage made = makeSum();
  programOf(made).scalars = 1;
  auto &commands = procedureOf(made).commands;
  commands.insert(commands.begin(), makeLoad(bindingOf(fb::BindingClass_input, 0, 4), 4, 0, 0, 100));
  Package package(made.build());
  ASSERT_CODE_OK(package);
  Context context(package);
  Buffers buffers(context); // holds floats: as integers far above 100
  EXPECT_EQ(context.run(), SINTER_E_BOUND);
  EXPECT_EQ(context.error.limit, 100);
  const int32_t small = 7;
  memcpy(buffers.a.data(), &small, 4);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
}

// --- loops -----------------------------------------------------------------------------------------------------------

TEST(ControlFlow, LoopsRepeat) {
  for (int64_t times : {0, 1, 5, 100}) {
    Package package(makeLoop(times, 100).build());
    ASSERT_CODE_OK(package);
    Context context(package);
    Buffers buffers(context);
    for (int i = 0; i < 2; ++i) {
      EXPECT_CODE(SINTER_OK, context.run(), context.error);
      float n = float(times);
      EXPECT_EQ(buffers.y.get(), (Floats{n, 2 * n, 3 * n, 4 * n})) << times;
    }
  }
}

TEST(ControlFlow, LoopsEndAtTheirLimit) {
  Package package(makeLoop(INT64_MAX, 10).build());
  ASSERT_CODE_OK(package);
  Context context(package);
  Buffers buffers(context);
  EXPECT_EQ(context.run(), SINTER_E_LOOP);
  EXPECT_EQ(context.error.limit, 10);
  EXPECT_EQ(context.run(), SINTER_E_LOOP) << "the context works on";
}

TEST(ControlFlow, LoopsCanBeCancelledAndHaveADeadline) {
  Package package(makeLoop(INT64_MAX, UINT64_MAX).build());
  ASSERT_CODE_OK(package);
  Context context(package);
  Buffers buffers(context);
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sinter_run_params params = sized<sinter_run_params>();
  params.deadline = uint64_t(now.tv_sec) * 1000000000 + uint64_t(now.tv_nsec) + 5000000;
  EXPECT_EQ(context.run(&params), SINTER_E_DEADLINE);
}
