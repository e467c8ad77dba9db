// The pass that computes products on tensor cores.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CudaMatrixProducts : Pass<"cuda-matrix-products", "::mlir::func::FuncOp"> {
  let summary = "matrix products of f16, bf16 and 8-bit integers by the warp-wide mma.sync";
  let description = [{
    A `linalg.generic` on buffers that sums products over one loop, of f16 or bf16 into f32 or of 8-bit integers into i32,
    becomes loops in which each warp computes tiles of 16 rows and a multiple of 8 columns. Sizes must be whole tiles;
    what is not is left as it is. Zero points are taken out of the sum: sum((a - z) b) is sum(a b) - z sum(b). The loops
    are marked `gpu.shared_out`: they are all threads' already.
  }];
  let options = [Option<"threads", "threads", "int64_t", "128", "Threads of a workgroup, whole warps">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}
