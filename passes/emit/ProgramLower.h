// Lower each target's kernels as far as all variants share. See ProgramLower.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_EMIT_PROGRAMLOWER_H
#define SINTER_PASSES_EMIT_PROGRAMLOWER_H

#include "compiler/target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/emit/ProgramLower.h.inc"

/// With the caller's targets, which must live as long as the pass; createProgramLower() alone knows those that were
/// built in.
std::unique_ptr<mlir::Pass> createProgramLower(const TargetRegistry &registry);

} // namespace sinter

#endif
