// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def ProgramLower : Pass<"program-lower", "::mlir::ModuleOp"> {
  let summary = "lower each target's kernels as far as all variants share";
  let description = [{ Calls `Target::lower` on every nested module with `program.target`. Afterwards each kernel has `program.grid`. }];
}
