// The thread pool: every body once, calls in quick and slow succession, pools beside each other.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/os/Os.h"
#include "test/unit/runtime/Loaded.h"

#include <thread>

using namespace sinter::rt;
using namespace sinter::test;

namespace {
struct Owned {
  explicit Owned(uint32_t threads) {
    fillDefaultHooks(hooks);
    pool = createPool(hooks, threads);
  }
  ~Owned() { destroyPool(pool); }
  sinter_hooks hooks = sized<sinter_hooks>();
  Pool *pool = nullptr;
};

using Counts = std::vector<std::atomic<uint32_t>>;

void countBody(void *data, uint32_t index) { ++(*static_cast<Counts *>(data))[index]; }
} // namespace

TEST(Pool, RunsEachBodyOnce) {
  for (uint32_t threads : {2u, 3u, 8u}) {
    Owned owned(threads);
    ASSERT_TRUE(owned.pool);
    for (uint32_t bodies : {1u, 2u, 3u, 17u, 1000u}) {
      Counts counts(bodies);
      poolParallelFor(owned.pool, bodies, countBody, &counts);
      for (uint32_t i = 0; i < bodies; ++i)
        ASSERT_EQ(counts[i], 1u) << threads << " threads, body " << i << " of " << bodies;
    }
  }
}

TEST(Pool, RunsManyJobsInSuccession) {
  Owned owned(3);
  Counts counts(4);
  for (uint32_t round = 1; round <= 20000; ++round) {
    poolParallelFor(owned.pool, 4, countBody, &counts);
    for (const std::atomic<uint32_t> &count : counts)
      ASSERT_EQ(count, round);
  }
}

TEST(Pool, WakesThreadsThatSleep) {
  Owned owned(2);
  Counts counts(2);
  for (uint32_t round = 1; round <= 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2)); // long enough for the threads to fall asleep
    poolParallelFor(owned.pool, 2, countBody, &counts);
    ASSERT_EQ(counts[0] + counts[1], 2 * round);
  }
}

TEST(Pool, UsesMoreThanOneThread) {
  Owned owned(2);
  std::atomic<uint32_t> arrived{0};
  // Each body waits for the other: one thread alone would never return.
  auto meet = [](void *data, uint32_t) {
    auto &count = *static_cast<std::atomic<uint32_t> *>(data);
    ++count;
    while (count < 2)
      std::this_thread::yield();
  };
  poolParallelFor(owned.pool, 2, meet, &arrived);
  EXPECT_EQ(arrived, 2u);
}

TEST(Pool, EndsWithoutEverBeingUsed) { Owned owned(4); }
