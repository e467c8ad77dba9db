// Movements that move nothing become views, chains become one.
// RUN: sinter-opt %s --nn-simplify-movement | FileCheck %s

// CHECK-LABEL: @transpose_of_unit_axes
// CHECK: nn.reshape %arg0 : tensor<8x1x4xf32> -> tensor<8x4x1xf32>
// CHECK: nn.transpose %arg1
func.func @transpose_of_unit_axes(%x: tensor<8x1x4xf32>, %y: tensor<8x2x4xf32>) -> (tensor<8x4x1xf32>, tensor<8x4x2xf32>) {
  %0 = nn.transpose %x permutation [0, 2, 1] : tensor<8x1x4xf32> -> tensor<8x4x1xf32>
  %1 = nn.transpose %y permutation [0, 2, 1] : tensor<8x2x4xf32> -> tensor<8x4x2xf32>
  return %0, %1 : tensor<8x4x1xf32>, tensor<8x4x2xf32>
}

// CHECK-LABEL: @reduce_of_unit_axes
// CHECK: nn.reshape
// CHECK: nn.reduce l1
func.func @reduce_of_unit_axes(%x: tensor<8x1xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = nn.reduce mean %x axes [1] keepdims false : tensor<8x1xf32> -> tensor<8xf32>
  %1 = nn.reduce l1 %x axes [1] keepdims false : tensor<8x1xf32> -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: @slice_of_slice
// CHECK-NEXT: nn.slice %arg0 starts [7] sizes [3] steps [-2] : tensor<10xf32> -> tensor<3xf32>
// CHECK-NEXT: return
func.func @slice_of_slice(%x: tensor<10xf32>) -> tensor<3xf32> {
  %0 = nn.slice %x starts [1] sizes [4] steps [2] : tensor<10xf32> -> tensor<4xf32>
  %1 = nn.slice %0 starts [3] sizes [3] steps [-1] : tensor<4xf32> -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// CHECK-LABEL: @concat_of_concat
// CHECK-NEXT: nn.concat %arg0, %arg1, %arg0 axis 0
func.func @concat_of_concat(%x: tensor<2xf32>, %y: tensor<3xf32>, %none: tensor<0xf32>) -> tensor<7xf32> {
  %0 = nn.concat %x, %y axis 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %1 = nn.concat %0, %none, %x axis 0 : (tensor<5xf32>, tensor<0xf32>, tensor<2xf32>) -> tensor<7xf32>
  return %1 : tensor<7xf32>
}

// CHECK-LABEL: @gather_of_a_run
// CHECK: nn.slice %arg0 starts [0, 3] sizes [2, 2] steps [1, -2] : tensor<2x4xf32> -> tensor<2x2xf32>
// CHECK: %[[ONE:.*]] = nn.slice %arg0 starts [0, 3] sizes [2, 1] steps [1, 1]
// CHECK: nn.reshape %[[ONE]] : tensor<2x1xf32> -> tensor<2xf32>
func.func @gather_of_a_run(%x: tensor<2x4xf32>) -> (tensor<2x2xf32>, tensor<2xf32>) {
  %i = nn.constant dense<[3, 1]> : tensor<2xi64>
  %last = nn.constant dense<-1> : tensor<i64>
  %0 = nn.gather %x, %i axis 1 : (tensor<2x4xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  %1 = nn.gather %x, %last axis 1 : (tensor<2x4xf32>, tensor<i64>) -> tensor<2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @pad_by_nothing
// CHECK-NEXT: return %arg0
func.func @pad_by_nothing(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.pad edge %x pads [0, 0] : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
