// An addition after a matrix product is its bias, constant or not.
// RUN: sinter-opt %s --nn-fold-affine | FileCheck %s

// CHECK-LABEL: @constant_bias
// CHECK: %[[B:.*]] = nn.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
// CHECK: nn.matmul %arg0, %arg1, %[[B]]
// CHECK-NEXT: return
func.func @constant_bias(%x: tensor<4x2xf32>, %w: tensor<2x3xf32>) -> tensor<4x3xf32> {
  %b = nn.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %0 = nn.matmul %x, %w : (tensor<4x2xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %1 = nn.binary add %0, %b : (tensor<4x3xf32>, tensor<1x3xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// CHECK-LABEL: @variable_bias
// CHECK: nn.matmul %arg0, %arg1, %arg2
// CHECK-NEXT: return
func.func @variable_bias(%x: tensor<4x2xf32>, %w: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<4x3xf32> {
  %0 = nn.matmul %x, %w : (tensor<4x2xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %1 = nn.binary add %b, %0 : (tensor<3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// A residual is no bias.
// CHECK-LABEL: @residual
// CHECK: nn.binary add
func.func @residual(%x: tensor<4x2xf32>, %w: tensor<2x3xf32>, %r: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = nn.matmul %x, %w : (tensor<4x2xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %1 = nn.binary add %0, %r : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}
