// The simplify stage: nn in, fewer nn operators out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_SIMPLIFY_SIMPLIFY_H
#define SINTER_PASSES_SIMPLIFY_SIMPLIFY_H

#include "mlir/Pass/PassManager.h"

namespace sinter {

/// Adds the stage's passes in order to a pass manager on modules.
void buildSimplifyPipeline(mlir::OpPassManager &manager);

} // namespace sinter

#endif
