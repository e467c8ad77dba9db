// The pass that leaves only what the processor can do without a library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def LegalizeMath : Pass<"legalize-math", "::mlir::func::FuncOp"> {
  let summary = "math functions become polynomials, missing instructions arithmetic";
  let description = [{
    No operation that LLVM would turn into a call remains: exp, log, tanh and the like are evaluated by polynomials, fused
    multiply-add is a multiply and an add where the processor has none, and bf16 conversions are integer arithmetic.
    Float additions and multiplications get the `contract` flag, the only freedom that kernels take.
  }];
  let options = [Option<"fma", "fma", "bool", "false", "The processor has fused multiply-add">,
    Option<"half", "half", "bool", "false", "The processor converts f16">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}
