// Padding that a convolution reads is a bounds check in its body; no padded copy is left.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-inline-pads,canonicalize))' | FileCheck %s

// CHECK-LABEL: func.func @padded
// CHECK-NOT: tensor.pad
// CHECK: linalg.generic
// CHECK: %[[ROW:.+]] = arith.subi %{{.+}}, %c1
// CHECK: %[[INSIDE:.+]] = arith.cmpi ult, %[[ROW]], %c6
// CHECK: %[[CLAMPED:.+]] = arith.select %[[INSIDE]], %[[ROW]], %c0
// CHECK: %[[ELEMENT:.+]] = tensor.extract %arg0[%{{.+}}, %[[CLAMPED]]]
// CHECK: arith.select %[[INSIDE]], %[[ELEMENT]], %cst
func.func @padded(%x: tensor<4x6xf32>, %w: tensor<3xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %padded = tensor.pad %x low[0, 1] high[0, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<4x6xf32> to tensor<4x8xf32>
  %empty = tensor.empty() : tensor<4x6xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x6xf32>) -> tensor<4x6xf32>
  %conv = linalg.generic {
    indexing_maps = [affine_map<(c, o, r) -> (c, o + r)>, affine_map<(c, o, r) -> (r)>, affine_map<(c, o, r) -> (c, o)>],
    iterator_types = ["parallel", "parallel", "reduction"]
  } ins(%padded, %w : tensor<4x8xf32>, tensor<3xf32>) outs(%init : tensor<4x6xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<4x6xf32>
  return %conv : tensor<4x6xf32>
}

// A padding of varying size stays.
// CHECK-LABEL: func.func @varying
// CHECK: tensor.pad
func.func @varying(%x: tensor<4xf32>, %n: index) -> tensor<?xf32> {
  %zero = arith.constant 0.0 : f32
  %padded = tensor.pad %x low[%n] high[0] {
  ^bb0(%i: index):
    tensor.yield %zero : f32
  } : tensor<4xf32> to tensor<?xf32>
  return %padded : tensor<?xf32>
}
