// The cpu dialect: window operations print as they parse, on tensors and on buffers; what they refuse.
// RUN: sinter-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: cpu.matmul %arg0, %arg1 into %arg2 at[%{{.*}}, %{{.*}}] packed true : tensor<4x8xf32>, tensor<2x8x16xf32>, tensor<4x32xf32> -> tensor<4x32xf32>
func.func @tensors(%a: tensor<4x8xf32>, %b: tensor<2x8x16xf32>, %c: tensor<4x32xf32>) -> tensor<4x32xf32> {
  %c0 = arith.constant 0 : index
  %0 = cpu.matmul %a, %b into %c at[%c0, %c0] packed true : tensor<4x8xf32>, tensor<2x8x16xf32>, tensor<4x32xf32> -> tensor<4x32xf32>
  return %0 : tensor<4x32xf32>
}

// -----

func.func @offsets(%a: memref<4x8xf32>, %b: memref<2x8x16xf32>, %c: memref<4x32xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{has 1 offsets for a window of rank 2}}
  cpu.matmul %a, %b into %c at[%c0] packed true : memref<4x8xf32>, memref<2x8x16xf32>, memref<4x32xf32>
  return
}

// -----

func.func @noResult(%a: tensor<4x8xf32>, %b: tensor<2x8x16xf32>, %c: tensor<4x32xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{must have a result exactly where the destination is a tensor}}
  cpu.matmul %a, %b into %c at[%c0, %c0] packed true : tensor<4x8xf32>, tensor<2x8x16xf32>, tensor<4x32xf32>
  return
}
