// State: kept between runs, saved, restored, reset, cut.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <string.h>

using namespace sinter;
using namespace sinter::test;

namespace {
/// An accumulator y = s + x, s := y with x = {1, 2, 3, 4}.
class State : public testing::Test {
protected:
  explicit State(bool hasInitialValue = false) : package(makeAccumulator(hasInitialValue).build()), context(package) {
    x.set({1, 2, 3, 4});
    EXPECT_CODE(SINTER_OK, context.code, context.error);
    EXPECT_CODE(SINTER_OK, context.bind(SINTER_INPUT, 0, x), context.error);
    EXPECT_CODE(SINTER_OK, context.bind(SINTER_OUTPUT, 0, y), context.error);
  }

  void expectNext(const Floats &expected) {
    EXPECT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(y.get(), expected);
  }

  void failARun() {
    const int32_t cancel = 1;
    sinter_run_params params = sized<sinter_run_params>();
    params.cancel = &cancel;
    EXPECT_EQ(context.run(&params), SINTER_E_CANCELLED);
  }

  Package package;
  Context context;
  Block x{kTensorBytes}, y{kTensorBytes};
  Error error;
};

struct InitialisedState : State {
  InitialisedState() : State(true) {}
};
} // namespace

TEST_F(State, BeginsAtZeroAndIsKept) {
  expectNext({1, 2, 3, 4});
  expectNext({2, 4, 6, 8});
}

TEST_F(InitialisedState, BeginsAtItsConstant) {
  expectNext({101, 202, 303, 404});
  EXPECT_EQ(sinter_state_reset(context, &error), SINTER_OK);
  expectNext({101, 202, 303, 404});
}

TEST_F(State, BelongsToItsContext) {
  expectNext({1, 2, 3, 4});
  Context other(package);
  Block otherY(kTensorBytes);
  ASSERT_EQ(other.bind(SINTER_INPUT, 0, x), SINTER_OK);
  ASSERT_EQ(other.bind(SINTER_OUTPUT, 0, otherY), SINTER_OK);
  EXPECT_EQ(other.run(), SINTER_OK);
  EXPECT_EQ(otherY.get(), (Floats{1, 2, 3, 4}));
  expectNext({2, 4, 6, 8});
}

TEST_F(State, IsResetSavedAndRestored) {
  sinter_state_info info = sized<sinter_state_info>();
  ASSERT_EQ(sinter_state_get_info(package, 0, &info, &error), SINTER_OK);
  EXPECT_STREQ(info.name, "s");
  EXPECT_EQ(info.bytes, kTensorBytes);
  EXPECT_EQ(info.axis, -1);
  expectNext({1, 2, 3, 4});
  Block saved(info.save_bytes);
  EXPECT_EQ(sinter_state_save(context, 0, saved.data(), info.save_bytes, &error), SINTER_OK);
  expectNext({2, 4, 6, 8});
  EXPECT_EQ(sinter_state_reset(context, &error), SINTER_OK);
  expectNext({1, 2, 3, 4});
  expectNext({2, 4, 6, 8});
  EXPECT_EQ(sinter_state_restore(context, 0, saved.data(), info.save_bytes, &error), SINTER_OK);
  expectNext({2, 4, 6, 8});
}

TEST_F(State, TakesNoBuffer) {
  EXPECT_EQ(context.bind(SINTER_INPUT, 1, x), SINTER_E_ARGUMENT);
  EXPECT_EQ(context.bind(SINTER_OUTPUT, 1, y), SINTER_E_ARGUMENT);
}

TEST_F(State, IsInvalidAfterAFailedRun) {
  expectNext({1, 2, 3, 4});
  Block saved(kTensorBytes);
  ASSERT_EQ(sinter_state_save(context, 0, saved.data(), kTensorBytes, &error), SINTER_OK);
  failARun();
  EXPECT_EQ(context.run(), SINTER_E_STATE);
  EXPECT_EQ(sinter_state_save(context, 0, saved.data(), kTensorBytes, &error), SINTER_E_STATE);
  EXPECT_EQ(sinter_state_restore(context, 0, saved.data(), kTensorBytes, &error), SINTER_OK);
  expectNext({2, 4, 6, 8});
  failARun();
  EXPECT_EQ(sinter_state_reset(context, &error), SINTER_OK);
  expectNext({1, 2, 3, 4});
}

