// Which thread of a warp holds which element, after the PTX ISA's text, "Matrix Fragments for mma.m16n8k16" and
// "m16n8k32": groupID = %laneid >> 2, threadID_in_group = %laneid % 4. Written down once more than in the compiler, for
// tests of it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_PTX_FRAGMENTS_H
#define SINTER_TEST_PTX_FRAGMENTS_H

#include <stdint.h>

namespace sinter::ptx {

/// The row and column of a fragment's element, for the thread `lane`.
struct Place {
  uint32_t row, column;
};

/// m16n8k16 of 16 bits: a has 8 elements, b 4. m16n8k32 of 8 bits: a has 16, b 8. `run` is how many neighbours along k
/// lie in one register: 2 or 4.
inline Place placeInA(uint32_t lane, uint32_t element, uint32_t run) {
  uint32_t registerNumber = element / run;
  uint32_t row = lane / 4 + (registerNumber % 2 ? 8 : 0);
  uint32_t column = lane % 4 * run + element % run + (registerNumber / 2 ? 4 * run : 0);
  return {row, column};
}

inline Place placeInB(uint32_t lane, uint32_t element, uint32_t run) {
  return {lane % 4 * run + element % run + element / run * 4 * run, lane / 4};
}

inline Place placeInC(uint32_t lane, uint32_t element) {
  return {lane / 4 + (element / 2 ? 8 : 0), lane % 4 * 2 + element % 2};
}

} // namespace sinter::ptx

#endif
