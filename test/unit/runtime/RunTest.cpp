// Contexts, buffers, running.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <string.h>
#include <thread>

using namespace sinter;
using namespace sinter::test;

static const Floats kSum = {111, 222, 333, 444};

namespace {
class Run : public testing::Test {
protected:
  Package package{makeSum().build()};
};
} // namespace

// --- contexts --------------------------------------------------------------------------------------------------------

TEST_F(Run, SaysWhatAContextNeeds) {
  sinter_context_requirements needs = sized<sinter_context_requirements>();
  ASSERT_CODE_OK(package);
  ASSERT_EQ(sinter_context_get_requirements(package, nullptr, &needs, &package.error), SINTER_OK);
  EXPECT_EQ(needs.arena_bytes, 256u);
  EXPECT_EQ(needs.state_bytes, 0u);
  EXPECT_GE(needs.memory_bytes, 256u);
  EXPECT_GT(needs.stack_bytes, 0u);
  Block handle(needs.bytes), memory(needs.memory_bytes);
  sinter_context_options options = sized<sinter_context_options>();
  options.memory = memory.data();
  options.memory_bytes = needs.memory_bytes;
  sinter_context *context = nullptr;
  Error error;
  auto create = [&](void *block, uint64_t bytes) {
    return sinter_context_create(package, &options, block, bytes, &context, &error);
  };
  EXPECT_EQ(create(handle.data(), needs.bytes - 1), SINTER_E_MEMORY);
  EXPECT_EQ(create(static_cast<char *>(handle.data()) + 1, needs.bytes), SINTER_E_ALIGNMENT);
  options.memory_bytes -= 1;
  EXPECT_EQ(create(handle.data(), needs.bytes), SINTER_E_MEMORY);
  options.memory_bytes += 1;
  options.memory = static_cast<char *>(memory.data()) + 1;
  EXPECT_EQ(create(handle.data(), needs.bytes), SINTER_E_ALIGNMENT);
  options.memory = memory.data();
  options.threads = 100000;
  EXPECT_EQ(create(handle.data(), needs.bytes), SINTER_E_ARGUMENT);
  options.threads = 1;
  ASSERT_EQ(create(handle.data(), needs.bytes), SINTER_OK) << error.text;
  sinter_context_destroy(context);
}

TEST_F(Run, RefusesWhatIsNoHandle) {
  Error error;
  EXPECT_EQ(sinter_run(nullptr, 0, nullptr, &error), SINTER_E_ARGUMENT);
  EXPECT_EQ(sinter_context_get_requirements(nullptr, nullptr, nullptr, &error), SINTER_E_ARGUMENT);
  sinter_package_close(nullptr);
  sinter_context_destroy(nullptr);
}

TEST(RunFirst, MemoryGivenIsUsed) {
  Package package(makeAccumulator(false).build());
  sinter_context_requirements needs = sized<sinter_context_requirements>();
  ASSERT_EQ(sinter_context_get_requirements(package, nullptr, &needs, &package.error), SINTER_OK);
  EXPECT_EQ(needs.state_bytes, kTensorBytes);
  Block handle(needs.bytes), memory(needs.memory_bytes);
  memset(memory.data(), 0xee, needs.memory_bytes);
  sinter_context_options options = sized<sinter_context_options>();
  options.memory = memory.data();
  options.memory_bytes = needs.memory_bytes;
  sinter_context *context = nullptr;
  ASSERT_EQ(sinter_context_create(package, &options, handle.data(), needs.bytes, &context, &package.error), SINTER_OK);
  const char *bytes = static_cast<char *>(memory.data());
  EXPECT_NE(std::string(bytes, needs.memory_bytes).find(std::string(kTensorBytes, '\0')), std::string::npos)
      << "state was not set to zeros in the memory given";
  sinter_context_destroy(context);
}

// --- binding and running ---------------------------------------------------------------------------------------------

TEST_F(Run, Computes) {
  for (uint32_t threads : {1u, 2u, 4u}) {
    Context context(package, threads);
    ASSERT_CODE_OK(context);
    Buffers buffers(context);
    EXPECT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(buffers.y.get(), kSum);
  }
}

TEST_F(Run, MisalignedBuffersAreCopied) {
  Context context(package);
  Buffers buffers(context, /*misalignment=*/4);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(buffers.y.get(), kSum);
  buffers.a.set({0, 0, 0, 0});
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(buffers.y.get(), (Floats{110, 220, 330, 440}));
}

