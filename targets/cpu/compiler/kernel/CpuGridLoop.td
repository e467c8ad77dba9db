// The pass that runs a range of workgroups in a loop.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuGridLoop : Pass<"cpu-grid-loop", "::mlir::func::FuncOp"> {
  let summary = "the kernel's scf.forall becomes a loop over [first, first + count)";
  let description = [{ Adds two trailing index arguments, first and count. Kernels without a forall ignore them. }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}
