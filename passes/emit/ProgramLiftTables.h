// Make large constants of kernels operands of their calls. See ProgramLiftTables.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_EMIT_PROGRAMLIFTTABLES_H
#define SINTER_PASSES_EMIT_PROGRAMLIFTTABLES_H

#include "compiler/target/Target.h"
#include "dialects/nn/Nn.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/emit/ProgramLiftTables.h.inc"

/// With the caller's targets, which must live as long as the pass; createProgramLiftTables() alone knows those that
/// were built in.
std::unique_ptr<mlir::Pass> createProgramLiftTables(const TargetRegistry &registry);

} // namespace sinter

#endif
