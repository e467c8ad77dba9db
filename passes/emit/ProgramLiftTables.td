// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def ProgramLiftTables : Pass<"program-lift-tables", "::mlir::ModuleOp"> {
  let summary = "make large constants of kernels operands of their calls";
  let description = [{
    For targets whose code should not hold tables (`TargetInfo::largestTable`): a constant inside a kernel that is only
    read becomes an argument, and the calls pass it, as far as a kernel can bind more. Kernels that differed in their
    tables alone are one afterwards.
  }];
  let dependentDialects = ["::sinter::nn::NnDialect"];
}
