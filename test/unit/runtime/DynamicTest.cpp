// Dynamic shapes: symbols with bounds, resolved before a run; sizes that only the run can know.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <string.h>

using namespace sinter;
using namespace sinter::test;

namespace {
class Dynamic : public testing::Test {
protected:
  Dynamic() {
    for (sinter_shape *shape : {&inputs[0], &inputs[1], &output})
      *shape = sized<sinter_shape>();
    inputs[0].rank = inputs[1].rank = 1;
  }

  sinter_code resolve(int64_t a, int64_t b) {
    inputs[0].extent[0] = a;
    inputs[1].extent[0] = b;
    return sinter_resolve(context, 0, inputs, 2, &output, 1, &error);
  }

  Package package{makeDynamic().build()};
  Context context{package};
  sinter_shape inputs[2], output;
  Error error;
};
} // namespace

TEST_F(Dynamic, ValueInfoTellsSymbolAndBounds) {
  sinter_value_info info = sized<sinter_value_info>();
  ASSERT_EQ(sinter_value_get_info(package, 0, SINTER_INPUT, 0, &info, &error), SINTER_OK) << error.text;
  EXPECT_STREQ(info.symbol[0], "N");
  EXPECT_EQ(info.minimum[0], 2);
  EXPECT_EQ(info.extent[0], 4);
  EXPECT_EQ(info.bytes, 16u);
  ASSERT_EQ(sinter_value_get_info(package, 0, SINTER_OUTPUT, 0, &info, &error), SINTER_OK);
  EXPECT_STREQ(info.symbol[1], "");
}

TEST_F(Dynamic, ResolvesOutputsFromInputs) {
  ASSERT_CODE(SINTER_OK, context.code, context.error);
  ASSERT_EQ(resolve(3, 3), SINTER_OK) << error.text;
  EXPECT_EQ(output.rank, 2u);
  EXPECT_EQ(output.extent[0], 3);
}

// --- arithmetic before the run ---------------------------------------------------------------------------------------

/// What resolving N says of the output's second dimension, which the program computes in
/// register 1.
static int64_t foreseen(void (*change)(std::vector<std::unique_ptr<fb::CommandItemT>> &), int64_t n,
                        sinter_code expected = SINTER_OK) {
  TestPackage made = makeDynamic();
  programOf(made).scalars = 4;
  entryOf(made).outputs[0]->dims[1] = fb::Dim(1, -1, 1);
  auto &commands = procedureOf(made).commands;
  commands.erase(commands.begin());
  change(commands);
  Package package(made.build());
  EXPECT_CODE(SINTER_OK, package.code, package.error);
  Context context(package);
  sinter_shape inputs[2] = {sized<sinter_shape>(), sized<sinter_shape>()}, output = sized<sinter_shape>();
  inputs[0].rank = inputs[1].rank = 1;
  inputs[0].extent[0] = inputs[1].extent[0] = n;
  Error error;
  EXPECT_EQ(sinter_resolve(context, 0, inputs, 2, &output, 1, &error), expected) << error.text;
  return expected ? error.code : output.extent[1];
}

using Commands = std::vector<std::unique_ptr<fb::CommandItemT>>;

TEST(Foresight, ComputesWhatFollowsFromTheShapes) {
  auto square = [](Commands &c) { c.insert(c.begin(), makeScalar(fb::ScalarOp_mul, 1, 0, 0)); };
  EXPECT_EQ(foreseen(square, 3), 9);
  EXPECT_EQ(foreseen(square, 4), 16);
}

TEST(Foresight, FollowsBranchesThatShapesDecide) {
  // r1 := 7, unless N == 3, where it stays 1.
  auto branch = [](Commands &c) {
    Commands head;
    head.push_back(makeConstant(1, 1));
    head.push_back(makeConstant(2, 3));
    head.push_back(makeScalar(fb::ScalarOp_equal, 3, 0, 2));
    fb::BranchT over;
    over.condition = 3;
    over.target = 5;
    head.push_back(makeCommand(std::move(over)));
    head.push_back(makeConstant(1, 7));
    c.insert(c.begin(), std::make_move_iterator(head.begin()), std::make_move_iterator(head.end()));
  };
  EXPECT_EQ(foreseen(branch, 3), 1);
  EXPECT_EQ(foreseen(branch, 4), 7);
}

TEST(Foresight, LeavesToTheRunWhatDependsOnData) {
  auto load = [](Commands &c) {
    fb::LoadT read;
    read.source = std::make_unique<fb::Binding>(arenaAt(64, 4));
    read.width = 4;
    read.result = 2;
    read.min = INT64_MIN;
    read.max = INT64_MAX;
    c.insert(c.end() - 1, makeCommand(std::move(read)));
    c.insert(c.end() - 1, makeScalar(fb::ScalarOp_add, 1, 2, 0));
  };
  EXPECT_EQ(foreseen(load, 3), -1);
}

TEST(Foresight, ReportsArithmeticThatFails) {
  auto divide = [](Commands &c) { c.insert(c.begin(), makeScalar(fb::ScalarOp_floordiv, 1, 0, 2)); }; // register 2 is 0
  EXPECT_EQ(foreseen(divide, 3, SINTER_E_ARITHMETIC), SINTER_E_ARITHMETIC);
  auto bound = [](Commands &c) {
    auto add = makeScalar(fb::ScalarOp_add, 1, 0, 0);
    add->command.AsScalar()->max = 6;
    c.insert(c.begin(), std::move(add));
  };
  EXPECT_EQ(foreseen(bound, 4, SINTER_E_BOUND), SINTER_E_BOUND);
  EXPECT_EQ(foreseen(bound, 3), 6);
}

