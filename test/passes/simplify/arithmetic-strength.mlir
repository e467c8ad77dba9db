// Cheaper operators with the same result.
// RUN: sinter-opt %s --nn-simplify-arithmetic | FileCheck %s

// CHECK-LABEL: @square
// CHECK: nn.binary mul %arg0, %arg0
func.func @square(%x: tensor<4xf32>) -> tensor<4xf32> {
  %two = nn.constant dense<2.0> : tensor<f32>
  %0 = nn.binary pow %x, %two : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @divide
// CHECK-DAG: %[[QUARTER:.*]] = nn.constant dense<2.500000e-01> : tensor<f32>
// CHECK-DAG: %[[THREE:.*]] = nn.constant dense<3.000000e+00> : tensor<f32>
// CHECK: %[[A:.*]] = nn.binary mul %arg0, %[[QUARTER]]
// CHECK: nn.binary div %[[A]], %[[THREE]]
func.func @divide(%x: tensor<4xf32>) -> tensor<4xf32> {
  %four = nn.constant dense<4.0> : tensor<f32>
  %three = nn.constant dense<3.0> : tensor<f32>
  %0 = nn.binary div %x, %four : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.binary div %0, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @max_with_zero
// CHECK: nn.unary relu %arg0
func.func @max_with_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.binary max %zero, %x : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @select_by_constant
// CHECK-NEXT: return %arg1
func.func @select_by_constant(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %false = nn.constant dense<false> : tensor<i1>
  %0 = nn.select %false, %x, %y : (tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
