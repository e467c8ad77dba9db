// A cast of a widening cast is one cast; a narrowing one must stay.
// RUN: sinter-opt %s --nn-simplify-arithmetic | FileCheck %s

// CHECK-LABEL: @widening
// CHECK-NEXT: nn.cast %arg0 : tensor<4xi8> -> tensor<4xf32>
// CHECK-NEXT: return
func.func @widening(%x: tensor<4xi8>) -> tensor<4xf32> {
  %0 = nn.cast %x : tensor<4xi8> -> tensor<4xi64>
  %1 = nn.cast %0 : tensor<4xi64> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @narrowing
// CHECK: nn.cast %arg0 : tensor<4xf32> -> tensor<4xi32>
// CHECK: nn.cast %{{.*}} : tensor<4xi32> -> tensor<4xf32>
func.func @narrowing(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.cast %x : tensor<4xf32> -> tensor<4xi32>
  %1 = nn.cast %0 : tensor<4xi32> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
