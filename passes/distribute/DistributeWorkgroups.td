// The pass that splits a kernel into workgroups.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def DistributeWorkgroups : Pass<"distribute-workgroups", "::mlir::func::FuncOp"> {
  let summary = "fuse element-wise chains and tile the root into one scf.forall of workgroups";
  let description = [{
    Element-wise producers are merged into their consumers, contiguous dimensions are collapsed, and the kernel's last
    operation is tiled with its producers into a `scf.forall`. The split depends on shapes alone, so all variants and all
    thread counts share it. Sets `program.grid` (the trip count) and `program.inplace` (pairs of result and operand that
    may share a buffer). Kernels that have a grid already are left as they are.
  }];
  let options = [
    Option<"workgroupNanoseconds", "workgroup-nanoseconds", "double", "20000",
      "A workgroup is worth starting from this much work on; a rough estimate for one core">,
    Option<"largest", "largest-grid", "int64_t", "64", "More workgroups than this balance no better">,
    Option<"granule", "granule", "int64_t", "64", "The innermost dimension is cut at multiples of this, so that vectors stay whole">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}
