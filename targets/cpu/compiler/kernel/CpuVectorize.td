// The pass that tiles a workgroup's work to vector registers.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuVectorize : Pass<"cpu-vectorize", "::mlir::func::FuncOp"> {
  let summary = "tile linalg operations to vectors and vectorize them, on tensors";
  let description = [{
    Each operation is tiled with scf.for to what fits the registers, remainders are peeled into loops of their own and
    vectorized at their exact size; accumulators are hoisted out of reduction loops. What cannot be vectorized stays
    linalg and becomes scalar loops later.
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "unsigned", "16", "Bytes of a vector register">,
    Option<"registers", "registers", "unsigned", "16", "Vector registers">,
    Option<"fma", "fma", "bool", "false", "The processor has fused multiply-add">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}
