// Operators that a target claims carry its name; constants and unclaimed views carry none.
// RUN: sinter-opt %s --nn-place=targets=cpu:x86-64 | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: nn.constant dense<1.000000e+00>
// CHECK-NOT: nn.target
// CHECK: nn.binary add {{.*}} {nn.target = "cpu:x86-64"}
// CHECK: nn.unary exp {{.*}} {nn.target = "cpu:x86-64"}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = nn.constant dense<1.0> : tensor<4xf32>
  %0 = nn.binary add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.unary exp %0 : tensor<4xf32> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
