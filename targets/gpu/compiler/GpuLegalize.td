// The pass that leaves only what shading languages have.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuLegalize : Pass<"gpu-legalize", "::mlir::func::FuncOp"> {
  let summary = "express by others what GPU instruction sets lack";
  let description = [{
    Counting leading zeros of 64 bits becomes two counts of 32 bits.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}
