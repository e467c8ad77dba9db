// A grid's threads share one operation, a tile each. Seven columns are tiles of four that overlap in one column: that
// column is stored by the first of them alone.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-threads{threads=4},cse))' | FileCheck %s

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-DAG: #[[GLOBAL:.+]] = affine_map<(d0, d1) -> (d0 * 4 + d1)>
// CHECK-DAG: #[[FIRST_OF:.+]] = affine_map<()[s0] -> (s0 * 4)>
// CHECK-LABEL: func.func @matmul
// CHECK: %[[THREAD:.+]] = gpu.thread_id x
// CHECK: %[[BLOCK:.+]] = gpu.block_id x
// CHECK: %[[NUMBER:.+]] = affine.apply #[[GLOBAL]](%[[BLOCK]], %[[THREAD]])
// Six rows, two tiles each: twelve threads of three workgroups, all of which have a tile.
// CHECK-NOT: scf.if
// CHECK: %[[PLACE:.+]] = arith.remui %[[NUMBER]], %c2
// CHECK: %[[FIRST:.+]] = affine.apply #[[FIRST_OF]]()[%[[PLACE]]]
// CHECK: %[[WHOLE:.+]] = arith.cmpi ule, %[[FIRST]], %c3
// CHECK: arith.minui %[[FIRST]], %c3
// Two steps of the reduction are written out.
// CHECK: scf.for {{.+}} = %c0 to %c16 step %c2
// CHECK-COUNT-10: memref.load
// CHECK-NOT: memref.load
// CHECK: scf.yield
// CHECK-COUNT-3: memref.store
// CHECK: scf.if %[[WHOLE]]
// CHECK-NEXT: memref.store
// CHECK-NOT: memref.store
func.func @matmul(%a: memref<6x16xf32>, %b: memref<16x7xf32>, %c: memref<6x7xf32>)
    attributes {gpu.thread_tile = array<i64: 1, 4, 2>, program.grid = 3 : i64} {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<6x7xf32>)
  linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : memref<6x16xf32>, memref<16x7xf32>) outs(%c : memref<6x7xf32>) {
  ^bb0(%x: f32, %y: f32, %sum: f32):
    %product = arith.mulf %x, %y : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  }
  return
}
