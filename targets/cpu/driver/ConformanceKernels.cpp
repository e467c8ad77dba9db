// Two kernels whose machine code the conformance test takes from its own binary.
//
// They are compiled without optimisations that would call a function or read constants elsewhere
// (see CMakeLists.txt), into a section of their own, so their bytes between the linker's __start_
// and __stop_ symbols are a code image.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdint.h>

#define KERNEL extern "C" __attribute__((section("sinter_kernels"), used, aligned(64)))

static constexpr uint64_t elementsPerGroup = 4;

KERNEL void conformanceCopy(void *const *bindings, const int64_t *, uint64_t first, uint64_t count, void *) {
  const float *input = static_cast<const float *>(bindings[0]);
  float *output = static_cast<float *>(bindings[1]);
  for (uint64_t i = first * elementsPerGroup; i < (first + count) * elementsPerGroup; ++i)
    output[i] = input[i];
}

KERNEL void conformanceAdd(void *const *bindings, const int64_t *, uint64_t first, uint64_t count, void *) {
  const float *left = static_cast<const float *>(bindings[0]);
  const float *right = static_cast<const float *>(bindings[1]);
  float *output = static_cast<float *>(bindings[2]);
  for (uint64_t i = first * elementsPerGroup; i < (first + count) * elementsPerGroup; ++i)
    output[i] = left[i] + right[i];
}
