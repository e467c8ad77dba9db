// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def ProgramEmit : Pass<"program-emit", "::mlir::ModuleOp"> {
  let summary = "generate code for each target's kernels and drop it";
  let description = [{ Calls `Target::emit` on every nested module with `program.target`, for all variants. For tests and for replaying a crash. }];
}
