// The ROCm driver joins the driver conformance suite, on the stand-in for its library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/rocm/Code.h"

#include <cts/Conformance.h>

sinter::cts::Subject sinter::cts::subject() {
  Subject result;
  result.entry = sinter_rocm_driver;
  result.target = rocm::kTarget;
  result.abi = rocm::kCodeAbi;
  result.memory = gpu::kDeviceMemory;
  result.code = rocm::makeCode(rocm::kCopyAndAdd, {2, 3}, kElements);
  for (uint32_t i = 0; i < kKernelCount; ++i)
    result.entries[i] = rocm::entryOf(i);
  return result;
}