TEST_F(Dynamic, NamesTheBoundThatIsViolated) {
  EXPECT_EQ(resolve(5, 5), SINTER_E_BOUND);
  EXPECT_EQ(error.limit, 4);
  EXPECT_EQ(error.value, 5);
  EXPECT_NE(strstr(error.text, "N"), nullptr);
  EXPECT_EQ(resolve(1, 1), SINTER_E_BOUND);
  EXPECT_EQ(error.limit, 2);
  EXPECT_EQ(resolve(-1, -1), SINTER_E_BOUND);
}

TEST_F(Dynamic, ASymbolHasOneValue) {
  EXPECT_EQ(resolve(2, 3), SINTER_E_BOUND);
  EXPECT_EQ(error.limit, 2);
  EXPECT_EQ(error.value, 3);
}

TEST_F(Dynamic, RunsOnlyOnceResolved) {
  Buffers buffers(context);
  EXPECT_EQ(context.run(), SINTER_E_UNBOUND);
  ASSERT_EQ(resolve(2, 2), SINTER_OK);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(resolve(2, 9), SINTER_E_BOUND);
  EXPECT_EQ(context.run(), SINTER_E_UNBOUND) << "a shape that failed to resolve is none";
}

TEST_F(Dynamic, BuffersHoldTheResolvedShape) {
  Block block(64);
  ASSERT_EQ(resolve(2, 2), SINTER_OK);
  EXPECT_EQ(context.bind(SINTER_INPUT, 0, block.data(), 7), SINTER_E_BUFFER);
  EXPECT_EQ(error.code, SINTER_OK);
  EXPECT_EQ(context.bind(SINTER_INPUT, 0, block.data(), 8), SINTER_OK) << context.error.text;
}

TEST_F(Dynamic, AShapeResolvedAfterBindingIsCheckedAgain) {
  Buffers buffers(context);
  ASSERT_EQ(resolve(2, 2), SINTER_OK);
  ASSERT_EQ(context.bind(SINTER_INPUT, 0, buffers.a.data(), 8), SINTER_OK);
  ASSERT_EQ(resolve(4, 4), SINTER_OK);
  EXPECT_EQ(context.run(), SINTER_E_BUFFER);
  EXPECT_EQ(context.error.limit, 16);
  EXPECT_EQ(context.error.value, 8);
}

TEST_F(Dynamic, OutputShapesKnowWhatTheRunComputed) {
  sinter_shape shape = sized<sinter_shape>();
  EXPECT_EQ(sinter_output_shape(context, 0, 0, &shape, &error), SINTER_E_UNBOUND);
  Buffers buffers(context);
  ASSERT_EQ(resolve(3, 3), SINTER_OK);
  ASSERT_CODE(SINTER_OK, context.run(), context.error);
  ASSERT_EQ(sinter_output_shape(context, 0, 0, &shape, &error), SINTER_OK);
  EXPECT_EQ(shape.rank, 2u);
  EXPECT_EQ(shape.extent[0], 3);
  EXPECT_EQ(shape.extent[1], 1);
  EXPECT_EQ(sinter_output_shape(context, 0, 1, &shape, &error), SINTER_E_NOT_FOUND);
}

TEST_F(Dynamic, CountsMustFit) {
  EXPECT_EQ(sinter_resolve(context, 0, inputs, 1, nullptr, 0, &error), SINTER_E_ARGUMENT);
  EXPECT_EQ(sinter_resolve(context, 0, nullptr, 2, nullptr, 0, &error), SINTER_E_ARGUMENT);
  EXPECT_EQ(sinter_resolve(context, 1, inputs, 2, nullptr, 0, &error), SINTER_E_NOT_FOUND);
  inputs[0].rank = 2;
  EXPECT_EQ(resolve(2, 2), SINTER_E_ARGUMENT);
}

TEST(StaticShapes, AreChecked) {
  Package package(makeSum().build());
  Context context(package);
  sinter_shape inputs[2] = {sized<sinter_shape>(), sized<sinter_shape>()}, output = sized<sinter_shape>();
  inputs[0].rank = inputs[1].rank = 1;
  inputs[0].extent[0] = inputs[1].extent[0] = 4;
  Error error;
  EXPECT_EQ(sinter_resolve(context, 0, inputs, 2, &output, 1, &error), SINTER_OK);
  EXPECT_EQ(output.extent[0], 4);
  inputs[1].extent[0] = 3;
  EXPECT_EQ(sinter_resolve(context, 0, inputs, 2, &output, 1, &error), SINTER_E_BOUND);
  EXPECT_EQ(error.limit, 4);
  EXPECT_EQ(error.value, 3);
}

TEST(DynamicVerify, RefusesWhatCannotBeBounded) {
  struct {
    const char *what;
    void (*apply)(TestPackage &);
  } changes[] = {
      {"symbol above the dimension", [](TestPackage &p) { p.metadata.symbols[0]->max = 5; }},
      {"empty range", [](TestPackage &p) { p.metadata.symbols[0]->max = 1; }},
      {"negative", [](TestPackage &p) { p.metadata.symbols[0]->min = -1; }},
      {"register", [](TestPackage &p) { p.metadata.symbols[0]->scalar = 2; }},
      {"copy of a dynamic input",
       [](TestPackage &p) { procedureOf(p).work[0] = makeCopy(bindingOf(fb::BindingClass_input, 0), arenaAt(0)); }},
      {"fill of a dynamic output",
       [](TestPackage &p) { procedureOf(p).work[0] = makeFill(bindingOf(fb::BindingClass_output, 0), 0, 1); }},
  };
  for (const auto &change : changes) {
    TestPackage made = makeDynamic();
    change.apply(made);
    Package package(made.build());
    EXPECT_EQ(package.code, SINTER_E_FORMAT) << change.what << ": " << package.error.text;
  }
}
