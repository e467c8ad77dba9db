// The pass that spreads a workgroup's work over its threads.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuDistributeThreads : Pass<"gpu-distribute-threads", "::mlir::func::FuncOp"> {
  let summary = "run a kernel's workgroups as GPU workgroups, and linalg operations on all threads of one";
  let description = [{
    In: a kernel on buffers, its workgroups one `scf.forall`. The forall becomes the place that the workgroup's number
    tells. Each linalg operation becomes loops in which a thread computes every `threads`-th element, of contractions a
    tile of neighbouring elements; sums are carried in registers. Where the kernel has a `gpu.thread_tile`, its one
    operation is all threads' of the grid. Loops around them stay, the same on all threads; what writes without being linalg is done by the first thread. Temporary
    buffers become workgroup memory. A barrier stands wherever a thread may read what another wrote.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "64", "Threads of a workgroup">,
    Option<"accumulators", "accumulators", "int64_t", "32", "Most sums that a thread carries">,
    Option<"loadCost", "load-cost", "int64_t", "16", "What loading an element costs, in multiply-adds">,
    Option<"unrolled", "unrolled", "int64_t", "512", "Most multiply-adds written out in a loop's body">,
    Option<"gridWidth", "grid-width", "int64_t", "65535", "Most workgroups along x; the rest go along y">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}
