// The floating-point environment that kernels are compiled for: round to nearest even, no flush to
// zero, no traps.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_DRIVER_FLOATENVIRONMENT_H
#define SINTER_TARGETS_CPU_DRIVER_FLOATENVIRONMENT_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace sinter::cpu {

/// Sets this thread's environment and restores the caller's on leaving the scope.
class FloatEnvironment {
public:
#if defined(__x86_64__)
  FloatEnvironment() : before(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~FloatEnvironment() { _mm_setcsr(uint32_t(before)); }
#elif defined(__aarch64__)
  FloatEnvironment() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" ::"r"(uint64_t(0)));
  }
  ~FloatEnvironment() { __asm__ volatile("msr fpcr, %0" ::"r"(before)); }
#elif defined(__riscv)
  FloatEnvironment() { __asm__ volatile("fsrm %0, zero" : "=r"(before)); }
  ~FloatEnvironment() { __asm__ volatile("fsrm %0" ::"r"(before)); }
#endif
  FloatEnvironment(const FloatEnvironment &) = delete;
  FloatEnvironment &operator=(const FloatEnvironment &) = delete;

private:
  uint64_t before;
};

} // namespace sinter::cpu

#endif
