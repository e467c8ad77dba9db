// What the Hexagon driver promises beyond the conformance suite: a device that crashes, hangs, is missing or is none is
// a typed error, and the next run works.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/hexagon/Code.h"

#include <cts/Harness.h>
#include <gtest/gtest.h>
#include <stdlib.h>

using namespace sinter;
using namespace sinter::cts;
using namespace sinter::hexagon;

namespace {

class HexagonDriver : public testing::Test {
protected:
  void TearDown() override {
    unsetenv("SINTER_HEXAGON_EMULATOR");
    EXPECT_EQ(hooks.outstanding, 0) << "memory was not given back";
  }

  /// Runs the copy kernel with `entry` in its place; then, on the same stream, a copy by the device itself.
  sinter_code runAndRecover(uint64_t entry, uint64_t nanoseconds, std::string *text) {
    Bench bench(hooks);
    bench.kernels[kCopyKernel].entry = entry;
    EXPECT_EQ(bench.open(), SINTER_OK) << bench.error.text;
    sinter_prepared *bad = nullptr, *good = nullptr;
    bench.dispatch(kCopyKernel, {rangeOf(SINTER_RANGE_ARENA, 0), rangeOf(SINTER_RANGE_ARENA, 1)});
    EXPECT_EQ(bench.prepare(&bad), SINTER_OK) << bench.error.text;
    bench.copy(rangeOf(SINTER_RANGE_INPUT, 0), rangeOf(SINTER_RANGE_OUTPUT, 0));
    EXPECT_EQ(bench.prepare(&good), SINTER_OK) << bench.error.text;
    const sinter_hooks &clock = hooks.hooks;
    sinter_code code = bench.run(bad, nullptr, nanoseconds ? clock.clock(clock.user) + nanoseconds : 0);
    *text = bench.error.text;
    sinter_error error = {};
    error.size = sizeof(error);
    EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &error), SINTER_OK) << error.text;
    EXPECT_EQ(bench.run(good), SINTER_OK) << bench.error.text;
    for (uint32_t i = 0; i < kElements; ++i)
      EXPECT_EQ(bench.output[i], bench.input[0][i]);
    bench.driver->release(bad);
    bench.driver->release(good);
    return code;
  }

  sinter_code openWith(const char *emulator, std::string *text) {
    setenv("SINTER_HEXAGON_EMULATOR", emulator, 1);
    Bench bench(hooks);
    sinter_code code = bench.open();
    *text = bench.error.text;
    return code;
  }

  CountingHooks hooks;
  std::string text;
};

TEST_F(HexagonDriver, RecoversFromACrash) {
  EXPECT_EQ(runAndRecover(kCrashEntry, 0, &text), SINTER_E_DEVICE);
  EXPECT_EQ(text, "the device died, by signal 11");
}

TEST_F(HexagonDriver, RecoversFromAKernelThatNeverEnds) {
  EXPECT_EQ(runAndRecover(kHangEntry, 50'000'000, &text), SINTER_E_DEADLINE);
}

TEST_F(HexagonDriver, SaysThatAnEmulatorIsMissing) {
  setenv("SINTER_HEXAGON_EMULATOR", "no-such-emulator", 1);
  sinter_error error = {};
  error.size = sizeof(error);
  sinter_device_info info = {};
  info.size = sizeof(info);
  const sinter_driver &driver = *sinter_hexagon_driver(SINTER_DRIVER_ABI, &error);
  EXPECT_EQ(driver.enumerate(&hooks.hooks, 0, &info, &error), SINTER_E_NOT_FOUND);
  EXPECT_STREQ(error.text, "no Hexagon here: there is no 'no-such-emulator' to emulate it");
}

TEST_F(HexagonDriver, SaysThatTheEmulatorIsNone) {
  EXPECT_EQ(openWith("true", &text), SINTER_E_DEVICE);
  EXPECT_EQ(text, "the device's program ended, with status 0");
}

TEST_F(HexagonDriver, SaysThatTheProgramCannotBeStarted) {
  EXPECT_EQ(openWith("/no/such/emulator", &text), SINTER_E_DEVICE);
  EXPECT_NE(text.find("cannot start '/no/such/emulator'"), std::string::npos) << text;
}

TEST_F(HexagonDriver, RefusesKernelsOutsideTheCode) {
  Bench bench(hooks);
  bench.kernels[kCopyKernel].entry = bench.subject.code.size();
  EXPECT_EQ(bench.open(), SINTER_E_FORMAT);
  EXPECT_NE(std::string(bench.error.text).find("does not begin in the code"), std::string::npos) << bench.error.text;
}

} // namespace
