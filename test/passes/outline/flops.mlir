// What a kernel computes, by its operators' definitions: two for each multiply-accumulate, one for each other operation on
// an element, nothing for movement.
// RUN: sinter-opt %s --program-outline | FileCheck %s

// 1 x 5 x 6 x 6 outputs, each of 3 x 2 x 2 products, one bias and one relu.
// CHECK: func.func @k0_conv({{.*}} attributes {program.flops = 4680 : i64}
// 2 x 3 x 4 x 5 x 2 is 240, and movement.
// CHECK: func.func @k1_matmul({{.*}} attributes {program.flops = 240 : i64}
// Two steps, one direction, batch 1: 4H x (I + H) = 8 x 5 macs each, and 17 for each of the two cells of each step.
// CHECK: func.func @k2_lstm({{.*}} attributes {program.flops = 228 : i64}
// 12 elements: 5 each; 4 sums of 3; windows of 2 x 2 for four outputs.
// CHECK: func.func @k3_softmax({{.*}} attributes {program.flops = 72 : i64}
// CHECK: func.func @k4_pool({{.*}} attributes {program.flops = 16 : i64}
// 2 x 2 inputs of 3 x 4 taps each.
// CHECK: func.func @k5_conv_transpose({{.*}} attributes {program.flops = 96 : i64}
func.func @main(%x: tensor<1x3x7x7xf32>, %w: tensor<5x3x2x2xf32>, %b: tensor<5xf32>, %l: tensor<2x3x4xf32>, %r: tensor<2x4x5xf32>,
    %s: tensor<2x1x3xf32>, %lw: tensor<1x8x3xf32>, %lr: tensor<1x8x2xf32>, %lb: tensor<1x16xf32>, %h: tensor<1x1x2xf32>,
    %p: tensor<1x1x3x3xf32>, %t: tensor<1x1x2x2xf32>, %tw: tensor<1x3x2x2xf32>) {
  %0 = nn.dispatch (%x, %w, %b) attributes {nn.target = "null"} : (tensor<1x3x7x7xf32>, tensor<5x3x2x2xf32>, tensor<5xf32>) -> tensor<1x5x6x6xf32> {
  ^bb0(%a: tensor<1x3x7x7xf32>, %c: tensor<5x3x2x2xf32>, %d: tensor<5xf32>):
    %1 = nn.conv %a, %c, %d strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 : (tensor<1x3x7x7xf32>, tensor<5x3x2x2xf32>, tensor<5xf32>) -> tensor<1x5x6x6xf32>
    %2 = nn.unary relu %1 : tensor<1x5x6x6xf32> -> tensor<1x5x6x6xf32>
    nn.yield %2 : tensor<1x5x6x6xf32>
  }
  %3 = nn.dispatch (%l, %r) attributes {nn.target = "null"} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x5x3xf32> {
  ^bb0(%a: tensor<2x3x4xf32>, %c: tensor<2x4x5xf32>):
    %1 = nn.matmul %a, %c : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
    %2 = nn.transpose %1 permutation [0, 2, 1] : tensor<2x3x5xf32> -> tensor<2x5x3xf32>
    nn.yield %2 : tensor<2x5x3xf32>
  }
  %4:3 = nn.dispatch (%s, %lw, %lr, %lb, %h) attributes {nn.target = "null"} : (tensor<2x1x3xf32>, tensor<1x8x3xf32>, tensor<1x8x2xf32>, tensor<1x16xf32>, tensor<1x1x2xf32>) -> (tensor<2x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) {
  ^bb0(%a: tensor<2x1x3xf32>, %c: tensor<1x8x3xf32>, %d: tensor<1x8x2xf32>, %e: tensor<1x16xf32>, %f: tensor<1x1x2xf32>):
    %1:3 = nn.lstm forward %a, %c, %d, %e, %f, %f : (tensor<2x1x3xf32>, tensor<1x8x3xf32>, tensor<1x8x2xf32>, tensor<1x16xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> (tensor<2x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
    nn.yield %1#0, %1#1, %1#2 : tensor<2x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
  }
  %5 = nn.dispatch (%h) attributes {nn.target = "null"} : (tensor<1x1x2xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<1x1x2xf32>):
    %1 = nn.constant dense<1.0> : tensor<4x3xf32>
    %2 = nn.softmax %1 axis 1 : tensor<4x3xf32> -> tensor<4x3xf32>
    %6 = nn.reduce sum %2 axes [1] keepdims false : tensor<4x3xf32> -> tensor<4xf32>
    nn.yield %6 : tensor<4xf32>
  }
  %7 = nn.dispatch (%p) attributes {nn.target = "null"} : (tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32> {
  ^bb0(%a: tensor<1x1x3x3xf32>):
    %1 = nn.pool max %a kernel [2, 2] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] : tensor<1x1x3x3xf32> -> tensor<1x1x2x2xf32>
    nn.yield %1 : tensor<1x1x2x2xf32>
  }
  %8 = nn.dispatch (%t, %tw) attributes {nn.target = "null"} : (tensor<1x1x2x2xf32>, tensor<1x3x2x2xf32>) -> tensor<1x3x4x4xf32> {
  ^bb0(%a: tensor<1x1x2x2xf32>, %c: tensor<1x3x2x2xf32>):
    %1 = nn.conv_transpose %a, %c strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] group 1 output_padding [0, 0] : (tensor<1x1x2x2xf32>, tensor<1x3x2x2xf32>) -> tensor<1x3x4x4xf32>
    nn.yield %1 : tensor<1x3x4x4xf32>
  }
  return
}
