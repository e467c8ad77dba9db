// Makes dispatches equal that differ in a weight or two, so that one kernel serves all of them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_OUTLINE_SHAREKERNELS_H
#define SINTER_PASSES_OUTLINE_SHAREKERNELS_H

#include "dialects/nn/Nn.h"

namespace sinter {

/// Float constants inside `dispatches` that alone tell some of them apart become operands. A constant that is the same
/// wherever the rest is the same stays inside, where it is known to the compiler.
void shareKernels(llvm::ArrayRef<nn::DispatchOp> dispatches);

} // namespace sinter

#endif
