// How constants of 8-bit contractions are packed, and which contractions are tiled for registers at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_QUANTIZEDPACKING_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_QUANTIZEDPACKING_H

#include "dialects/nn/Nn.h"

namespace sinter::cpu {

/// Blocks of an operand's axes, as nn.unpack has them.
struct Packing {
  llvm::SmallVector<int64_t> axes, blocks;
};

/// What packing and lowering must know alike of the processors that multiply.
struct IntegerForm {
  bool doubles = true;  ///< Sums are requantized in double precision, else in the high words of integer products.
  int64_t columns = 16; ///< In a block of a matrix product's right-hand side: lanes of the widest vector.
};

/// Whether the four products that an instruction adds are taps of one kernel row; else they are channels. Few channels
/// (and depthwise convolutions) would leave most of the four unused.
bool dotsAlongTaps(int64_t channelsPerGroup);

/// The packing of a quantised convolution's filter or matrix product's right-hand side; nothing for what the register
/// tiler does not take: zero points of weights, sums or factors that need more than 32 bits, groups of several
/// channels.
std::optional<Packing> quantizedPacking(mlir::Operation *contraction, const IntegerForm &form);

} // namespace sinter::cpu

#endif
