// Plans all memory and writes the flat program. See ProgramMemory.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_MEMORY_PROGRAMMEMORY_H
#define SINTER_PASSES_MEMORY_PROGRAMMEMORY_H

#include "dialects/program/Program.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/memory/ProgramMemory.h.inc"

} // namespace sinter

#endif
