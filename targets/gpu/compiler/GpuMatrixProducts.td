// The pass that computes products on matrix units.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuMatrixProducts : Pass<"gpu-matrix-products", "::mlir::func::FuncOp"> {
  let summary = "matrix products of f16, bf16 and 8-bit integers by a device's matrix units";
  let description = [{
    A `linalg.generic` on buffers that sums products over one loop, of f16 or bf16 into f32 or of 8-bit integers into i32,
    becomes loops in which the lanes that use a unit together compute tiles of its rows and a multiple of its columns.
    Units are those that the pass was made with (`MatrixUnit`); without any, nothing changes. Sizes must be whole tiles;
    what is not is left as it is. Zero points are taken out of the sum: sum((a - z) b) is sum(a b) - z sum(b). The loops
    are marked `gpu.shared_out`: they are all threads' already.
  }];
  let options = [Option<"threads", "threads", "int64_t", "128", "Threads of a workgroup">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}
