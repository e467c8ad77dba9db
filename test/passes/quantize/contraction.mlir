// RUN: sinter-opt %s --nn-fold-quantization --canonicalize | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:-128>
!y = !quant.uniform<i8:f32, 2.500000e-01:10>
!w = !quant.uniform<i8<-127:127>:f32:0, {1.250000e-01, 2.500000e-01}>

// Weights per channel, a float bias that becomes i32 (2 / (0.5 * 0.125), 3 / (0.5 * 0.25)), a relu that becomes a limit.
// CHECK-LABEL: @conv
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[32, 24]> : tensor<2xi32>
// CHECK-DAG: %[[W:.*]] = nn.constant {{.*}} as tensor<2x1x1x1x!quant.uniform<i8{{.*}}>>
// CHECK: nn.conv %{{.*}}, %[[W]], %[[B]] {{.*}}nn.accumulator_bits = {{[0-9]+}}{{.*}}nn.clamp = array<i64: 10, 127>
// CHECK-SAME: -> tensor<1x2x4x4x!quant.uniform<i8:f32, 2.500000e-01:10>>
// CHECK-NEXT: return
func.func @conv(%q: tensor<1x1x4x4x!x>) -> tensor<1x2x4x4x!y> {
  %w = nn.constant dense<[[[[3]]], [[[-5]]]]> : tensor<2x1x1x1xi8> as tensor<2x1x1x1x!w>
  %b = nn.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %x = nn.dequantize %q : tensor<1x1x4x4x!x> -> tensor<1x1x4x4xf32>
  %wf = nn.dequantize %w : tensor<2x1x1x1x!w> -> tensor<2x1x1x1xf32>
  %c = nn.conv %x, %wf, %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 : (tensor<1x1x4x4xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x2x4x4xf32>
  %r = nn.unary relu %c : tensor<1x2x4x4xf32> -> tensor<1x2x4x4xf32>
  %y = nn.quantize %r : tensor<1x2x4x4xf32> -> tensor<1x2x4x4x!y>
  return %y : tensor<1x2x4x4x!y>
}

!wm = !quant.uniform<i8:f32:0, {1.250000e-01, 2.500000e-01}>
!b = !quant.uniform<i32:f32:0, {6.250000e-02, 1.250000e-01}>

// Transposed weights: the quantised axis moves along. An i32 bias in the accumulator's scale is kept.
// CHECK-LABEL: @matmul
// CHECK-DAG: %[[B:.*]] = nn.constant dense<[7, -9]> : tensor<2xi32>
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[\[}}1, 4], [2, 5], [3, 6]]> : tensor<3x2xi8> as tensor<3x2x!quant.uniform<i8:f32:1, {1.250000e-01,2.500000e-01}>>
// CHECK: nn.matmul %{{.*}}, %[[W]], %[[B]]
// CHECK-NEXT: return
func.func @matmul(%q: tensor<4x3x!x>) -> tensor<4x2x!y> {
  %w = nn.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8> as tensor<2x3x!wm>
  %bq = nn.constant dense<[7, -9]> : tensor<2xi32> as tensor<2x!b>
  %b = nn.dequantize %bq : tensor<2x!b> -> tensor<2xf32>
  %x = nn.dequantize %q : tensor<4x3x!x> -> tensor<4x3xf32>
  %wf = nn.dequantize %w : tensor<2x3x!wm> -> tensor<2x3xf32>
  %wt = nn.transpose %wf permutation [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %c = nn.matmul %x, %wt, %b : (tensor<4x3xf32>, tensor<3x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %y = nn.quantize %c : tensor<4x2xf32> -> tensor<4x2x!y>
  return %y : tensor<4x2x!y>
}
