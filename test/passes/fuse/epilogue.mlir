// RUN: sinter-opt %s --nn-fuse | FileCheck %s

// A convolution takes its bias, activation and residual; the weights stay operands.
// CHECK-LABEL: func.func @conv
// CHECK: %[[W:.*]] = nn.constant
// CHECK: nn.dispatch(%arg0, %[[W]], %arg1) attributes {nn.target = "cpu:x86-64"}
// CHECK: nn.conv
// CHECK-NOT: nn.target
// CHECK: nn.binary add
// CHECK: nn.unary relu
// CHECK: nn.yield
// CHECK-NOT: nn.dispatch
// CHECK: return
func.func @conv(%x: tensor<1x3x8x8xf32>, %r: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %w = nn.constant dense_resource<w> : tensor<16x3x1x1xf32>
  %0 = nn.conv %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 {nn.target = "cpu:x86-64"} : (tensor<1x3x8x8xf32>, tensor<16x3x1x1xf32>) -> tensor<1x16x8x8xf32>
  %1 = nn.binary add %0, %r {nn.target = "cpu:x86-64"} : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %2 = nn.unary relu %1 {nn.target = "cpu:x86-64"} : tensor<1x16x8x8xf32> -> tensor<1x16x8x8xf32>
  return %2 : tensor<1x16x8x8xf32>
}

// A value read by another kernel ends the region: nothing heavy is computed twice.
// CHECK-LABEL: func.func @shared
// CHECK: %[[C:.*]] = nn.dispatch
// CHECK-NEXT: ^bb0
// CHECK-NEXT: nn.matmul
// CHECK-NEXT: nn.yield
// CHECK: %[[R:.*]] = nn.dispatch(%[[C]])
// CHECK: nn.unary relu
// CHECK: nn.dispatch(%[[C]], %[[R]])
// CHECK: nn.matmul
func.func @shared(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = nn.matmul %x, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = nn.unary relu %0 : tensor<8x8xf32> -> tensor<8x8xf32>
  %2 = nn.matmul %0, %1 : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %2 : tensor<8x8xf32>
}

// Two uses that meet again are one chain.
// CHECK-LABEL: func.func @silu
// CHECK: nn.dispatch(%arg0)
// CHECK: nn.unary abs
// CHECK: nn.unary sigmoid
// CHECK: nn.binary mul
// CHECK-NOT: nn.dispatch
func.func @silu(%x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = nn.unary abs %x : tensor<64xf32> -> tensor<64xf32>
  %1 = nn.unary sigmoid %0 : tensor<64xf32> -> tensor<64xf32>
  %2 = nn.binary mul %0, %1 : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %2 : tensor<64xf32>
}

// Producers of a reduction, and what follows on the reduced shape; views stay outside; small constants go inside.
// CHECK-LABEL: func.func @reduce
// CHECK-NOT: nn.constant
// CHECK: nn.dispatch(%arg0)
// CHECK: nn.constant
// CHECK: nn.binary mul
// CHECK: nn.reduce mean
// CHECK: nn.unary sqrt
// CHECK: nn.yield
// CHECK: nn.reshape
func.func @reduce(%x: tensor<4x64xf32>) -> tensor<4xf32> {
  %c = nn.constant dense<2.0> : tensor<f32>
  %0 = nn.binary mul %x, %c : (tensor<4x64xf32>, tensor<f32>) -> tensor<4x64xf32>
  %1 = nn.reduce mean %0 axes [1] keepdims true : tensor<4x64xf32> -> tensor<4x1xf32>
  %2 = nn.unary sqrt %1 : tensor<4x1xf32> -> tensor<4x1xf32>
  %3 = nn.reshape %2 : tensor<4x1xf32> -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// Targets are not mixed.
// CHECK-LABEL: func.func @targets
// CHECK: nn.dispatch{{.*}}"cpu:x86-64"
// CHECK: nn.dispatch{{.*}}"null"
func.func @targets(%x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = nn.unary abs %x {nn.target = "cpu:x86-64"} : tensor<64xf32> -> tensor<64xf32>
  %1 = nn.unary neg %0 {nn.target = "null"} : tensor<64xf32> -> tensor<64xf32>
  return %1 : tensor<64xf32>
}

{-#
  dialect_resources: { builtin: { w: "0x040000000000803f" } }
#-}
