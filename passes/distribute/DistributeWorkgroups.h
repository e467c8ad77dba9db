// The pass that splits a kernel into workgroups.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_DISTRIBUTE_DISTRIBUTEWORKGROUPS_H
#define SINTER_PASSES_DISTRIBUTE_DISTRIBUTEWORKGROUPS_H

#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/distribute/DistributeWorkgroups.h.inc"
} // namespace sinter

#endif
