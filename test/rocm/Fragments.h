// Which lane of a wave holds which element, after AMD's ISA guides. Written down once more than in the compiler, for
// tests of it and for the stand-in that executes kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_ROCM_FRAGMENTS_H
#define SINTER_TEST_ROCM_FRAGMENTS_H

#include <stdint.h>

namespace sinter::rocm {

/// The row and column of a fragment's element.
struct Place {
  uint32_t row, column;
};

// "AMD Instinct MI300 Instruction Set Architecture", chapter 7, "Matrix Arithmetic Instructions": for
// V_MFMA_*_16X16X{K}_* with one block, a wave of 64 lanes,
//   A[i][k]: i = lane % 16, k = (K / 4) * (lane / 16) + item
//   B[k][j]: j = lane % 16, k = (K / 4) * (lane / 16) + item
//   D[i][j]: j = lane % 16, i = 4 * (lane / 16) + item
struct Mfma {
  static constexpr uint32_t lanes = 64, sums = 4;
  uint32_t k; ///< 16 of 16 bits, 32 of 8.

  uint32_t items() const { return k / 4; }
  Place inA(uint32_t lane, uint32_t item) const { return {lane % 16, items() * (lane / 16) + item}; }
  Place inB(uint32_t lane, uint32_t item) const { return {items() * (lane / 16) + item, lane % 16}; }
  Place inC(uint32_t lane, uint32_t item) const { return {4 * (lane / 16) + item, lane % 16}; }
};

// "RDNA3 Instruction Set Architecture", section 7.9, "Wave Matrix Multiply Accumulate (WMMA)", waves of 32: lane l
// holds row l % 16 of A, all its 16 columns, and column l % 16 of B; "lanes 16-31 replicate lanes 0-15". Of C and D,
// VGPR i holds row 2 * i in lanes 0-15 and row 2 * i + 1 in lanes 16-31, at column l % 16.
struct Wmma {
  static constexpr uint32_t lanes = 32, sums = 8, k = 16;

  uint32_t items() const { return k; }
  Place inA(uint32_t lane, uint32_t item) const { return {lane % 16, item}; }
  Place inB(uint32_t lane, uint32_t item) const { return {item, lane % 16}; }
  Place inC(uint32_t lane, uint32_t item) const { return {2 * item + lane / 16, lane % 16}; }
};

} // namespace sinter::rocm

#endif
