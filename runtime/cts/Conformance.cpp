// The tests of the suite; see Conformance.h. Each states one promise of sinter_driver.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Harness.h"

#include <gtest/gtest.h>
#include <string.h>
#include <string>
#include <thread>

using namespace sinter::cts;

namespace {

sinter_range arena(uint32_t index) { return rangeOf(SINTER_RANGE_ARENA, index); }
sinter_range input(uint32_t index) { return rangeOf(SINTER_RANGE_INPUT, index); }
const sinter_range output = rangeOf(SINTER_RANGE_OUTPUT, 0);
const sinter_range constant = rangeOf(SINTER_RANGE_CONSTANT, 0);
const sinter_range state = rangeOf(SINTER_RANGE_STATE, 0);

/// A stream that is open, and a check that everything was given back.
class Driver : public testing::Test {
protected:
  void SetUp() override {
    bench = std::make_unique<Bench>(hooks);
    ASSERT_EQ(bench->open(), SINTER_OK) << bench->error.text;
  }
  void TearDown() override {
    bench.reset();
    EXPECT_EQ(hooks.outstanding, 0) << "memory was not given back";
  }

  /// output = input 0 + input 1, through both arenas.
  sinter_prepared *prepareSum(Bench &bench) {
    sinter_prepared *prepared = nullptr;
    bench.dispatch(kCopyKernel, {input(0), arena(0)});
    bench.dispatch(kCopyKernel, {input(1), arena(1)});
    bench.dispatch(kAddKernel, {arena(0), arena(1), output});
    EXPECT_EQ(bench.prepare(&prepared), SINTER_OK) << bench.error.text;
    return prepared;
  }

  static void expectSum(const Bench &bench) {
    for (uint32_t i = 0; i < kElements; ++i)
      ASSERT_EQ(bench.output[i], bench.input[0][i] + bench.input[1][i]) << "element " << i;
  }

