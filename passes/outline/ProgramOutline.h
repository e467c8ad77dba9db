// Moves dispatch regions into one module of kernels for each target. See ProgramOutline.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_OUTLINE_PROGRAMOUTLINE_H
#define SINTER_PASSES_OUTLINE_PROGRAMOUTLINE_H

#include "dialects/program/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/outline/ProgramOutline.h.inc"

/// The name of the nested module that holds a target's kernels: "cpu:x86-64" gives "cpu_x86_64".
std::string kernelModuleName(llvm::StringRef target);

} // namespace sinter

#endif
