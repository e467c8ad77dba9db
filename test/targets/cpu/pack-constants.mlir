// Constant filters and right-hand sides are stored in blocks of 16 behind an unpack; what is no constant stays.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(cpu-pack-constants))' | FileCheck %s

// CHECK-LABEL: func.func @filter
// CHECK: nn.constant {{.*}} : tensor<2x3x1x1x16xf32>
// CHECK: nn.dispatch
// CHECK: %[[W:.*]] = nn.unpack %{{.*}} axes [0] blocks [16] : tensor<2x3x1x1x16xf32> -> tensor<20x3x1x1xf32>
// CHECK: nn.conv %{{.*}}, %[[W]]
func.func @filter(%x: tensor<1x3x4x4xf32>) -> tensor<1x20x4x4xf32> {
  %w = nn.constant dense<2.0> : tensor<20x3x1x1xf32>
  %0 = nn.dispatch (%x, %w) : (tensor<1x3x4x4xf32>, tensor<20x3x1x1xf32>) -> tensor<1x20x4x4xf32> {
  ^bb0(%a: tensor<1x3x4x4xf32>, %b: tensor<20x3x1x1xf32>):
    %1 = nn.conv %a, %b strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1
      : (tensor<1x3x4x4xf32>, tensor<20x3x1x1xf32>) -> tensor<1x20x4x4xf32>
    nn.yield %1 : tensor<1x20x4x4xf32>
  }
  return %0 : tensor<1x20x4x4xf32>
}

// CHECK-LABEL: func.func @input
// CHECK-NOT: nn.unpack
func.func @input(%x: tensor<4x8xf32>, %w: tensor<8x32xf32>) -> tensor<4x32xf32> {
  %0 = nn.dispatch (%x, %w) : (tensor<4x8xf32>, tensor<8x32xf32>) -> tensor<4x32xf32> {
  ^bb0(%a: tensor<4x8xf32>, %b: tensor<8x32xf32>):
    %1 = nn.matmul %a, %b : (tensor<4x8xf32>, tensor<8x32xf32>) -> tensor<4x32xf32>
    nn.yield %1 : tensor<4x32xf32>
  }
  return %0 : tensor<4x32xf32>
}
