// The thread pool behind the default parallel_for.
//
// A call publishes one job; threads claim its bodies from a ticket that carries the job's generation, so that a thread
// that comes late can never take part in a job that it did not see begin. Waiting threads spin briefly, because a
// model's runs often follow each other closely, and then sleep.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "os/Os.h"

#include "support/Spin.h"

#include <atomic>
#include <new>
#include <pthread.h>
#include <signal.h>

namespace sinter::rt {

class Pool {
public:
  Pool(const sinter_hooks &hooks, pthread_t *threads, uint32_t limit);
  ~Pool();

  /// How many threads could be started.
  uint32_t size() const { return started; }
  uint32_t capacity() const { return limit; }
  const sinter_hooks &getHooks() const { return hooks; }

  void parallelFor(uint32_t count, void (*body)(void *, uint32_t), void *data);

private:
  static void *threadMain(void *pool);
  void serve();
  void start();
  void runClaimed(uint32_t generation);
  uint32_t waitForJob(uint32_t seen);

  static uint32_t generationOf(uint64_t ticket) { return uint32_t(ticket >> 32); }

  const sinter_hooks &hooks;
  pthread_t *threads;
  uint32_t limit;
  uint32_t started = 0;

  void (*body)(void *, uint32_t) = nullptr;
  void *data = nullptr;
  std::atomic<uint32_t> count{0};
  std::atomic<uint32_t> remaining{0};
  std::atomic<uint64_t> ticket{0}; // generation, then the next body's index
  std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> stopping{false};
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
};

} // namespace sinter::rt

using namespace sinter::rt;

// About 50 microseconds: longer than between two runs in a loop, short enough not to heat an idle core.
static constexpr uint32_t spinsBeforeSleep = 1500;

Pool::Pool(const sinter_hooks &hooks, pthread_t *threads, uint32_t limit)
    : hooks(hooks), threads(threads), limit(limit) {
  // Signals are the application's: none is delivered on the pool's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (started < limit && !pthread_create(&threads[started], nullptr, threadMain, this))
    ++started;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Pool::~Pool() {
  pthread_mutex_lock(&mutex);
  stopping.store(true);
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
  for (uint32_t i = 0; i < started; ++i)
    pthread_join(threads[i], nullptr);
  pthread_cond_destroy(&wake);
  pthread_mutex_destroy(&mutex);
}

void *Pool::threadMain(void *pool) {
  static_cast<Pool *>(pool)->serve();
  return nullptr;
}

void Pool::serve() {
  uint32_t seen = 0;
  while (!stopping.load(std::memory_order_relaxed)) {
    uint32_t generation = waitForJob(seen);
    runClaimed(generation);
    seen = generation;
  }
}

// Returns the newest generation once it differs from `seen`, or when the pool stops.
uint32_t Pool::waitForJob(uint32_t seen) {
  for (uint32_t i = 0; i < spinsBeforeSleep; ++i) {
    uint32_t generation = generationOf(ticket.load(std::memory_order_acquire));
    if (generation != seen || stopping.load(std::memory_order_relaxed))
      return generation;
    spinOnce();
  }
  pthread_mutex_lock(&mutex);
  // The caller publishes its job before it looks at `sleepers`, we announce ourselves before we look at the job.
  sleepers.fetch_add(1);
  while (generationOf(ticket.load()) == seen && !stopping.load())
    pthread_cond_wait(&wake, &mutex);
  sleepers.fetch_sub(1);
  pthread_mutex_unlock(&mutex);
  return generationOf(ticket.load(std::memory_order_acquire));
}

void Pool::runClaimed(uint32_t generation) {
  uint64_t current = ticket.load(std::memory_order_acquire);
  while (generationOf(current) == generation && uint32_t(current) < count.load(std::memory_order_relaxed)) {
    if (!ticket.compare_exchange_weak(current, current + 1, std::memory_order_acq_rel, std::memory_order_acquire))
      continue;
    // The job cannot end, nor the next begin, before this body is counted as done.
    body(data, uint32_t(current));
    remaining.fetch_sub(1, std::memory_order_release);
    current = ticket.load(std::memory_order_acquire);
  }
}

void Pool::parallelFor(uint32_t bodies, void (*function)(void *, uint32_t), void *argument) {
  uint32_t generation = generationOf(ticket.load(std::memory_order_relaxed)) + 1;
  body = function;
  data = argument;
  count.store(bodies, std::memory_order_relaxed);
  remaining.store(bodies, std::memory_order_relaxed);
  ticket.store(uint64_t(generation) << 32); // sequentially consistent: see waitForJob
  if (sleepers.load()) {
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&mutex);
  }
  runClaimed(generation);
  for (uint32_t spins = 0; remaining.load(std::memory_order_acquire); ++spins)
    spinOrYield(spins, hooks);
}

Pool *sinter::rt::createPool(const sinter_hooks &hooks, uint32_t threads) {
  uint32_t helpers = threads - 1;
  size_t bytes = sizeof(Pool) + helpers * sizeof(pthread_t);
  void *block = hooks.allocate(hooks.user, bytes, alignof(Pool));
  if (!block)
    return nullptr;
  Pool *pool = new (block) Pool(hooks, reinterpret_cast<pthread_t *>(static_cast<Pool *>(block) + 1), helpers);
  if (pool->size() == helpers)
    return pool;
  destroyPool(pool);
  return nullptr;
}

void sinter::rt::destroyPool(Pool *pool) {
  if (!pool)
    return;
  const uint32_t helpers = pool->capacity();
  const sinter_hooks hooks = pool->getHooks();
  pool->~Pool();
  hooks.release(hooks.user, pool, sizeof(Pool) + helpers * sizeof(pthread_t), alignof(Pool));
}

void sinter::rt::poolParallelFor(void *pool, uint32_t count, void (*body)(void *data, uint32_t index), void *data) {
  static_cast<Pool *>(pool)->parallelFor(count, body, data);
}
