// The pass that makes the grids of matrix products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuDistributeProducts : Pass<"gpu-distribute-products", "::mlir::func::FuncOp"> {
  let summary = "give each workgroup a tile of a kernel's matrix product";
  let description = [{
    For a kernel that is one matrix product of f16, bf16, 8-bit integers or f32 (a convolution is one), with what follows
    element by element: the grid has a workgroup for each tile. Tiles are whole units of the device's matrix instructions, and reach
    over the product's edges. Sets `program.grid` and `gpu.product_tile`, which `gpu-matrix-products` follows. Products that
    would leave most of each unit idle, and other kernels, are left as they are.
  }];
  let options = [
    Option<"rows", "rows", "int64_t", "16", "Rows of the largest unit">,
    Option<"columns", "columns", "int64_t", "8", "Columns of the smallest unit">,
    Option<"teams", "teams", "int64_t", "4", "Most units that work in a workgroup at once">,
    Option<"threads", "threads", "int64_t", "128", "Threads of a workgroup">,
    Option<"accumulators", "accumulators", "int64_t", "64", "Most sums that a thread carries">,
    Option<"processors", "processors", "int64_t", "108", "Workgroups that keep the device busy">,
    Option<"loadCost", "load-cost", "int64_t", "32", "What staging an element costs, in multiply-adds">,
    Option<"sharedBytes", "shared-bytes", "int64_t", "49152", "Workgroup memory">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}
