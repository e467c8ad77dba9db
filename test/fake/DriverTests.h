// What a driver on CUDA's interface, or HIP's, promises beyond the conformance suite: what it does when the library
// fails, one graph a segment.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_FAKE_DRIVERTESTS_H
#define SINTER_TEST_FAKE_DRIVERTESTS_H

#include "test/fake/Control.h"

#include <cts/Harness.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string.h>

namespace sinter::fake {

using namespace cts;

/// `P` is the platform: its `library`; `code`, a section with kCopyKernel and kAddKernel for so many threads, and the
/// `checkedWords` of its headers; `wildCode`, whose kCopyKernel stores where no buffer is; the `functions` that a run
/// calls; and names of errors.
template <typename P> class PlatformDriver : public testing::Test {
protected:
  void SetUp() override {
    void *library = dlopen(P::library, RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    auto find = reinterpret_cast<Control *(*)()>(dlsym(library, "sinterFakeControl"));
    ASSERT_TRUE(find) << "this is the real " << P::library;
    control = find();
    *control = {};
  }
  void TearDown() override {
    EXPECT_EQ(control->live, 0) << "something of the library's was not given back";
    EXPECT_EQ(hooks.outstanding, 0) << "memory was not given back";
  }

  /// Everything up to a finished run of output = input 0 + input 1.
  sinter_code runAll(std::string *text = nullptr) {
    Bench bench(hooks);
    sinter_prepared *prepared = nullptr;
    sinter_code code = bench.open();
    if (!code) {
      bench.dispatch(kCopyKernel, {arena(0), arena(1)});
      bench.dispatch(kAddKernel, {rangeOf(SINTER_RANGE_INPUT, 0), rangeOf(SINTER_RANGE_INPUT, 1), output});
      code = bench.prepare(&prepared);
    }
    if (!code) {
      code = bench.run(prepared);
      sinter_error unused = {};
      unused.size = sizeof(unused);
      if (code) // As the loader does, before anything is released.
        EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &unused), SINTER_OK) << unused.text;
    }
    for (uint32_t i = 0; !code && i < kElements; ++i)
      EXPECT_EQ(bench.output[i], bench.input[0][i] + bench.input[1][i]);
    if (prepared)
      bench.driver->release(prepared);
    if (text)
      *text = bench.error.text;
    return code;
  }

  /// What becomes of a package's code on the device.
  sinter_code load(const std::vector<uint8_t> &code, std::string *text = nullptr) {
    Bench bench(hooks);
    bench.subject.code = code;
    bench.image.length = code.size();
    sinter_code result = bench.open();
    if (text)
      *text = bench.error.text;
    return result;
  }

  static sinter_range arena(uint32_t index) { return rangeOf(SINTER_RANGE_ARENA, index); }
  const sinter_range output = rangeOf(SINTER_RANGE_OUTPUT, 0);
  Control *control = nullptr;
  CountingHooks hooks;
};

TYPED_TEST_SUITE_P(PlatformDriver);

TYPED_TEST_P(PlatformDriver, RefusesDamagedHeaders) {
  const std::vector<uint8_t> good = TypeParam::code(kElements);
  ASSERT_EQ(this->load(good), SINTER_OK);
  for (size_t at : TypeParam::checkedWords()) {
    std::vector<uint8_t> code = good;
    memset(code.data() + at, 0xff, 4);
    EXPECT_EQ(this->load(code), SINTER_E_FORMAT) << "word at " << at;
  }
}

TYPED_TEST_P(PlatformDriver, RefusesWorkgroupsThatTheDeviceLacks) {
  EXPECT_EQ(this->load(TypeParam::code(1025)), SINTER_E_UNSUPPORTED);
}

// --- running ---------------------------------------------------------------------------------------------------------

TYPED_TEST_P(PlatformDriver, SubmitsOneGraphForASegment) {
  ASSERT_EQ(this->runAll(), SINTER_OK);
  EXPECT_EQ(this->control->graphs, 1);
  EXPECT_EQ(this->control->launches, 2);
}

