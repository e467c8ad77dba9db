// Convolutions whose vectors lie along rows of pixels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_ROWCONV_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_ROWCONV_H

#include "dialects/nn/Nn.h"

namespace sinter::cpu {

/// Whether a convolution becomes a cpu.row_conv: few output channels a group, or groups that are no whole blocks. Its
/// filter stays as it is.
bool isRowConv(nn::ConvOp conv);

} // namespace sinter::cpu

#endif
