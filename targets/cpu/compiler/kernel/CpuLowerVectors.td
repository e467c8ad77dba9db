// The pass that breaks vectors down to what LLVM has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuLowerVectors : Pass<"cpu-lower-vectors", "::mlir::func::FuncOp"> {
  let summary = "contractions, reductions, transposes and transfers become one-dimensional vector operations";
  let description = [{ On buffers. Also turns the copies that bufferization left into loops: kernels call no memcpy. }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::mlir::linalg::LinalgDialect"];
}