  CountingHooks hooks;
  std::unique_ptr<Bench> bench;
};

// --- table -----------------------------------------------------------------------------------------------------------

TEST_F(Driver, RefusesAnotherHostAbi) {
  sinter_error error = {};
  error.size = sizeof(error);
  EXPECT_EQ(bench->subject.entry(0x7fff0000, &error), nullptr);
  EXPECT_EQ(error.code, SINTER_E_VERSION);
  EXPECT_STRNE(error.text, "");
}

TEST_F(Driver, TableIsComplete) {
  const sinter_driver &driver = *bench->driver;
  EXPECT_GE(driver.size, offsetof(sinter_driver, allocate));
  EXPECT_EQ(driver.abi >> 16, SINTER_DRIVER_ABI >> 16);
  EXPECT_STRNE(driver.name, "");
  EXPECT_TRUE(driver.enumerate && driver.accept && driver.verify && driver.load && driver.unload &&
              driver.requirements && driver.open && driver.close && driver.prepare && driver.release && driver.submit &&
              driver.wait && driver.reset);
  bool any = driver.allocate || driver.deallocate || driver.write || driver.read;
  bool all = driver.allocate && driver.deallocate && driver.write && driver.read;
  EXPECT_EQ(any, all) << "memory of the device's own needs all four functions";
}

TEST_F(Driver, EnumerationDescribesDevicesAndEnds) {
  uint32_t count = 0;
  for (; count < 64; ++count) {
    sinter_device_info info = {};
    info.size = sizeof(info);
    sinter_code code = bench->driver->enumerate(&hooks.hooks, count, &info, &bench->error);
    if (code) {
      EXPECT_EQ(code, SINTER_E_NOT_FOUND);
      break;
    }
    EXPECT_STREQ(info.driver, bench->driver->name);
    EXPECT_STRNE(info.name, "");
    EXPECT_STRNE(info.memory, "");
    EXPECT_EQ(info.size, sizeof(info));
  }
  EXPECT_GE(count, 1u);
  EXPECT_LT(count, 64u);
}

// --- code ------------------------------------------------------------------------------------------------------------

TEST_F(Driver, AcceptsItsOwnCode) {
  bench->image.data = nullptr; // as for the loader, which asks before it reads the code
  EXPECT_EQ(bench->driver->accept(&hooks.hooks, 0, &bench->image, &bench->error), SINTER_OK) << bench->error.text;
}

TEST_F(Driver, RefusesCodeForAnotherTarget) {
  bench->image.target = "another:target";
  EXPECT_EQ(bench->driver->accept(&hooks.hooks, 0, &bench->image, &bench->error), SINTER_E_UNSUPPORTED);
  EXPECT_STRNE(bench->error.text, "");
}

TEST_F(Driver, RefusesCodeThatNeedsAnUnknownFeature) {
  const char *features[] = {"no-such-feature"};
  bench->image.features = features;
  bench->image.feature_count = 1;
  EXPECT_EQ(bench->driver->accept(&hooks.hooks, 0, &bench->image, &bench->error), SINTER_E_UNSUPPORTED);
}

TEST_F(Driver, RefusesAnotherKernelAbi) {
  bench->image.abi += 1000;
  EXPECT_EQ(bench->driver->accept(&hooks.hooks, 0, &bench->image, &bench->error), SINTER_E_UNSUPPORTED);
  EXPECT_NE(bench->driver->verify(&hooks.hooks, &bench->image, &bench->error), SINTER_OK);
}

TEST_F(Driver, VerifiesItsOwnCode) {
  EXPECT_EQ(bench->driver->verify(&hooks.hooks, &bench->image, &bench->error), SINTER_OK) << bench->error.text;
}

TEST_F(Driver, RefusesEntryPointsOutsideTheCode) {
  for (uint64_t entry : {bench->image.length, bench->image.length + 4096, UINT64_MAX}) {
    bench->kernels[kAddKernel].entry = entry;
    EXPECT_NE(bench->driver->verify(&hooks.hooks, &bench->image, &bench->error), SINTER_OK) << entry;
    sinter_executable *executable = nullptr;
    EXPECT_NE(bench->driver->load(&hooks.hooks, 0, &bench->image, &executable, &bench->error), SINTER_OK) << entry;
  }
}

TEST_F(Driver, RefusesCodeWithoutBytes) {
  bench->image.length = 0;
  EXPECT_NE(bench->driver->verify(&hooks.hooks, &bench->image, &bench->error), SINTER_OK);
}

// --- segments --------------------------------------------------------------------------------------------------------

TEST_F(Driver, ComputesThroughArenasAndCallersBuffers) {
  sinter_prepared *prepared = prepareSum(*bench);
  ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
  expectSum(*bench);
  bench->driver->release(prepared);
}

TEST_F(Driver, ReadsBuffersAnewAtEachSubmission) {
  sinter_prepared *prepared = prepareSum(*bench);
  for (int i = 0; i < 3; ++i) {
    bench->input[0][5] = float(100 * i);
    std::swap(bench->input[0], bench->input[1]);
    ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
    expectSum(*bench);
  }
  bench->driver->release(prepared);
}

TEST_F(Driver, ReadsConstantsAndKeepsState) {
  sinter_prepared *set = nullptr, *add = nullptr;
  bench->dispatch(kCopyKernel, {constant, state});
  ASSERT_EQ(bench->prepare(&set), SINTER_OK) << bench->error.text;
  bench->dispatch(kAddKernel, {state, input(0), output});
  bench->dispatch(kCopyKernel, {output, state});
  ASSERT_EQ(bench->prepare(&add), SINTER_OK) << bench->error.text;
  ASSERT_EQ(bench->run(set), SINTER_OK) << bench->error.text;
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(bench->run(add), SINTER_OK) << bench->error.text;
  for (uint32_t i = 0; i < kElements; ++i)
    ASSERT_EQ(bench->output[i], bench->constant[i] + 2 * bench->input[0][i]) << "element " << i;
  bench->driver->release(set);
  bench->driver->release(add);
}

TEST_F(Driver, CopiesAndFills) {
  for (uint32_t width : {1u, 2u, 4u, 8u}) {
    const uint64_t pattern = 0x8877665544332211;
    sinter_prepared *prepared = nullptr;
    bench->fill(arena(1), pattern, width);
    bench->copy(arena(1), output);
    ASSERT_EQ(bench->prepare(&prepared), SINTER_OK) << bench->error.text;
    ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
    std::string expected;
    while (expected.size() < kElements * sizeof(float))
      expected.append(reinterpret_cast<const char *>(&pattern), width);
    EXPECT_FALSE(memcmp(bench->output, expected.data(), expected.size())) << "width " << width;
    bench->driver->release(prepared);
  }
}

TEST_F(Driver, CopiesOverlappingRanges) {
  bench->writeArena(0, Floats(bench->input[0], bench->input[0] + kElements));
  sinter_range from = arena(0), to = arena(0);
  from.length = to.length = 48;
  to.offset = 16;
  sinter_prepared *prepared = nullptr;
  bench->copy(from, to);
  ASSERT_EQ(bench->prepare(&prepared), SINTER_OK) << bench->error.text;
  ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
  Floats result = bench->readArena(0);
  for (uint32_t i = 0; i < 16; ++i)
    EXPECT_EQ(result[i], float(i < 4 ? i : i - 4)) << "element " << i;
  bench->driver->release(prepared);
}

TEST_F(Driver, RunsAnEmptySegment) {
  sinter_prepared *prepared = nullptr;
  ASSERT_EQ(bench->prepare(&prepared), SINTER_OK) << bench->error.text;
  EXPECT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
  bench->driver->release(prepared);
}

TEST_F(Driver, RefusesADispatchThatDoesNotFitItsKernel) {
  sinter_prepared *prepared = nullptr;
  bench->dispatch(kAddKernel, {input(0), output});
  EXPECT_NE(bench->prepare(&prepared), SINTER_OK);
  bench->dispatch(kKernelCount, {input(0), output});
  EXPECT_NE(bench->prepare(&prepared), SINTER_OK);
  EXPECT_STRNE(bench->error.text, "");
}

TEST_F(Driver, ReportsEachPieceOfWorkToTheProfile) {
  sinter_prepared *prepared = prepareSum(*bench);
  bench->profiles = true;
  ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
  EXPECT_EQ(bench->profiled, (std::vector<uint32_t>{0, 1, 2}));
  bench->driver->release(prepared);
}

TEST_F(Driver, GivesTheSameResultWithAnyNumberOfWorkers) {
  for (uint32_t workers : {2u, 3u, 7u}) {
    Bench other(hooks, workers);
    ASSERT_EQ(other.open(), SINTER_OK) << other.error.text;
    sinter_prepared *prepared = prepareSum(other);
    for (int i = 0; i < 20; ++i) {
      other.input[0][i] = float(workers + uint32_t(i));
      ASSERT_EQ(other.run(prepared), SINTER_OK) << other.error.text;
      expectSum(other);
    }
    other.driver->release(prepared);
  }
}

TEST_F(Driver, RunsStreamsOnDifferentThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      Bench own(hooks);
      sinter_prepared *prepared = nullptr;
      bool good = own.open() == SINTER_OK;
      own.dispatch(kAddKernel, {input(0), input(1), output});
      good = good && own.prepare(&prepared) == SINTER_OK;
      for (int i = 0; good && i < 100; ++i) {
        own.input[0][0] = float(i);
        good = own.run(prepared) == SINTER_OK && own.output[0] == own.input[0][0] + own.input[1][0];
      }
      if (prepared)
        own.driver->release(prepared);
      failures += !good;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
}

// --- stopping and failing --------------------------------------------------------------------------------------------

TEST_F(Driver, StopsWhenCancelledAndRecovers) {
  sinter_prepared *prepared = prepareSum(*bench);
  const int32_t cancel = 1;
  EXPECT_EQ(bench->run(prepared, &cancel), SINTER_E_CANCELLED);
  ASSERT_EQ(bench->driver->reset(bench->stream, bench->timeline, &bench->error), SINTER_OK);
  ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
  expectSum(*bench);
  bench->driver->release(prepared);
}

TEST_F(Driver, StopsAtTheDeadlineAndRecovers) {
  sinter_prepared *prepared = prepareSum(*bench);
  EXPECT_EQ(bench->run(prepared, nullptr, /*deadline=*/1), SINTER_E_DEADLINE);
  ASSERT_EQ(bench->driver->reset(bench->stream, bench->timeline, &bench->error), SINTER_OK);
  ASSERT_EQ(bench->run(prepared, nullptr, UINT64_MAX), SINTER_OK) << bench->error.text;
  expectSum(*bench);
  bench->driver->release(prepared);
}

TEST_F(Driver, ReportsAWaitThatCannotEnd) {
  EXPECT_NE(bench->driver->wait(bench->stream, 1000, hooks.hooks.clock(nullptr) + 1000000, nullptr, &bench->error),
            SINTER_OK);
}

TEST_F(Driver, SubmissionAllocatesNothing) {
  sinter_prepared *prepared = prepareSum(*bench);
  hooks.isForbidden = true;
  ASSERT_EQ(bench->run(prepared), SINTER_OK) << bench->error.text;
  hooks.isForbidden = false;
  EXPECT_EQ(hooks.violations, 0);
  bench->driver->release(prepared);
}

TEST_F(Driver, SurvivesEveryFailedAllocation) {
  for (int64_t failing = 0;; ++failing) {
    CountingHooks limited;
    limited.failAt = failing;
    sinter_code code;
    {
      Bench other(limited);
      sinter_prepared *prepared = nullptr;
      code = other.open();
      if (!code) {
        other.dispatch(kAddKernel, {input(0), input(1), output});
        code = other.prepare(&prepared);
      }
      if (prepared)
        other.driver->release(prepared);
      if (code)
        EXPECT_EQ(code, SINTER_E_MEMORY) << other.error.text;
    }
    EXPECT_EQ(limited.outstanding, 0) << "after allocation " << failing << " failed";
    if (!code && limited.allocations <= failing)
      break;
    ASSERT_LT(failing, 10000);
  }
}

} // namespace
