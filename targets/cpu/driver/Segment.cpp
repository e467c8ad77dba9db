// Running a segment: all threads walk its work together.
//
// For each item a thread claims chunks of workgroups until none is left, then waits until all are
// done. Whatever is claimed is being executed by a running thread, so the wait ends even if the
// parallel-for hook starts the other bodies late or never. A stop (cancellation, deadline) is seen
// before each item; claimed chunks are always finished.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/FloatEnvironment.h"
#include "targets/cpu/driver/Stream.h"

#include "support/Spin.h"

using namespace sinter::cpu;
using namespace sinter::rt;

namespace {

/// One submission, shared by its threads.
class SegmentRun {
public:
  SegmentRun(Prepared &prepared, const sinter_submission &submission)
      : prepared(prepared), submission(submission), info(prepared.stream.info) {}

  /// A failure of the run, or SINTER_OK.
  sinter_code outcome() const { return sinter_code(stopCode.load(std::memory_order_relaxed)); }
  uint32_t stoppedAt() const { return stopItem.load(std::memory_order_relaxed); }

  static void body(void *self, uint32_t worker) { static_cast<SegmentRun *>(self)->walk(worker); }

private:
  void walk(uint32_t worker);
  bool mayContinue(uint32_t item);
  void stop(sinter_code code, uint32_t item);
  uint64_t gridOf(const Item &item) const;
  void runShared(uint32_t index, uint64_t grid, void *scratch);
  void runPart(const Item &item, uint64_t first, uint64_t count, void *scratch) const;
  uint64_t now() const { return info.hooks->clock ? info.hooks->clock(info.hooks->user) : 0; }

  Prepared &prepared;
  const sinter_submission &submission;
  const sinter_stream_info &info;
  std::atomic<uint32_t> stopCode{SINTER_OK};
  std::atomic<uint32_t> stopItem{0};
};

} // namespace

static void fill(const Item &item) {
  uint8_t *target = static_cast<uint8_t *>(item.pointers[0]);
  uint8_t pattern[8];
  memcpy(pattern, &item.pattern, sizeof(pattern));
  if (item.width == 1)
    memset(target, pattern[0], size_t(item.length));
  else
    for (uint64_t at = 0; at + item.width <= item.length; at += item.width)
      memcpy(target + at, pattern, item.width);
}

void SegmentRun::runPart(const Item &item, uint64_t first, uint64_t count, void *scratch) const {
  if (item.kind == SINTER_WORK_DISPATCH)
    item.function(item.pointers, submission.scalars, first, count, scratch);
  else if (item.kind == SINTER_WORK_COPY)
    memmove(item.pointers[1], item.pointers[0], size_t(item.length));
  else
    fill(item);
}

// Several chunks for each worker, so that one that starts late or is interrupted does not hold up
// the others.
static uint64_t chunkOf(uint64_t grid, uint32_t workers) {
  uint64_t chunk = grid / (uint64_t(workers) * 4);
  return chunk ? chunk : 1;
}

void SegmentRun::runShared(uint32_t index, uint64_t grid, void *scratch) {
  Progress &progress = prepared.progress[index];
  const uint64_t chunk = chunkOf(grid, info.workers);
  while (true) {
    uint64_t first = progress.claimed.fetch_add(chunk, std::memory_order_relaxed);
    if (first >= grid)
      break;
    uint64_t count = grid - first < chunk ? grid - first : chunk;
    runPart(prepared.items[index], first, count, scratch);
    progress.done.fetch_add(count, std::memory_order_acq_rel);
  }
  for (uint32_t round = 0; progress.done.load(std::memory_order_acquire) < grid; ++round)
    spinOrYield(round, *info.hooks);
}

uint64_t SegmentRun::gridOf(const Item &item) const {
  return item.gridScalar < 0 ? item.grid : uint64_t(submission.scalars[item.gridScalar]);
}

void SegmentRun::stop(sinter_code code, uint32_t item) {
  uint32_t none = SINTER_OK;
  stopItem.store(item, std::memory_order_relaxed);
  stopCode.compare_exchange_strong(none, code, std::memory_order_relaxed);
}

bool SegmentRun::mayContinue(uint32_t index) {
  if (stopCode.load(std::memory_order_relaxed))
    return false;
  if (submission.cancel && *submission.cancel)
    stop(SINTER_E_CANCELLED, index);
  else if (submission.deadline && now() > submission.deadline)
    stop(SINTER_E_DEADLINE, index);
  else if (gridOf(prepared.items[index]) > prepared.items[index].grid)
    stop(SINTER_E_BOUND, index);
  else
    return true;
  return false;
}

void SegmentRun::walk(uint32_t worker) {
  FloatEnvironment environment;
  void *scratch = prepared.stream.scratchOf(worker);
  const bool measures = submission.profile && worker == 0;
  uint64_t start = measures ? now() : 0;
  for (uint32_t i = 0; i < prepared.count; ++i) {
    if (!mayContinue(i))
      return;
    const uint64_t grid = gridOf(prepared.items[i]);
    if (info.workers > 1)
      runShared(i, grid, scratch);
    else if (grid)
      runPart(prepared.items[i], 0, grid, scratch);
    if (!measures)
      continue;
    uint64_t end = now();
    submission.profile(submission.profile_user, i, start, end);
    start = end;
  }
}

sinter_code Prepared::submit(const sinter_submission &submission, Report &report) {
  if (sinter_code code = patch(submission, report))
    return code;
  SegmentRun run(*this, submission);
  const sinter_stream_info &info = stream.info;
  if (info.workers > 1) {
    for (uint32_t i = 0; i < count; ++i) {
      progress[i].claimed.store(0, std::memory_order_relaxed);
      progress[i].done.store(0, std::memory_order_relaxed);
    }
    info.parallel_for(info.parallel_user, info.workers, SegmentRun::body, &run);
  } else {
    SegmentRun::body(&run, 0);
  }
  stream.reached = submission.signal;
  switch (run.outcome()) {
  case SINTER_OK: return SINTER_OK;
  case SINTER_E_CANCELLED:
    return report.node(items[run.stoppedAt()].node).fail(SINTER_E_CANCELLED, "the run was cancelled");
  case SINTER_E_DEADLINE:
    return report.node(items[run.stoppedAt()].node).fail(SINTER_E_DEADLINE, "the run's deadline has passed");
  default:
    const Item &item = items[run.stoppedAt()];
    int64_t value = submission.scalars[item.gridScalar];
    return report.node(item.node)
        .limit(int64_t(item.grid), value)
        .fail(SINTER_E_BOUND, "a dispatch of % workgroups, at most % are planned", value, item.grid);
  }
}
