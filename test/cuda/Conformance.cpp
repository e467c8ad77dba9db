// The CUDA driver joins the driver conformance suite, on the stand-in for its library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/cuda/Code.h"

#include <cts/Conformance.h>

sinter::cts::Subject sinter::cts::subject() {
  Subject result;
  result.entry = sinter_cuda_driver;
  result.target = cuda::kTarget;
  result.abi = cuda::kCodeAbi;
  result.memory = gpu::kDeviceMemory;
  result.code = cuda::makeCode(cuda::kCopyAndAdd, {2, 3}, kElements);
  for (uint32_t i = 0; i < kKernelCount; ++i)
    result.entries[i] = cuda::entryOf(i);
  return result;
}
