// A contraction is computed in tiles: sums begin with the fill's value and stay in registers, what follows element by
// element happens before the store, and there is neither a temporary nor a barrier.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-threads{threads=4 accumulators=8 unrolled=8},cse))' | FileCheck %s

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// CHECK-LABEL: func.func @matmul_relu
// CHECK-SAME: %[[A:.+]]: memref<8x16xf32>, %[[B:.+]]: memref<16x8xf32>, %[[C:.+]]: memref<8x8xf32>
// CHECK: %[[THREAD:.+]] = gpu.thread_id x
// CHECK-NOT: memref.alloc
// CHECK-NOT: gpu.barrier
// CHECK: scf.for %{{.+}} = %[[THREAD]] to %c8{{.*}} step %c4
// CHECK: scf.for {{.+}} iter_args({{(%[^ ]+ = %cst(_[0-9]+)?, ){7}%[^ ]+ = %cst(_[0-9]+)?}})
// Eight products of two rows and four columns: six loads.
// CHECK-COUNT-6: memref.load
// CHECK-NOT: memref.load
// CHECK: scf.yield
// CHECK-COUNT-8: arith.maximumf
// CHECK: memref.store
func.func @matmul_relu(%a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %sums = memref.alloc() : memref<8x8xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<8x8xf32>)
  linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>) outs(%sums : memref<8x8xf32>) {
  ^bb0(%x: f32, %y: f32, %sum: f32):
    %product = arith.mulf %x, %y : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%sums : memref<8x8xf32>) outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %old: f32):
    %relu = arith.maximumf %x, %zero : f32
    linalg.yield %relu : f32
  }
  return
}