TEST_F(State, AnUnboundRunLeavesItValid) {
  expectNext({1, 2, 3, 4});
  ASSERT_EQ(context.bind(SINTER_INPUT, 0, nullptr, 0), SINTER_OK);
  EXPECT_EQ(context.run(), SINTER_E_UNBOUND);
  ASSERT_EQ(context.bind(SINTER_INPUT, 0, x), SINTER_OK);
  expectNext({2, 4, 6, 8});
}

TEST_F(State, RefusesBuffersThatDoNotFit) {
  Block buffer(kTensorBytes);
  EXPECT_EQ(sinter_state_save(context, 0, buffer.data(), kTensorBytes - 1, &error), SINTER_E_BUFFER);
  EXPECT_EQ(sinter_state_save(context, 0, nullptr, kTensorBytes, &error), SINTER_E_BUFFER);
  EXPECT_EQ(sinter_state_restore(context, 0, buffer.data(), kTensorBytes - 1, &error), SINTER_E_BUFFER);
  EXPECT_EQ(sinter_state_save(context, 1, buffer.data(), kTensorBytes, &error), SINTER_E_NOT_FOUND);
  EXPECT_EQ(sinter_state_restore(context, 1, buffer.data(), kTensorBytes, &error), SINTER_E_NOT_FOUND);
  EXPECT_EQ(sinter_state_get_info(package, 1, nullptr, &error), SINTER_E_NOT_FOUND);
}

TEST_F(State, OfFixedSizeCannotBeCut) {
  EXPECT_EQ(sinter_state_truncate(context, 0, 1, &error), SINTER_E_UNSUPPORTED);
  EXPECT_EQ(sinter_state_truncate(context, 1, 1, &error), SINTER_E_NOT_FOUND);
}

// --- that grows ------------------------------------------------------------------------------------------------------

/// The accumulator, whose state counts along its dimension: every run appends one element, up to 4.
/// The length is in register 0, which is also the output's second dimension.
static TestPackage makeGrowing() {
  TestPackage made = makeAccumulator(true);
  programOf(made).scalars = 2;
  made.metadata.states[0]->dims[0] = fb::Dim(kElements, -1, 0);
  made.metadata.states[0]->length = 1;
  entryOf(made).outputs[0]->dims.push_back(fb::Dim(1, -1, 0));
  auto &commands = procedureOf(made).commands;
  commands.insert(commands.begin(), makeScalar(fb::ScalarOp_add, 0, 0, 1));
  commands.insert(commands.begin(), makeConstant(1, 1));
  procedureOf(made).work[1] = makeCopy(arenaAt(64), bindingOf(fb::BindingClass_state, 0));
  procedureOf(made).work[0]->work.AsDispatch()->bindings[2] = arenaAt(64);
  return made;
}

namespace {
class Growing : public testing::Test {
protected:
  Growing() {
    EXPECT_EQ(context.bind(SINTER_INPUT, 0, x), SINTER_OK);
    EXPECT_EQ(context.bind(SINTER_OUTPUT, 0, y), SINTER_OK);
  }

  void expectLengthAfterRun(int64_t length) {
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    sinter_shape shape = sized<sinter_shape>();
    ASSERT_EQ(sinter_output_shape(context, 0, 0, &shape, &error), SINTER_OK) << error.text;
    EXPECT_EQ(shape.extent[1], length);
  }

  Package package{makeGrowing().build()};
  Context context{package};
  Block x{kTensorBytes}, y{kTensorBytes};
  Error error;
};
} // namespace

TEST_F(Growing, InfoTellsTheAxisAndWhatSavingWrites) {
  sinter_state_info info = sized<sinter_state_info>();
  ASSERT_EQ(sinter_state_get_info(package, 0, &info, &error), SINTER_OK) << error.text;
  EXPECT_EQ(info.axis, 0);
  EXPECT_EQ(info.bytes, kTensorBytes);
  EXPECT_EQ(info.save_bytes, kTensorBytes + 8);
}

TEST_F(Growing, KeepsItsLengthBetweenRunsUpToItsBound) {
  for (int64_t length : {2, 3, 4})
    expectLengthAfterRun(length);
  EXPECT_EQ(context.run(), SINTER_E_BOUND);
  EXPECT_EQ(context.error.limit, 4);
  EXPECT_EQ(context.error.value, 5);
  EXPECT_EQ(context.run(), SINTER_E_STATE);
  EXPECT_EQ(sinter_state_truncate(context, 0, 0, &error), SINTER_E_STATE);
  ASSERT_EQ(sinter_state_reset(context, &error), SINTER_OK);
  expectLengthAfterRun(2);
}

