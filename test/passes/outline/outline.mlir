// Dispatch regions become kernels of their target's module; equal ones are merged and their provenance with them.
// RUN: sinter-opt %s --program-outline --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: program.call @cpu_x86_64::@k0_unary(%arg0) : (tensor<4xf32>) -> tensor<4xf32> loc("A")
// CHECK: program.call @cpu_x86_64::@k0_unary({{.*}}) : (tensor<4xf32>) -> tensor<4xf32> loc("B")
// CHECK: program.call @null::@k0_binary
// CHECK-NOT: nn.dispatch
// CHECK: module @cpu_x86_64 attributes {program.target = "cpu:x86-64"}
// CHECK: func.func @k0_unary
// CHECK: nn.unary exp
// CHECK: loc(fused["A", "B"])
// CHECK-NOT: func.func
// CHECK: module @null
// CHECK: func.func @k0_binary
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.dispatch (%x) attributes {nn.target = "cpu:x86-64"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = nn.unary exp %a : tensor<4xf32> -> tensor<4xf32> loc("A")
    nn.yield %1 : tensor<4xf32>
  } loc("A")
  %2 = nn.dispatch (%0) attributes {nn.target = "cpu:x86-64"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = nn.unary exp %a : tensor<4xf32> -> tensor<4xf32> loc("B")
    nn.yield %1 : tensor<4xf32>
  } loc("B")
  %3 = nn.dispatch (%2) attributes {nn.target = "null"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = nn.binary add %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    nn.yield %1 : tensor<4xf32>
  }
  return %3 : tensor<4xf32>
}
