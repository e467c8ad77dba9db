// The pass that turns a kernel's results into buffers that the caller gives.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LEGALIZE_OUTPARAMS_H
#define SINTER_PASSES_LEGALIZE_OUTPARAMS_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/legalize/OutParams.h.inc"
} // namespace sinter

#endif
