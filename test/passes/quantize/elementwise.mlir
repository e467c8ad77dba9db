// RUN: sinter-opt %s --nn-fold-quantization --canonicalize | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!y = !quant.uniform<i8:f32, 2.500000e-01:10>

// CHECK-LABEL: @add
// CHECK: %[[R:.*]] = nn.binary add %arg0, %arg1 : (tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>>, tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>>) -> tensor<4x!quant.uniform<i8:f32, 2.500000e-01:10>>
// CHECK-NEXT: return %[[R]]
func.func @add(%a: tensor<4x!x>, %b: tensor<4x!x>) -> tensor<4x!y> {
  %0 = nn.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.dequantize %b : tensor<4x!x> -> tensor<4xf32>
  %2 = nn.binary add %0, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.quantize %2 : tensor<4xf32> -> tensor<4x!y>
  return %3 : tensor<4x!y>
}

// CHECK-LABEL: @sigmoid
// CHECK: nn.unary sigmoid %arg0 : tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>> -> tensor<4x!quant.uniform<i8:f32, 2.500000e-01:10>>
// CHECK-NEXT: return
func.func @sigmoid(%a: tensor<4x!x>) -> tensor<4x!y> {
  %0 = nn.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.unary sigmoid %0 : tensor<4xf32> -> tensor<4xf32>
  %2 = nn.quantize %1 : tensor<4xf32> -> tensor<4x!y>
  return %2 : tensor<4x!y>
}

// The same quantisation: nothing is left.
// CHECK-LABEL: @pair
// CHECK-NEXT: return %arg0
func.func @pair(%a: tensor<4x!x>) -> tensor<4x!x> {
  %0 = nn.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.quantize %0 : tensor<4xf32> -> tensor<4x!x>
  return %1 : tensor<4x!x>
}

// Another: one operator. A clip to [-1, 6] limits it: -1 / 0.25 + 10, 6 / 0.25 + 10.
// CHECK-LABEL: @clip
// CHECK: nn.quantize %arg0 {nn.clamp = array<i64: 6, 34>} : tensor<4x!quant.uniform<i8:f32, 5.000000e-01:3>> -> tensor<4x!quant.uniform<i8:f32, 2.500000e-01:10>>
// CHECK-NEXT: return
func.func @clip(%a: tensor<4x!x>) -> tensor<4x!y> {
  %lo = nn.constant dense<-1.0> : tensor<f32>
  %hi = nn.constant dense<6.0> : tensor<f32>
  %0 = nn.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.binary max %0, %lo : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = nn.binary min %1, %hi : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = nn.quantize %2 : tensor<4xf32> -> tensor<4x!y>
  return %3 : tensor<4x!y>
}

// Padding holds the zero point.
// CHECK-LABEL: @movement
// CHECK: %[[Z:.*]] = nn.constant dense<3> : tensor<i8> as
// CHECK: %[[T:.*]] = nn.transpose %arg0
// CHECK: %[[P:.*]] = nn.pad constant %[[T]], %[[Z]]
// CHECK-NEXT: return %[[P]]
func.func @movement(%a: tensor<2x3x!x>) -> tensor<3x4x!x> {
  %0 = nn.dequantize %a : tensor<2x3x!x> -> tensor<2x3xf32>
  %1 = nn.transpose %0 permutation [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %2 = nn.pad constant %1 pads [0, 1, 0, 1] : (tensor<3x2xf32>) -> tensor<3x4xf32>
  %3 = nn.quantize %2 : tensor<3x4xf32> -> tensor<3x4x!x>
  return %3 : tensor<3x4x!x>
}
