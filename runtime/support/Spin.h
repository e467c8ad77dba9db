// Waiting for another thread without a lock.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_SPIN_H
#define SINTER_RUNTIME_SUPPORT_SPIN_H

#include "sinter.h"

namespace sinter::rt {

/// Tells the processor that this thread is waiting.
inline void spinOnce() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || (defined(__arm__) && __ARM_ARCH >= 7)
  __asm__ volatile("yield");
#endif
}

/// One round of waiting: spins at first, then lets other threads run as well.
inline void spinOrYield(uint32_t round, const sinter_hooks &hooks) {
  if (round < 1000)
    spinOnce();
  else
    hooks.yield(hooks.user);
}

} // namespace sinter::rt

#endif
