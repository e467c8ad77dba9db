// Constants of 8-bit contractions are stored in blocks of 16 output channels and 4 terms of a dot product, behind an
// unpack, with the sums that zero points are corrected by: along channels, along taps where channels are few, along rows.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(cpu-pack-constants))' | FileCheck %s

!x = !quant.uniform<i8:f32, 0.05:-11>
!w = !quant.uniform<i8:f32:0, {0.01, 0.02}>
!p = !quant.uniform<i8:f32, 0.01>
!y = !quant.uniform<i8:f32, 0.1>

// CHECK-LABEL: func.func @channels
// CHECK: nn.constant dense<{{.*}}> : tensor<1x2x1x1x16x4xi8>
// CHECK: %[[W:.*]] = nn.unpack %{{.*}} axes [0, 1] blocks [16, 4] : tensor<1x2x1x1x16x4x!{{.*}}> -> tensor<2x6x1x1x!
// CHECK: nn.conv %{{.*}}, %[[W]] {{.*}}nn.filter_sums = array<i32: -6, 12>
func.func @channels(%x: tensor<1x6x4x4x!x>) -> tensor<1x2x4x4x!y> {
  %w = nn.constant dense<[[[[-1]], [[-1]], [[-1]], [[-1]], [[-1]], [[-1]]], [[[2]], [[2]], [[2]], [[2]], [[2]], [[2]]]]> : tensor<2x6x1x1xi8> as tensor<2x6x1x1x!w>
  %0 = nn.dispatch (%x, %w) : (tensor<1x6x4x4x!x>, tensor<2x6x1x1x!w>) -> tensor<1x2x4x4x!y> {
  ^bb0(%a: tensor<1x6x4x4x!x>, %b: tensor<2x6x1x1x!w>):
    %1 = nn.conv %a, %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 {nn.accumulator_bits = 12 : i64}
      : (tensor<1x6x4x4x!x>, tensor<2x6x1x1x!w>) -> tensor<1x2x4x4x!y>
    nn.yield %1 : tensor<1x2x4x4x!y>
  }
  return %0 : tensor<1x2x4x4x!y>
}

// CHECK-LABEL: func.func @taps
// CHECK: nn.unpack %{{.*}} axes [0, 3] blocks [16, 4] : tensor<1x1x1x3x16x4x!{{.*}}> -> tensor<8x1x3x3x!
func.func @taps(%x: tensor<1x8x4x4x!x>) -> tensor<1x8x4x4x!y> {
  %w = nn.constant dense<3> : tensor<8x1x3x3xi8> as tensor<8x1x3x3x!p>
  %0 = nn.dispatch (%x, %w) : (tensor<1x8x4x4x!x>, tensor<8x1x3x3x!p>) -> tensor<1x8x4x4x!y> {
  ^bb0(%a: tensor<1x8x4x4x!x>, %b: tensor<8x1x3x3x!p>):
    %1 = nn.conv %a, %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 8 {nn.accumulator_bits = 14 : i64}
      : (tensor<1x8x4x4x!x>, tensor<8x1x3x3x!p>) -> tensor<1x8x4x4x!y>
    nn.yield %1 : tensor<1x8x4x4x!y>
  }
  return %0 : tensor<1x8x4x4x!y>
}

// CHECK-LABEL: func.func @rows
// CHECK: nn.unpack %{{.*}} axes [1, 0] blocks [16, 4] : tensor<2x3x16x4x!{{.*}}> -> tensor<10x20x!
func.func @rows(%x: tensor<5x10x!x>) -> tensor<5x20x!y> {
  %w = nn.constant dense<3> : tensor<10x20xi8> as tensor<10x20x!p>
  %0 = nn.dispatch (%x, %w) : (tensor<5x10x!x>, tensor<10x20x!p>) -> tensor<5x20x!y> {
  ^bb0(%a: tensor<5x10x!x>, %b: tensor<10x20x!p>):
    %1 = nn.matmul %a, %b {nn.accumulator_bits = 14 : i64} : (tensor<5x10x!x>, tensor<10x20x!p>) -> tensor<5x20x!y>
    nn.yield %1 : tensor<5x20x!y>
  }
  return %0 : tensor<5x20x!y>
}

// Sums that double does not hold exactly are not requantized by the register tile.
// CHECK-LABEL: func.func @large
// CHECK-NOT: nn.unpack
func.func @large(%x: tensor<5x10x!x>) -> tensor<5x20x!y> {
  %w = nn.constant dense<3> : tensor<10x20xi8> as tensor<10x20x!p>
  %0 = nn.dispatch (%x, %w) : (tensor<5x10x!x>, tensor<10x20x!p>) -> tensor<5x20x!y> {
  ^bb0(%a: tensor<5x10x!x>, %b: tensor<10x20x!p>):
    %1 = nn.matmul %a, %b {nn.accumulator_bits = 30 : i64} : (tensor<5x10x!x>, tensor<10x20x!p>) -> tensor<5x20x!y>
    nn.yield %1 : tensor<5x20x!y>
  }
  return %0 : tensor<5x20x!y>
}
