// The pass that turns nn kernels into linalg and window operations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuLowerNn : Pass<"cpu-lower-nn", "::mlir::ModuleOp"> {
  let summary = "nn-to-linalg, with window operations of the cpu dialect for what is tiled for registers";
  let description = [{
    As `nn-to-linalg`; but contractions whose constant operand is packed, f32 products with columns enough to fill vectors and
    f32 convolutions of few channels a group become window operations.
  }];
  let options = [
    Option<"doubles", "doubles", "bool", "true", "sums are requantized in double precision, else in high words of integer products">,
    Option<"columns", "columns", "int64_t", "16", "columns in a block of an 8-bit matrix product's right-hand side">];
  let dependentDialects = ["::sinter::cpu::CpuDialect", "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"];
}
