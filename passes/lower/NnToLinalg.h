// The pass that turns nn kernels into linalg kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_LOWER_NNTOLINALG_H
#define SINTER_PASSES_LOWER_NNTOLINALG_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/lower/NnToLinalg.h.inc"
} // namespace sinter

#endif
