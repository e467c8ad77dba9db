// Threads meet between a write and the reads of others; a temporary buffer is workgroup memory.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-threads{threads=4}))' | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// CHECK-LABEL: func.func @row_sums
// CHECK: memref.alloc() : memref<4xf32, #gpu.address_space<workgroup>>
// CHECK: memref.store {{.*}}workgroup
// CHECK: gpu.barrier
// CHECK: memref.load {{.*}}workgroup
// CHECK-NOT: gpu.barrier
// CHECK: return
func.func @row_sums(%x: memref<4x8xf32>, %y: memref<4x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %sums = memref.alloc() : memref<4xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<4xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
    ins(%x : memref<4x8xf32>) outs(%sums : memref<4xf32>) {
  ^bb0(%a: f32, %sum: f32):
    %next = arith.addf %sum, %a : f32
    linalg.yield %next : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
    ins(%x, %sums : memref<4x8xf32>, memref<4xf32>) outs(%y : memref<4x8xf32>) {
  ^bb0(%a: f32, %sum: f32, %old: f32):
    %part = arith.divf %a, %sum : f32
    linalg.yield %part : f32
  }
  return
}

// What writes without being linalg is the first thread's work.
// CHECK-LABEL: func.func @scalar
// CHECK: %[[THREAD:.+]] = gpu.thread_id x
// CHECK: %[[FIRST:.+]] = arith.cmpi eq, %[[THREAD]], %c0
// CHECK: scf.if %[[FIRST]] {
// CHECK-NEXT: memref.store
func.func @scalar(%x: memref<1xf32>) {
  %i = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  memref.store %one, %x[%i] : memref<1xf32>
  return
}
