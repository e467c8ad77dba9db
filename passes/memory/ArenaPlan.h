// Packing of buffers with known lifetimes into one block of memory.
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
  uint64_t offset = 0; ///< Set by planArena.
};

/// Gives every buffer an offset, a multiple of `alignment`, such that buffers live at the same time do not overlap,
/// and returns the bytes needed. Largest first, each into the smallest gap that holds it; the result depends on the
/// buffers' order and numbers alone.
uint64_t planArena(llvm::MutableArrayRef<ArenaBuffer> buffers, uint64_t alignment);

} // namespace sinter

#endif