TEST_F(Run, NothingIsWrittenBeyondAMisalignedOutput) {
  Context context(package);
  Buffers buffers(context);
  Block guarded(kTensorBytes + 64, 4);
  memset(guarded.data(), 0x5a, kTensorBytes + 64);
  ASSERT_CODE(SINTER_OK, context.bind(SINTER_OUTPUT, 0, guarded.data(), kTensorBytes + 64), context.error);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(guarded.get(), kSum);
  EXPECT_EQ(static_cast<uint8_t *>(guarded.data())[kTensorBytes], 0x5a);
}

TEST_F(Run, ABufferCanBeExchanged) {
  Context context(package);
  Buffers buffers(context);
  Block other(kTensorBytes);
  other.set({0, 0, 0, 1});
  ASSERT_EQ(context.bind(SINTER_INPUT, 0, other), SINTER_OK);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(buffers.y.get(), (Floats{110, 220, 330, 441}));
}

TEST_F(Run, EveryValueNeedsABuffer) {
  for (int missing = 0; missing < 3; ++missing) {
    Context context(package);
    Buffers buffers(context);
    sinter_direction direction = missing == 2 ? SINTER_OUTPUT : SINTER_INPUT;
    ASSERT_EQ(context.bind(direction, missing == 2 ? 0 : uint32_t(missing), nullptr, 0), SINTER_OK);
    EXPECT_EQ(context.run(), SINTER_E_UNBOUND);
    EXPECT_NE(strchr(context.error.text, "aby"[missing]), nullptr) << context.error.text;
  }
}

TEST_F(Run, RefusesBuffersThatDoNotFit) {
  Context context(package);
  Block block(256);
  EXPECT_EQ(context.bind(SINTER_INPUT, 0, block.data(), kTensorBytes - 1), SINTER_E_BUFFER);
  EXPECT_EQ(context.error.limit, int64_t(kTensorBytes));
  EXPECT_EQ(context.error.value, int64_t(kTensorBytes - 1));
  EXPECT_EQ(context.bind(SINTER_INPUT, 0, nullptr, kTensorBytes), SINTER_E_BUFFER);
  EXPECT_EQ(context.bind(SINTER_INPUT, 0, block.data(), UINT64_MAX), SINTER_E_BUFFER);
  EXPECT_EQ(context.bind(SINTER_INPUT, 2, block.data()), SINTER_E_NOT_FOUND);
  EXPECT_EQ(context.bind(SINTER_OUTPUT, 1, block.data()), SINTER_E_NOT_FOUND);
  EXPECT_EQ(context.bind(2, 0, block.data()), SINTER_E_ARGUMENT);
  EXPECT_EQ(sinter_bind(context, 1, SINTER_INPUT, 0, block.data(), 64, &context.error), SINTER_E_NOT_FOUND);
  EXPECT_EQ(sinter_run(context, 1, nullptr, &context.error), SINTER_E_NOT_FOUND);
}

TEST_F(Run, BuffersThatAreWrittenMayNotOverlap) {
  Context context(package);
  Block block(256);
  char *start = static_cast<char *>(block.data());
  ASSERT_EQ(context.bind(SINTER_INPUT, 0, start), SINTER_OK);
  EXPECT_EQ(context.bind(SINTER_INPUT, 1, start), SINTER_OK) << "inputs may be the same";
  EXPECT_EQ(context.bind(SINTER_OUTPUT, 0, start), SINTER_E_BUFFER);
  EXPECT_EQ(context.bind(SINTER_OUTPUT, 0, start + kTensorBytes - 1), SINTER_E_BUFFER);
  EXPECT_EQ(context.bind(SINTER_OUTPUT, 0, start + 64), SINTER_OK);
  EXPECT_EQ(context.bind(SINTER_INPUT, 0, start + 64), SINTER_E_BUFFER);
  EXPECT_EQ(context.bind(SINTER_OUTPUT, 0, start + 64), SINTER_OK) << "rebinding in place";
  EXPECT_EQ(context.run(), SINTER_OK) << "a refused buffer leaves the one before: " << context.error.text;
}

// --- stopping --------------------------------------------------------------------------------------------------------

TEST_F(Run, CanBeCancelled) {
  Context context(package);
  Buffers buffers(context);
  int32_t cancel = 1;
  sinter_run_params params = sized<sinter_run_params>();
  params.cancel = &cancel;
  EXPECT_EQ(context.run(&params), SINTER_E_CANCELLED);
  cancel = 0;
  EXPECT_CODE(SINTER_OK, context.run(&params), context.error);
  EXPECT_EQ(buffers.y.get(), kSum);
}

