// The CPU driver joins the driver conformance suite, with code taken from this binary.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/Features.h"

#include "format/Format.h"

#include <cts/Conformance.h>

extern "C" {
extern const uint8_t __start_sinter_kernels[], __stop_sinter_kernels[];
void conformanceCopy(void *const *, const int64_t *, uint64_t, uint64_t, void *);
void conformanceAdd(void *const *, const int64_t *, uint64_t, uint64_t, void *);
}

static uint64_t offsetOf(void (*kernel)(void *const *, const int64_t *, uint64_t, uint64_t, void *)) {
  return uint64_t(reinterpret_cast<uintptr_t>(kernel) - reinterpret_cast<uintptr_t>(__start_sinter_kernels));
}

sinter::cts::Subject sinter::cts::subject() {
  Subject result;
  result.entry = sinter_cpu_driver;
  result.target = cpu::hostTarget();
  result.abi = format::kCpuKernelAbi;
  result.code.assign(__start_sinter_kernels, __stop_sinter_kernels);
  result.entries[kCopyKernel] = offsetOf(conformanceCopy);
  result.entries[kAddKernel] = offsetOf(conformanceAdd);
  result.grid = kElements / 4;
  return result;
}
