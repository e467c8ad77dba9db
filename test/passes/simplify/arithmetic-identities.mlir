// Neutral elements go, on the side where they are neutral.
// RUN: sinter-opt %s --nn-simplify-arithmetic | FileCheck %s

// CHECK-LABEL: @neutral
// CHECK-SAME: (%[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @neutral(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %negative = nn.constant dense<-0.0> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<3xf32>
  %0 = nn.binary add %negative, %x : (tensor<f32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.binary mul %0, %one : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = nn.binary div %1, %one : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %3 = nn.binary sub %2, %zero : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %3 : tensor<2x3xf32>
}

// Integers have one zero.
// CHECK-LABEL: @integers
// CHECK-SAME: (%[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @integers(%x: tensor<3xi32>) -> tensor<3xi32> {
  %zero = nn.constant dense<0> : tensor<i32>
  %0 = nn.binary add %x, %zero : (tensor<3xi32>, tensor<i32>) -> tensor<3xi32>
  %1 = nn.binary sub %0, %zero : (tensor<3xi32>, tensor<i32>) -> tensor<3xi32>
  return %1 : tensor<3xi32>
}

// -0 + 0 is 0, and so is -0 - -0.
// CHECK-LABEL: @signed_zeros
// CHECK: nn.binary add
// CHECK: nn.binary sub
func.func @signed_zeros(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %negative = nn.constant dense<-0.0> : tensor<f32>
  %0 = nn.binary add %x, %zero : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  %1 = nn.binary sub %x, %negative : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// 1 / x and 0 - x are not x, and an addition that broadcasts changes the shape.
// CHECK-LABEL: @not_neutral
// CHECK: nn.binary div
// CHECK: nn.binary sub
// CHECK: nn.binary add
func.func @not_neutral(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>) {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %zeros = nn.constant dense<0.0> : tensor<2x3xf32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.binary div %one, %x : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
  %1 = nn.binary sub %zero, %x : (tensor<f32>, tensor<3xf32>) -> tensor<3xf32>
  %2 = nn.binary add %x, %zeros : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1, %2 : tensor<3xf32>, tensor<3xf32>, tensor<2x3xf32>
}
