// Gives every operator to a target. See NnPlace.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_PLACE_NNPLACE_H
#define SINTER_PASSES_PLACE_NNPLACE_H

#include "compiler/target/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/place/NnPlace.h.inc"

/// With the caller's targets, which must live as long as the pass; createNnPlace() alone knows those that were built
/// in. `requirements` are texts that parseRequirement takes.
std::unique_ptr<mlir::Pass> createNnPlace(const TargetRegistry &registry, llvm::ArrayRef<std::string> targets,
                                          llvm::ArrayRef<std::string> requirements = {});

} // namespace sinter

#endif
