// Folds that need no evaluation.
// RUN: sinter-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @identities
// CHECK-NEXT: return %arg0
func.func @identities(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reshape %x : tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = nn.transpose %0 permutation [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %2 = nn.cast %1 : tensor<2x3xf32> -> tensor<2x3xf32>
  %3 = nn.broadcast %2 : tensor<2x3xf32> -> tensor<2x3xf32>
  %4 = nn.slice %3 starts [0, 0] sizes [2, 3] steps [1, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %5 = nn.bitcast %4 : tensor<2x3xf32> -> tensor<2x3xf32>
  return %5 : tensor<2x3xf32>
}

// A slice that reverses an axis has the input's type, but is no identity.
// CHECK-LABEL: @reversal
// CHECK: nn.slice
func.func @reversal(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = nn.slice %x starts [2] sizes [3] steps [-1] : tensor<3xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @reshape_chain
// CHECK-NEXT: nn.reshape %arg0 : tensor<2x3xf32> -> tensor<3x2xf32>
// CHECK-NEXT: return
func.func @reshape_chain(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = nn.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %1 = nn.reshape %0 : tensor<6xf32> -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// CHECK-LABEL: @transpose_chain
// CHECK-NEXT: nn.transpose %arg0 permutation [2, 1, 0] : tensor<2x3x4xf32> -> tensor<4x3x2xf32>
// CHECK-NEXT: return
func.func @transpose_chain(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %0 = nn.transpose %x permutation [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = nn.transpose %0 permutation [0, 2, 1] : tensor<4x2x3xf32> -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// CHECK-LABEL: @idempotent
// CHECK-NEXT: nn.unary relu
// CHECK-NEXT: return
func.func @idempotent(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.unary relu %x : tensor<4xf32> -> tensor<4xf32>
  %1 = nn.unary relu %0 : tensor<4xf32> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @dead
// CHECK-NEXT: return
func.func @dead(%x: tensor<4xf32>) {
  %0 = nn.dispatch(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    nn.yield %a : tensor<4xf32>
  }
  return
}
