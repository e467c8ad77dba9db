// The pass that puts a kernel's temporary buffers on the stack or into the worker's scratch block.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuPlaceBuffers : Pass<"cpu-place-buffers", "::mlir::func::FuncOp"> {
  let summary = "memref.alloc becomes stack or scratch";
  let description = [{
    Temporary buffers are bounded at compile time. While they fit in 32 KiB together they go on the stack; the larger ones
    move to the scratch block, a trailing memref<?xi8> argument, and `program.scratch` says how many bytes are needed.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}
