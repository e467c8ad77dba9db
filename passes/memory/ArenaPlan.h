// Packing of buffers with known lifetimes into blocks of memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_MEMORY_ARENAPLAN_H
#define SINTER_PASSES_MEMORY_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace sinter {

/// A buffer that is live from work item `first` to work item `last`, both included.
struct ArenaBuffer {
  uint64_t size = 0; ///< Bytes.
  uint32_t first = 0;
  uint32_t last = 0;
  uint32_t arena = 0; ///< Set by planArenas, like the next.
  uint64_t offset = 0;
};

/// Gives every buffer an arena and an offset, a multiple of `alignment`, such that buffers live at
/// the same time do not overlap, and returns the arenas' sizes, none above `limit` (no buffer is
/// larger). Largest first, each into the smallest gap that holds it, in the first arena that has
/// room; the result depends on the buffers' order and numbers alone.
std::vector<uint64_t> planArenas(llvm::MutableArrayRef<ArenaBuffer *> buffers, uint64_t alignment,
                                 uint64_t limit = UINT64_MAX);

} // namespace sinter

#endif
