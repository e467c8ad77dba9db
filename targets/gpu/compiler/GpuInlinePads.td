// The pass that reads padding instead of storing it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuInlinePads : Pass<"gpu-inline-pads", "::mlir::func::FuncOp"> {
  let summary = "replace constant padding by bounds checks where its elements are read";
  let description = [{
    A `tensor.pad` with a constant value, read by a `linalg.generic`, goes: the body reads the unpadded tensor at a clamped
    index and selects the padding's value outside. A padded convolution needs no padded copy of its input, and its
    workgroups no halo.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect"];
}
