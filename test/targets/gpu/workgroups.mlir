// A workgroup's place follows from its number; a grid wider than the device's runs on in a second dimension.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-threads{threads=4 grid-width=4}))' | FileCheck %s

// CHECK-LABEL: func.func @narrow
// CHECK: gpu.block_id x
// CHECK-NOT: gpu.block_id y
// CHECK: return
func.func @narrow(%x: memref<4x8xf32>) {
  %one = arith.constant 1.0 : f32
  scf.forall (%i) in (4) {
    %row = memref.subview %x[%i, 0] [1, 8] [1, 1] : memref<4x8xf32> to memref<1x8xf32, strided<[8, 1], offset: ?>>
    linalg.fill ins(%one : f32) outs(%row : memref<1x8xf32, strided<[8, 1], offset: ?>>)
  }
  return
}

// CHECK-LABEL: func.func @wide
// CHECK: %[[X:.+]] = gpu.block_id x
// CHECK: %[[Y:.+]] = gpu.block_id y
// CHECK: %[[BEFORE:.+]] = arith.muli %[[Y]], %c4
// CHECK: %[[NUMBER:.+]] = arith.addi %[[X]], %[[BEFORE]]
// CHECK: %[[EXISTS:.+]] = arith.cmpi ult, %[[NUMBER]], %c6
// CHECK: scf.if %[[EXISTS]]
func.func @wide(%x: memref<6x8xf32>) {
  %one = arith.constant 1.0 : f32
  scf.forall (%i) in (6) {
    %row = memref.subview %x[%i, 0] [1, 8] [1, 1] : memref<6x8xf32> to memref<1x8xf32, strided<[8, 1], offset: ?>>
    linalg.fill ins(%one : f32) outs(%row : memref<1x8xf32, strided<[8, 1], offset: ?>>)
  }
  return
}
