// Packing of buffers with known lifetimes into one block of memory.
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

/// The start of the smallest gap between `placed` (sorted by offset) that holds `size`; their end, if there is none.
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

uint64_t sinter::planArena(llvm::MutableArrayRef<ArenaBuffer> buffers, uint64_t alignment) {
  std::vector<size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::tuple(buffers[b].size, buffers[a].first, a) < std::tuple(buffers[a].size, buffers[b].first, b);
  });

  uint64_t total = 0;
  std::vector<const ArenaBuffer *> placed;
  for (size_t index : order) {
    ArenaBuffer &buffer = buffers[index];
    llvm::SmallVector<const ArenaBuffer *> conflicts;
    llvm::copy_if(placed, std::back_inserter(conflicts),
                  [&](const ArenaBuffer *other) { return liveTogether(*other, buffer); });
    llvm::sort(conflicts, [](auto *a, auto *b) { return std::pair(a->offset, a->size) < std::pair(b->offset, b->size); });
    buffer.offset = bestGap(conflicts, buffer.size, alignment);
    total = std::max(total, llvm::alignTo(buffer.offset + buffer.size, alignment));
    placed.push_back(&buffer);
  }
  return total;
}