TYPED_TEST_P(PlatformDriver, ReturnsBeforeTheWorkIsDone) {
  Bench bench(this->hooks);
  sinter_prepared *prepared = nullptr;
  ASSERT_EQ(bench.open(), SINTER_OK) << bench.error.text;
  bench.dispatch(kAddKernel, {this->arena(0), this->arena(1), this->output});
  ASSERT_EQ(bench.prepare(&prepared), SINTER_OK) << bench.error.text;
  this->control->holds = true;
  uint64_t soon = this->hooks.hooks.clock(nullptr) + 20'000'000;
  EXPECT_EQ(bench.run(prepared, nullptr, soon), SINTER_E_DEADLINE);
  EXPECT_EQ(this->control->launches, 0);
  EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &bench.error), SINTER_OK) << bench.error.text;
  EXPECT_EQ(this->control->launches, 1) << "after a reset, nothing may still be under way";
  EXPECT_EQ(bench.run(prepared), SINTER_OK) << bench.error.text;
  bench.driver->release(prepared);
}

TYPED_TEST_P(PlatformDriver, ReportsAKernelThatFailsAndLoadsAgain) {
  {
    Bench bench(this->hooks);
    bench.subject.code = TypeParam::wildCode();
    bench.image.length = bench.subject.code.size();
    sinter_prepared *prepared = nullptr;
    ASSERT_EQ(bench.open(), SINTER_OK) << bench.error.text;
    bench.dispatch(kCopyKernel, {this->arena(0), this->arena(1)});
    ASSERT_EQ(bench.prepare(&prepared), SINTER_OK) << bench.error.text;
    EXPECT_EQ(bench.run(prepared), SINTER_E_DEVICE);
    EXPECT_NE(std::string(bench.error.text).find(TypeParam::illegalAddress), std::string::npos) << bench.error.text;
    EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &bench.error), SINTER_E_DEVICE);
    bench.driver->release(prepared);
  }
  EXPECT_EQ(this->runAll(), SINTER_OK);
}

/// Whichever function fails, at whichever of its calls: a typed error, everything given back, the next load works.
TYPED_TEST_P(PlatformDriver, SurvivesTheFailureOfEveryFunction) {
  for (const char *function : TypeParam::functions)
    for (int after = 0;; ++after) {
      *this->control = {};
      this->control->failing = function;
      this->control->failAfter = after;
      this->control->failure = 2; // Out of memory, of both.
      std::string text;
      sinter_code code = this->runAll(&text);
      if (this->control->failAfter >= 0) { // It was not called that often.
        EXPECT_GT(after, 0) << function << " was never called";
        EXPECT_EQ(code, SINTER_OK) << text;
        break;
      }
      EXPECT_EQ(code, SINTER_E_MEMORY) << function << ", call " << after << ": " << text;
      EXPECT_NE(text.find(TypeParam::outOfMemory), std::string::npos) << text;
      EXPECT_EQ(this->control->live, 0) << function << ", call " << after;
      ASSERT_EQ(this->runAll(&text), SINTER_OK) << text << " after " << function;
    }
}

TYPED_TEST_P(PlatformDriver, SaysThatThereIsNoDevice) {
  this->control->devices = 0;
  std::string text;
  EXPECT_EQ(this->runAll(&text), SINTER_E_NOT_FOUND);
  EXPECT_NE(text.find(TypeParam::noDevice), std::string::npos) << text;
}

REGISTER_TYPED_TEST_SUITE_P(PlatformDriver, SubmitsOneGraphForASegment, ReturnsBeforeTheWorkIsDone,
                            ReportsAKernelThatFailsAndLoadsAgain, SurvivesTheFailureOfEveryFunction,
                            SaysThatThereIsNoDevice, RefusesDamagedHeaders, RefusesWorkgroupsThatTheDeviceLacks);

} // namespace sinter::fake

#endif
