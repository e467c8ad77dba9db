// The pass that makes the grids of contractions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuDistributeContractions : Pass<"gpu-distribute-contractions", "::mlir::func::FuncOp"> {
  let summary = "give each thread of the grid a register tile of a kernel's contraction";
  let description = [{
    For a kernel that is one sum of products, with what follows element by element: threads need nothing from each other,
    so there are no workgroups to choose, only tiles. Loops are merged and lengthened as in `distribute-workgroups`, a
    tile is chosen for a thread, and the grid has a thread for each tile. Sets `program.grid` and `gpu.thread_tile`, which
    `gpu-distribute-threads` follows. Other kernels are left as they are.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "64", "Threads of a workgroup">,
    Option<"accumulators", "accumulators", "int64_t", "32", "Most sums that a thread carries">,
    Option<"busyThreads", "busy-threads", "int64_t", "1024", "Threads that keep the device busy">,
    Option<"loadCost", "load-cost", "int64_t", "16", "What loading an element costs, in multiply-adds">,
    Option<"unrolled", "unrolled", "int64_t", "512", "Most multiply-adds written out in a loop's body">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}
