// What the loader takes from an operating system: defaults for the hooks, reading a file descriptor, a thread pool.
// Everything that needs one is in this folder. A freestanding build (SINTER_FREESTANDING) leaves the folder's sources
// out; this header then says that there is nothing, and the application's hooks must provide.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_OS_OS_H
#define SINTER_RUNTIME_OS_OS_H

#include "sinter.h"

namespace sinter::rt {

/// Threads that share the bodies of one parallel_for with its caller.
class Pool;

#ifdef SINTER_FREESTANDING

inline void fillDefaultHooks(sinter_hooks &) {}
inline bool readDescriptor(int32_t, uint64_t, void *, size_t) { return false; }
inline Pool *createPool(const sinter_hooks &, uint32_t) { return nullptr; }
inline void destroyPool(Pool *) {}
inline void poolParallelFor(void *, uint32_t, void (*)(void *, uint32_t), void *) {}

#else

/// Sets every NULL function but parallel_for. Pairs that belong together must be given together or not at all.
void fillDefaultHooks(sinter_hooks &hooks);

/// Fills the buffer from an offset of the descriptor's file; false if it cannot be filled wholly.
bool readDescriptor(int32_t fd, uint64_t offset, void *buffer, size_t length);

/// A pool of `threads`, the caller of parallel_for included; NULL if threads or memory are lacking.
Pool *createPool(const sinter_hooks &hooks, uint32_t threads);
void destroyPool(Pool *pool);

/// The parallel_for of sinter.h over a Pool. For one caller at a time.
void poolParallelFor(void *pool, uint32_t count, void (*body)(void *data, uint32_t index), void *data);

#endif

} // namespace sinter::rt

#endif
