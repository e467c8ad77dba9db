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

// --- hostile ---------------------------------------------------------------------------------------------------------

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
      {"range", [](TestPackage &p) { procedureOf(p).work[1] = makeCopy(arenaAt(0), bindingOf(fb::BindingClass_state, 0, 16, 8)); }},
  };
  for (const auto &change : changes) {
    TestPackage made = makeAccumulator(true);
    change.apply(made);
    Package package(made.build());
    EXPECT_EQ(package.code, SINTER_E_FORMAT) << change.what << ": " << package.error.text;
  }
}