TEST_F(Run, HasADeadline) {
  Context context(package);
  Buffers buffers(context);
  sinter_run_params params = sized<sinter_run_params>();
  params.deadline = 1;
  EXPECT_EQ(context.run(&params), SINTER_E_DEADLINE);
  params.deadline = UINT64_MAX;
  EXPECT_CODE(SINTER_OK, context.run(&params), context.error);
}

namespace {
/// A clock that the deadline passes after a number of calls.
struct Clock {
  sinter_hooks hooks = sized<sinter_hooks>();
  uint64_t calls = 0;
  Clock() {
    hooks.user = this;
    hooks.clock = [](void *user) { return ++static_cast<Clock *>(user)->calls; };
  }
};
} // namespace

TEST(RunClock, TheDeadlineIsLookedAtBetweenCommands) {
  Clock clock;
  sinter_load_options options = Package::options(&clock.hooks);
  Package package(makeSum().build(), &options);
  Context context(package);
  Buffers buffers(context);
  sinter_run_params params = sized<sinter_run_params>();
  params.deadline = clock.calls + 2; // before the segment, before its first dispatch; the second is too late
  EXPECT_EQ(context.run(&params), SINTER_E_DEADLINE);
  EXPECT_STREQ(context.error.node, "second");
}

TEST_F(Run, ProfilesEachPieceOfWork) {
  Context context(package);
  Buffers buffers(context);
  std::string rows;
  sinter_run_params params = sized<sinter_run_params>();
  params.profile_user = &rows;
  params.profile = [](void *user, const sinter_profile_row *row) {
    EXPECT_GE(row->end, row->start);
    *static_cast<std::string *>(user) += std::string(row->kernel) + "/" + row->node + "/" + row->target + " ";
  };
  EXPECT_CODE(SINTER_OK, context.run(&params), context.error);
  EXPECT_EQ(rows, "add/first/null add/second/null ");
}

// --- promises of run -------------------------------------------------------------------------------------------------

TEST(RunMemory, NothingIsAllocatedWhileRunning) {
  CountingAllocator allocator;
  sinter_load_options options = Package::options(&allocator.hooks);
  {
    Package package(makeSum().build(), &options);
    for (uint32_t threads : {1u, 2u}) {
      Context context(package, threads);
      ASSERT_CODE_OK(context);
      Buffers buffers(context, /*misalignment=*/4);
      allocator.isForbidden = true;
      for (int i = 0; i < 10; ++i)
        EXPECT_CODE(SINTER_OK, context.run(), context.error);
      allocator.isForbidden = false;
    }
  }
  EXPECT_EQ(allocator.violations, 0);
  EXPECT_EQ(allocator.outstanding, 0);
}

TEST_F(Run, TwoContextsRunOnTwoThreads) {
  std::atomic<int> wrong{0};
  auto work = [&](float offset) {
    Context context(package, 2);
    Buffers buffers(context);
    for (int i = 0; i < 500; ++i) {
      buffers.a.floats()[0] = offset + float(i);
      wrong += context.run() != SINTER_OK || buffers.y.floats()[0] != offset + float(i) + 110;
    }
  };
  std::thread first(work, 0.f), second(work, 5000.f);
  first.join();
  second.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(Run, AContextMayMoveBetweenThreads) {
  Context context(package, 2);
  Buffers buffers(context);
  for (int i = 0; i < 5; ++i)
    std::thread([&] { EXPECT_CODE(SINTER_OK, context.run(), context.error); }).join();
  EXPECT_EQ(buffers.y.get(), kSum);
}

// --- copies and fills ------------------------------------------------------------------------------------------------

TEST(RunWork, CopiesAndFills) {
  TestPackage made = makeSum();
  auto &work = procedureOf(made).work;
  work.clear();
  fb::Binding y = bindingOf(fb::BindingClass_output, 0);
  work.push_back(makeFill(arenaAt(0), 0x3f800000, 4)); // 1.0f
  work.push_back(makeCopy(bindingOf(fb::BindingClass_input, 1, 8), arenaAt(0, 8)));
  work.push_back(makeCopy(bindingOf(fb::BindingClass_constant, 0, 4, 12), arenaAt(12, 4)));
  work.push_back(makeDispatch(kCopy, {arenaAt(0), y}));
  procedureOf(made).commands[0]->command.AsSegment()->count = 4;
  Package package(made.build());
  ASSERT_CODE_OK(package);
  Context context(package);
  Buffers buffers(context);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(buffers.y.get(), (Floats{10, 20, 1, 400}));
}
