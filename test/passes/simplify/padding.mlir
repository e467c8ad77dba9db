// Zero padding of spatial axes moves into the window operator.
// RUN: sinter-opt %s --nn-fold-padding | FileCheck %s

// CHECK-LABEL: @conv
// CHECK-NEXT: nn.conv %arg0, %arg1 strides [1] pads [3, 2] dilations [1]
func.func @conv(%x: tensor<1x2x8xf32>, %w: tensor<4x2x3xf32>) -> tensor<1x4x11xf32> {
  %0 = nn.pad constant %x pads [0, 0, 2, 0, 0, 1] : (tensor<1x2x8xf32>) -> tensor<1x2x11xf32>
  %1 = nn.conv %0, %w strides [1] pads [1, 1] dilations [1] group 1 : (tensor<1x2x11xf32>, tensor<4x2x3xf32>) -> tensor<1x4x11xf32>
  return %1 : tensor<1x4x11xf32>
}

// CHECK-LABEL: @average
// CHECK-NEXT: nn.pool average_include_pad %arg0 kernel [2] strides [2] pads [1, 1]
func.func @average(%x: tensor<1x2x8xf32>) -> tensor<1x2x5xf32> {
  %0 = nn.pad constant %x pads [0, 0, 1, 0, 0, 1] : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %1 = nn.pool average %0 kernel [2] strides [2] pads [0, 0] dilations [1] : tensor<1x2x10xf32> -> tensor<1x2x5xf32>
  return %1 : tensor<1x2x5xf32>
}

// Other values, other modes, channels: not a convolution's padding. Zeros take part in a maximum, padding does not.
// CHECK-LABEL: @stays
// CHECK: nn.pad constant %arg0, %arg2
// CHECK: nn.pad reflect
// CHECK: nn.pad constant
func.func @stays(%x: tensor<1x2x8xf32>, %w: tensor<4x2x3xf32>, %v: tensor<f32>) -> (tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1x2x5xf32>) {
  %0 = nn.pad constant %x, %v pads [0, 0, 1, 0, 0, 1] : (tensor<1x2x8xf32>, tensor<f32>) -> tensor<1x2x10xf32>
  %1 = nn.conv %0, %w strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x2x10xf32>, tensor<4x2x3xf32>) -> tensor<1x4x8xf32>
  %2 = nn.pad reflect %x pads [0, 0, 1, 0, 0, 1] : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %3 = nn.conv %2, %w strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x2x10xf32>, tensor<4x2x3xf32>) -> tensor<1x4x8xf32>
  %4 = nn.pad constant %x pads [0, 0, 1, 0, 0, 1] : (tensor<1x2x8xf32>) -> tensor<1x2x10xf32>
  %5 = nn.pool max %4 kernel [2] strides [2] pads [0, 0] dilations [1] : tensor<1x2x10xf32> -> tensor<1x2x5xf32>
  return %1, %3, %5 : tensor<1x4x8xf32>, tensor<1x4x8xf32>, tensor<1x2x5xf32>
}
