// The pass that splits kernels around their contraction.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuDistributeContractions : Pass<"cpu-distribute-contractions", "::mlir::func::FuncOp"> {
  let summary = "tile a window operation and what follows it into one scf.forall of workgroups";
  let description = [{
    In: a kernel with at most one window operation of the cpu dialect. Out: its result and its epilogue are computed in the
    workgroups of a `scf.forall`, whose trip count is in `program.grid`; the epilogue updates the window in place. The split
    depends on shapes alone, the same for every variant. Kernels without a window operation are left to
    `distribute-workgroups`.
  }];
  let dependentDialects = ["::sinter::cpu::CpuDialect", "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}
