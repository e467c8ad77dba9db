// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def NnPlace : Pass<"nn-place", "::mlir::ModuleOp"> {
  let summary = "give every operator to a target";
  let description = [{
    Asks every target what it would claim and at what cost (Target::claim), and gives each operator to one of those that
    take it, so that work and transfers between the targets' memories together cost little (Assignment.h); where two cost
    the same, to the target named first. The operator gets the attribute `nn.target`:

    ```mlir
    %0 = nn.unary exp %x {nn.target = "cpu:x86-64"} : tensor<4xf32> -> tensor<4xf32>
    ```
    Constants need no target, and views (`nn.reshape`, `nn.bitcast`) need none either: unclaimed, they stay outside of
    kernels. An operator that no target takes is an error at its place with each target's reason; all of them are
    reported in one run. Claims of a target that wants each as one kernel (Target::joinsClaims) become dispatches here. Why
    an operator is not on a target that was named before its own, a refusal or the cost, is kept in the module's attribute
    `program.refusals`, for the package. A requirement that is not met is an error, with one more for each operator that
    counts and is elsewhere, the largest first.
  }];
  let options = [ListOption<"targets", "targets", "std::string", "names of targets, the preferred one first">,
    ListOption<"requirements", "require", "std::string", "shares that must be reached, as in npu:95%macs">];
}
