// The pass that groups operators into dispatch regions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_FUSE_NNFUSE_H
#define SINTER_PASSES_FUSE_NNFUSE_H

#include "dialects/nn/Nn.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/fuse/NnFuse.h.inc"
} // namespace sinter

#endif