TEST_F(Growing, IsCut) {
  expectLengthAfterRun(2);
  expectLengthAfterRun(3);
  EXPECT_EQ(sinter_state_truncate(context, 0, 4, &error), SINTER_E_BOUND);
  EXPECT_EQ(error.limit, 3);
  EXPECT_EQ(error.value, 4);
  EXPECT_EQ(sinter_state_truncate(context, 0, -1, &error), SINTER_E_BOUND);
  ASSERT_EQ(sinter_state_truncate(context, 0, 1, &error), SINTER_OK) << error.text;
  expectLengthAfterRun(2);
  ASSERT_EQ(sinter_state_truncate(context, 0, 0, &error), SINTER_OK) << error.text;
  EXPECT_EQ(sinter_state_truncate(context, 0, 1, &error), SINTER_E_BOUND);
  expectLengthAfterRun(1);
}

TEST_F(Growing, IsSavedAndRestoredWithItsLength) {
  Block saved(kTensorBytes + 8);
  EXPECT_EQ(sinter_state_save(context, 0, saved.data(), kTensorBytes, &error), SINTER_E_BUFFER);
  expectLengthAfterRun(2);
  ASSERT_EQ(sinter_state_save(context, 0, saved.data(), kTensorBytes + 8, &error), SINTER_OK) << error.text;
  expectLengthAfterRun(3);
  ASSERT_EQ(sinter_state_restore(context, 0, saved.data(), kTensorBytes + 8, &error), SINTER_OK) << error.text;
  expectLengthAfterRun(3);
  const uint64_t impossible = 5;
  memcpy(static_cast<char *>(saved.data()) + kTensorBytes, &impossible, 8);
  EXPECT_EQ(sinter_state_restore(context, 0, saved.data(), kTensorBytes + 8, &error), SINTER_E_BOUND);
  expectLengthAfterRun(4);
}

// --- hostile ---------------------------------------------------------------------------------------------------------

TEST(StateVerify, RefusesGrowthThatIsImpossible) {
  struct {
    const char *what;
    void (*apply)(TestPackage &);
  } changes[] = {
      {"unknown register", [](TestPackage &p) { p.metadata.states[0]->dims[0] = fb::Dim(kElements, -1, 2); }},
      {"length above the bound", [](TestPackage &p) { p.metadata.states[0]->length = 5; }},
      {"length of one that does not grow",
       [](TestPackage &p) { p.metadata.states[0]->dims[0] = fb::Dim(kElements, -1, -1); }},
      {"two axes", [](TestPackage &p) { p.metadata.states[0]->dims = {fb::Dim(kElements, -1, 0), fb::Dim(1, -1, 1)}; }},
  };
  for (const auto &change : changes) {
    TestPackage made = makeGrowing();
    change.apply(made);
    Package package(made.build());
    EXPECT_EQ(package.code, SINTER_E_FORMAT) << change.what << ": " << package.error.text;
  }
}

TEST(StateVerify, RefusesStatesThatAreWrong) {
  struct {
    const char *what;
    void (*apply)(TestPackage &);
  } changes[] = {
      {"size", [](TestPackage &p) { p.metadata.states[0]->size = 15; }},
      {"type", [](TestPackage &p) { p.metadata.states[0]->type = fb::ElementType_i32; }},
      {"unknown initial value", [](TestPackage &p) { p.metadata.states[0]->init = 1; }},
      {"initial value of another size", [](TestPackage &p) { p.metadata.constants[0]->size = 8; }},
      {"shape", [](TestPackage &p) { p.metadata.states[0]->dims[0] = fb::Dim(3, -1, -1); }},
      {"range",
       [](TestPackage &p) {
         procedureOf(p).work[1] = makeCopy(arenaAt(0), bindingOf(fb::BindingClass_state, 0, 16, 8));
       }},
  };
  for (const auto &change : changes) {
    TestPackage made = makeAccumulator(true);
    change.apply(made);
    Package package(made.build());
    EXPECT_EQ(package.code, SINTER_E_FORMAT) << change.what << ": " << package.error.text;
  }
}
