// Generate code for each target's kernels and drop it. See ProgramEmit.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_EMIT_PROGRAMEMIT_H
#define SINTER_PASSES_EMIT_PROGRAMEMIT_H

#include "compiler/target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/emit/ProgramEmit.h.inc"

/// With the caller's targets, which must live as long as the pass; createProgramEmit() alone knows those that were
/// built in.
std::unique_ptr<mlir::Pass> createProgramEmit(const TargetRegistry &registry);

} // namespace sinter

#endif
