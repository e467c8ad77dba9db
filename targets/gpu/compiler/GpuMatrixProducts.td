// The pass that computes products on matrix units.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuMatrixProducts : Pass<"gpu-matrix-products", "::mlir::func::FuncOp"> {
  let summary = "matrix products of f16, bf16 and 8-bit integers by a device's matrix units";
  let description = [{
    In: a kernel on buffers with a `gpu.product_tile`, which is a matrix product and what follows. Its workgroups compute a
    tile each with the units that the pass was made with (`MatrixUnit`), of f32 with multiply-adds: factors pass through two stages of workgroup
    memory, by asynchronous copies where the device has them and neighbours along k are neighbours in memory, else through
    registers; elements beyond the edges are zero. Zero points are taken out of the sum: sum((a - z) b) is
    sum(a b) - z sum(b). The function is marked `gpu.shared_out`: its work is spread over threads already.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "128", "Threads of a workgroup">,
    Option<"gridWidth", "grid-width", "int64_t", "65535", "Most workgroups along x; the rest go along y">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}
