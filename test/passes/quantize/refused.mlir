// RUN: sinter-opt %s --nn-fold-quantization -verify-diagnostics | FileCheck %s

!x = !quant.uniform<i8:f32, 5.000000e-01:3>
!h = !quant.uniform<i16:f32, 1.000000e-03>
!tiny = !quant.uniform<i8:f32, 1.000000e-20>

// CHECK-LABEL: @pow
// CHECK: nn.binary pow {{.*}} -> tensor<4xf32>
func.func @pow(%a: tensor<4x!x>, %b: tensor<4x!x>) -> tensor<4x!x> {
  %0 = nn.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  %1 = nn.dequantize %b : tensor<4x!x> -> tensor<4xf32>
  // expected-remark @+1 {{stays in floating point between quantised tensors: 'pow' has no integer form}}
  %2 = nn.binary pow %0, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.quantize %2 : tensor<4xf32> -> tensor<4x!x>
  return %3 : tensor<4x!x>
}

// CHECK-LABEL: @sixteen
// CHECK: nn.binary add {{.*}} -> tensor<4xf32>
func.func @sixteen(%a: tensor<4x!h>) -> tensor<4x!h> {
  %0 = nn.dequantize %a : tensor<4x!h> -> tensor<4xf32>
  // expected-remark @+1 {{16-bit activations have no integer kernels yet}}
  %2 = nn.binary add %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.quantize %2 : tensor<4xf32> -> tensor<4x!h>
  return %3 : tensor<4x!h>
}

// CHECK-LABEL: @range
// CHECK: nn.binary mul {{.*}} -> tensor<4xf32>
func.func @range(%a: tensor<4x!x>) -> tensor<4x!tiny> {
  %0 = nn.dequantize %a : tensor<4x!x> -> tensor<4xf32>
  // expected-remark @+1 {{the ratio of its scales is out of the integer semantics' range}}
  %2 = nn.binary mul %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.quantize %2 : tensor<4xf32> -> tensor<4x!tiny>
  return %3 : tensor<4x!tiny>
}
