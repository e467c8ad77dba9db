// An element-wise operator broadcasts by itself.
// RUN: sinter-opt %s --nn-simplify-arithmetic | FileCheck %s

// CHECK-LABEL: @dropped
// CHECK-NEXT: nn.binary add %arg0, %arg1 : (tensor<2x3xf32>, tensor<3xf32>)
func.func @dropped(%x: tensor<2x3xf32>, %y: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = nn.broadcast %y : tensor<3xf32> -> tensor<2x3xf32>
  %1 = nn.binary add %x, %0 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// The only operand that has the result's shape must keep it.
// CHECK-LABEL: @needed
// CHECK-NEXT: nn.broadcast
func.func @needed(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = nn.broadcast %y : tensor<3xf32> -> tensor<2x3xf32>
  %1 = nn.binary add %x, %0 : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}
