// A packed 8-bit convolution becomes a window operation; the bias takes the zero point: -(-11 + 128) * sum.
// RUN: sinter-opt %s --cpu-lower-nn | FileCheck %s

!x = !quant.uniform<i8:f32, 0.05:-11>
!w = !quant.uniform<i8:f32, 0.01>
!y = !quant.uniform<i8:f32, 0.1:7>

// CHECK-LABEL: func.func @conv
// CHECK: %[[C:.*]] = arith.constant dense<[702, -1404]> : tensor<2xi32>
// CHECK: %[[B:.*]] = linalg.generic {{.*}} ins(%arg2, %[[C]]
// CHECK: cpu.quantized_conv %arg0, %arg1, %[[B]], %{{.*}} zero 117 signed true limits [7, -128, 100]
// CHECK-NOT: nn.
func.func @conv(%x: tensor<1x6x4x4x!x>, %p: tensor<1x2x1x1x16x4x!w>, %b: tensor<2xi32>) -> tensor<1x2x4x4x!y> {
  %w = nn.unpack %p axes [0, 1] blocks [16, 4] : tensor<1x2x1x1x16x4x!w> -> tensor<2x6x1x1x!w>
  %0 = nn.conv %x, %w, %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1
    {nn.accumulator_bits = 20 : i64, nn.filter_sums = array<i32: -6, 12>, nn.clamp = array<i64: -128, 100>}
    : (tensor<1x6x4x4x!x>, tensor<2x6x1x1x!w>, tensor<2xi32>) -> tensor<1x2x4x4x!y>
  return %0 : tensor<1x2x4x4x!y>
}
