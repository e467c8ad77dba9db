// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def NnPlace : Pass<"nn-place", "::mlir::ModuleOp"> {
  let summary = "give every operator to a target";
  let description = [{
    Asks each target, in order, to claim what those before it left (Target::claim). An operator that is claimed gets the
    attribute `nn.target`:

    ```mlir
    %0 = nn.unary exp %x {nn.target = "cpu:x86-64"} : tensor<4xf32> -> tensor<4xf32>
    ```
    Constants need no target, and views (`nn.reshape`, `nn.bitcast`) need none either: unclaimed, they stay outside of
    kernels. An operator that no target takes is an error at its place with each target's reason; all of them are
    reported in one run. Claims of a target that wants each as one kernel (Target::joinsClaims) become dispatches here. What a target refused and a later one took is kept in the module's attribute
    `program.refusals`, for the package.
  }];
  let options = [ListOption<"targets", "targets", "std::string", "names of targets, the preferred one first">];
}
