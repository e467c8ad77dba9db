// Layers that differ in a learned scalar share a kernel; a scalar that they have in common stays inside it.
// RUN: sinter-opt %s --program-outline | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: %[[TWO:.*]] = nn.constant dense<2.000000e+00>
// CHECK: %[[A:.*]] = program.call @null::@k0_binary(%arg0, %[[TWO]])
// CHECK: %[[THREE:.*]] = nn.constant dense<3.000000e+00>
// CHECK: program.call @null::@k0_binary(%[[A]], %[[THREE]])
// CHECK: func.func @k0_binary(%arg0: tensor<4xf32>, %arg1: tensor<1xf32>)
// CHECK-NEXT: %[[ONE:.*]] = nn.constant dense<1.000000e+00>
// CHECK-NEXT: %[[SUM:.*]] = nn.binary add %arg0, %[[ONE]]
// CHECK-NEXT: nn.binary mul %[[SUM]], %arg1
// CHECK-NOT: func.func
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.dispatch (%x) attributes {nn.target = "null"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %one = nn.constant dense<1.0> : tensor<1xf32>
    %two = nn.constant dense<2.0> : tensor<1xf32>
    %s = nn.binary add %a, %one : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    %p = nn.binary mul %s, %two : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    nn.yield %p : tensor<4xf32>
  }
  %1 = nn.dispatch (%0) attributes {nn.target = "null"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %one = nn.constant dense<1.0> : tensor<1xf32>
    %three = nn.constant dense<3.0> : tensor<1xf32>
    %s = nn.binary add %a, %one : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    %p = nn.binary mul %s, %three : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
    nn.yield %p : tensor<4xf32>
  }
  return %1 : tensor<4xf32>
}
