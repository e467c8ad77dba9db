// A batch normalisation after a convolution becomes its weights and bias.
// RUN: sinter-opt %s --nn-fold-affine --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// w = [1, 2] * [2, 3], b = [10, 20] * [2, 3] + [1, 1]
// CHECK-LABEL: @conv
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[\[\[}}2.000000e+00{{\]\], \[\[}}6.000000e+00]]]> : tensor<2x1x1xf32>
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[2.100000e+01, 6.100000e+01]> : tensor<2xf32>
// CHECK: %[[R:.*]] = nn.conv %arg0, %[[W]], %[[B]] strides [1]
// CHECK-SAME: loc(fused["Conv", "Mul", "Add"])
// CHECK-NEXT: return %[[R]]
func.func @conv(%x: tensor<1x1x4xf32>) -> tensor<1x2x4xf32> {
  %w = nn.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %b = nn.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %s = nn.constant dense<[[2.0], [3.0]]> : tensor<2x1xf32>
  %t = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.conv %x, %w, %b strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x1x4xf32>, tensor<2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4xf32> loc("Conv")
  %1 = nn.binary mul %0, %s : (tensor<1x2x4xf32>, tensor<2x1xf32>) -> tensor<1x2x4xf32> loc("Mul")
  %2 = nn.binary add %t, %1 : (tensor<f32>, tensor<1x2x4xf32>) -> tensor<1x2x4xf32> loc("Add")
  return %2 : tensor<1x2x4xf32>
}

// The convolution's own result is read too: it must stay.
// CHECK-LABEL: @two_readers
// CHECK: nn.conv
// CHECK: nn.binary mul
func.func @two_readers(%x: tensor<1x1x4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>) {
  %w = nn.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %s = nn.constant dense<[[2.0], [3.0]]> : tensor<2x1xf32>
  %0 = nn.conv %x, %w strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x1x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4xf32>
  %1 = nn.binary mul %0, %s : (tensor<1x2x4xf32>, tensor<2x1xf32>) -> tensor<1x2x4xf32>
  return %0, %1 : tensor<1x2x4xf32>, tensor<1x2x4xf32>
}

// A factor for each position is not one for each channel.
// CHECK-LABEL: @per_position
// CHECK: nn.binary mul
func.func @per_position(%x: tensor<1x1x4xf32>) -> tensor<1x2x4xf32> {
  %w = nn.constant dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>
  %s = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = nn.conv %x, %w strides [1] pads [0, 0] dilations [1] group 1 : (tensor<1x1x4xf32>, tensor<2x1x1xf32>) -> tensor<1x2x4xf32>
  %1 = nn.binary mul %0, %s : (tensor<1x2x4xf32>, tensor<4xf32>) -> tensor<1x2x4xf32>
  return %1 : tensor<1x2x4xf32>
}
