// Transposed convolutions are convolutions whose filters count the phases of the stride.
// RUN: sinter-opt %s --nn-decompose --nn-fold-constants --canonicalize | FileCheck %s

// A kernel as large as the stride: one multiplication an output.
// CHECK-LABEL: @pixel_shuffle
// CHECK: %[[C:.*]] = nn.conv %arg0, %{{.*}}, %{{.*}} strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 : (tensor<1x8x5x6xf32>, tensor<12x8x1x1xf32>, tensor<12xf32>) -> tensor<1x12x5x6xf32>
// CHECK: %[[S:.*]] = nn.reshape %[[C]] : tensor<1x12x5x6xf32> -> tensor<1x3x2x2x5x6xf32>
// CHECK: %[[T:.*]] = nn.transpose %[[S]] permutation [0, 1, 4, 2, 5, 3]
// CHECK: %[[R:.*]] = nn.reshape %[[T]] : tensor<1x3x5x2x6x2xf32> -> tensor<1x3x10x12xf32>
// CHECK-NEXT: return %[[R]]
func.func @pixel_shuffle(%x: tensor<1x8x5x6xf32>, %b: tensor<3xf32>) -> tensor<1x3x10x12xf32> {
  %w = nn.constant dense<0.5> : tensor<8x3x2x2xf32>
  %0 = nn.conv_transpose %x, %w, %b strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] group 1 output_padding [0, 0] : (tensor<1x8x5x6xf32>, tensor<8x3x2x2xf32>, tensor<3xf32>) -> tensor<1x3x10x12xf32>
  return %0 : tensor<1x3x10x12xf32>
}

// The weights of one axis, reversed in each phase: outputs 0, 2, 4 see [3, 1], outputs 1, 3, 5 see [0, 2].
// CHECK-LABEL: @phases
// CHECK: %[[W:.*]] = nn.constant dense<{{\[\[\[}}3.000000e+00, 1.000000e+00]], {{\[\[}}0.000000e+00, 2.000000e+00]]]> : tensor<2x1x2xf32>
// CHECK: nn.conv %arg0, %[[W]] strides [1] pads [1, 1]
func.func @phases(%x: tensor<1x1x4xf32>) -> tensor<1x1x9xf32> {
  %w = nn.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32>
  %0 = nn.conv_transpose %x, %w strides [2] pads [0, 0] dilations [1] group 1 output_padding [0] : (tensor<1x1x4xf32>, tensor<1x1x3xf32>) -> tensor<1x1x9xf32>
  return %0 : tensor<1x1x9xf32>
}

// CHECK-LABEL: @dynamic_quantize
// CHECK-NOT: nn.dynamic_quantize
// CHECK: nn.reduce min %arg0
// CHECK: nn.reduce max %arg0
// CHECK: nn.cast %{{.*}} : tensor<6xf32> -> tensor<6xui8>
func.func @dynamic_quantize(%x: tensor<6xf32>) -> (tensor<6xui8>, tensor<f32>, tensor<ui8>) {
  %0:3 = nn.dynamic_quantize %x : tensor<6xf32> -> tensor<6xui8>, tensor<f32>, tensor<ui8>
  return %0#0, %0#1, %0#2 : tensor<6xui8>, tensor<f32>, tensor<ui8>
}
