// Constants are evaluated; quantisation and what would grow is left.
// RUN: sinter-opt %s --nn-fold-constants=max-bytes=64 | FileCheck %s

// CHECK-LABEL: @arithmetic
// CHECK-NEXT: %[[C:.*]] = nn.constant dense<[3, 5]> : tensor<2xi64>
// CHECK-NEXT: return %[[C]]
func.func @arithmetic() -> tensor<2xi64> {
  %a = nn.constant dense<[1, 2]> : tensor<2xi64>
  %b = nn.constant dense<[2, 3]> : tensor<2xi64>
  %c = nn.binary add %a, %b : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %c : tensor<2xi64>
}

// CHECK-LABEL: @chain
// CHECK-NEXT: nn.constant dense<[3, 2]> : tensor<2xi32>
// CHECK-NEXT: return
func.func @chain() -> tensor<2xi32> {
  %s = nn.constant dense<[2, 3]> : tensor<2xi64>
  %r = nn.slice %s starts [1] sizes [2] steps [-1] : tensor<2xi64> -> tensor<2xi64>
  %c = nn.cast %r : tensor<2xi64> -> tensor<2xi32>
  return %c : tensor<2xi32>
}

// CHECK-LABEL: @too_large
// CHECK: nn.broadcast
func.func @too_large() -> tensor<100xf32> {
  %s = nn.constant dense<2.0> : tensor<f32>
  %b = nn.broadcast %s : tensor<f32> -> tensor<100xf32>
  return %b : tensor<100xf32>
}

// The operand disappears, so the result may be as large.
// CHECK-LABEL: @as_large_as_its_operand
// CHECK-NOT: nn.unary
// CHECK: nn.constant dense<3.000000e+00> : tensor<100xf32>
func.func @as_large_as_its_operand() -> tensor<100xf32> {
  %s = nn.constant dense<-3.0> : tensor<100xf32>
  %b = nn.unary neg %s : tensor<100xf32> -> tensor<100xf32>
  return %b : tensor<100xf32>
}

// CHECK-LABEL: @quantisation_stays
// CHECK: nn.dequantize
func.func @quantisation_stays() -> tensor<2xf32> {
  %q = nn.constant dense<[1, 2]> : tensor<2xi8> as tensor<2x!quant.uniform<i8:f32, 0.5>>
  %d = nn.dequantize %q : tensor<2x!quant.uniform<i8:f32, 0.5>> -> tensor<2xf32>
  return %d : tensor<2xf32>
}

// CHECK-LABEL: @empty
// CHECK-NEXT: nn.constant dense<> : tensor<0x4xf32>
// CHECK-NEXT: return
func.func @empty(%x: tensor<3x4xf32>) -> tensor<0x4xf32> {
  %0 = nn.slice %x starts [0, 0] sizes [0, 4] steps [1, 1] : tensor<3x4xf32> -> tensor<0x4xf32>
  return %0 : tensor<0x4xf32>
}
