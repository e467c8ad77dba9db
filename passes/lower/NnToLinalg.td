// The pass that turns nn kernels into linalg kernels.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def NnToLinalg : Pass<"nn-to-linalg", "::mlir::ModuleOp"> {
  let summary = "nn operators on tensors to linalg on tensors of storage types";
  let description = [{
    Signatures change with the types: `i1` becomes `i8` (0 or 1), signed and unsigned integers become signless, quantised
    types their storage. What no pattern takes is an error at the operation.
  }];
  let options = [Option<"vectors", "vectors", "bool", "true",
    "Recurrent dot products run in vectors: the processor has them in a thread">,
    Option<"doubles", "doubles", "bool", "true", "Sums that fit are requantized in double precision, else in integers">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}
