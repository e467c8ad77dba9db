// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def ProgramOutline : Pass<"program-outline", "::mlir::ModuleOp"> {
  let summary = "move dispatch regions into one module of kernels for each target";
  let description = [{
    Every `nn.dispatch` with attribute `nn.target` becomes a `program.call` of a function in a nested module whose
    attribute `program.target` names the target. Regions that are the same but for their locations share one kernel;
    its location then names the nodes of all of them, while each call keeps its own. Float constants that alone tell
    regions apart (a learned scale in each layer) become operands first, so that such regions share a kernel too. `program.flops` on a kernel is what its
    operators compute (dialects/nn/Work.h), counted here because it is the last place where they are all nn.

    ```mlir
    %0 = nn.dispatch (%x) attributes {nn.target = "cpu:x86-64"} : (tensor<4xf32>) -> tensor<4xf32> { … }
    ```
    becomes
    ```mlir
    %0 = program.call @cpu_x86_64::@k0_unary(%x) : (tensor<4xf32>) -> tensor<4xf32>
    ```
    Fails on a dispatch without a target. Nothing is left of `nn.dispatch` afterwards.
  }];
  let options = [Option<"target", "target", "std::string", /*default=*/"\"\"",
    "the preferred target: its module is the first, and the only one where there is no dispatch, for copies need a device">];
  let dependentDialects = ["::sinter::program::ProgramDialect", "::mlir::func::FuncDialect"];
}
