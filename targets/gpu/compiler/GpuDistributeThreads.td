// The pass that spreads a workgroup's work over its threads.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuDistributeThreads : Pass<"gpu-distribute-threads", "::mlir::func::FuncOp"> {
  let summary = "run a kernel's workgroups as GPU workgroups, and linalg operations on all threads of one";
  let description = [{
    In: a kernel on buffers, its workgroups one `scf.forall`. The forall becomes the place that the workgroup's number
    tells. Each linalg operation becomes loops in which a thread computes every `threads`-th element, contractions a tile
    of elements spaced so that neighbouring threads read neighbouring addresses; sums are carried in registers. Loops
    around them stay, the same on all threads; what writes without being linalg is done by the first thread. Temporary
    buffers become workgroup memory. A barrier stands wherever a thread may read what another wrote.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "64", "Threads of a workgroup">,
    Option<"tile", "tile", "int64_t", "32", "Most elements of a contraction that a thread computes at once">,
    Option<"gridWidth", "grid-width", "int64_t", "65535", "Most workgroups along x; the rest go along y">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}
