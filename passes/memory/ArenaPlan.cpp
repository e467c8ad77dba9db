// Packing of buffers with known lifetimes into blocks of memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/memory/ArenaPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <numeric>
#include <tuple>

using namespace sinter;

static bool liveTogether(const ArenaBuffer &a, const ArenaBuffer &b) { return a.first <= b.last && b.first <= a.last; }

/// The start of the smallest gap between `placed` (sorted by offset) that holds `size`; their end,
/// if there is none.
static uint64_t bestGap(llvm::ArrayRef<const ArenaBuffer *> placed, uint64_t size, uint64_t alignment) {
  uint64_t end = 0;
  uint64_t best = 0;
  uint64_t bestSize = UINT64_MAX;
  for (const ArenaBuffer *other : placed) {
    if (other->offset >= end && other->offset - end >= size && other->offset - end < bestSize) {
      best = end;
      bestSize = other->offset - end;
    }
    end = std::max(end, llvm::alignTo(other->offset + other->size, alignment));
  }
  return bestSize == UINT64_MAX ? end : best;
}

/// Where in an arena a buffer would lie.
static uint64_t offsetIn(uint32_t arena, const ArenaBuffer &buffer, llvm::ArrayRef<const ArenaBuffer *> placed,
                         uint64_t alignment) {
  llvm::SmallVector<const ArenaBuffer *> conflicts;
  llvm::copy_if(placed, std::back_inserter(conflicts),
                [&](const ArenaBuffer *other) { return other->arena == arena && liveTogether(*other, buffer); });
  llvm::sort(conflicts, [](auto *a, auto *b) { return std::pair(a->offset, a->size) < std::pair(b->offset, b->size); });
  return bestGap(conflicts, buffer.size, alignment);
}

std::vector<uint64_t> sinter::planArenas(llvm::MutableArrayRef<ArenaBuffer *> buffers, uint64_t alignment,
                                         uint64_t limit) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::tuple(buffers[b]->size, buffers[a]->first, a) < std::tuple(buffers[a]->size, buffers[b]->first, b);
  });

  std::vector<uint64_t> totals;
  std::vector<const ArenaBuffer *> placed;
  for (size_t index : order) {
    ArenaBuffer &buffer = *buffers[index];
    for (buffer.arena = 0;; ++buffer.arena) {
      if (buffer.arena == totals.size())
        totals.push_back(0);
      buffer.offset = offsetIn(buffer.arena, buffer, placed, alignment);
      if (buffer.offset == 0 || (buffer.offset <= limit && buffer.size <= limit - buffer.offset))
        break;
    }
    totals[buffer.arena] = std::max(totals[buffer.arena], llvm::alignTo(buffer.offset + buffer.size, alignment));
    placed.push_back(&buffer);
  }
  for (uint64_t &total : totals) // Rounding up may have passed it.
    total = std::min(total, limit);
  return totals;
}
