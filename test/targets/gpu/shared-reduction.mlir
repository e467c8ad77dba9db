// A reduction of fewer elements than threads is shared: each thread takes every so-manieth step, and partial results are
// joined in workgroup memory by a tree that the shape fixes.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-threads{threads=16}))' | FileCheck %s

// Two elements, sixteen threads: eight threads an element, three levels.
// CHECK-LABEL: func.func @two
// CHECK-DAG: %[[ROOM:.*]] = memref.alloc() : memref<16xf32, #gpu.address_space<workgroup>>
// CHECK-DAG: %[[THREAD:.*]] = gpu.thread_id x
// CHECK: %[[LANE:.*]] = arith.remui %[[THREAD]], %c8
// CHECK: %[[SUM:.*]] = scf.for %{{.*}} = %[[LANE]] to %{{.*}} step %{{.*}} iter_args
// CHECK: memref.store %[[SUM]], %[[ROOM]][%[[THREAD]]]
// CHECK-COUNT-3: gpu.barrier
// CHECK-NOT: gpu.barrier
// The first of the eight threads adds what the buffer began with, and stores.
// CHECK: scf.if
// CHECK: %[[ALL:.*]] = memref.load %[[ROOM]][%[[THREAD]]]
// CHECK: %[[RESULT:.*]] = arith.addf %{{.*}}, %[[ALL]]
// CHECK: memref.store %[[RESULT]], %arg1
// CHECK: return
func.func @two(%x: memref<2x64xf32>, %y: memref<2xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]} ins(%x : memref<2x64xf32>) outs(%y : memref<2xf32>) {
  ^bb0(%a: f32, %s: f32):
    %0 = arith.addf %s, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// Threads without an element stand aside, but meet the others.
// CHECK-LABEL: func.func @three
// CHECK: memref.alloc() : memref<12xi32, #gpu.address_space<workgroup>>
// CHECK: %[[WORKS:.*]] = arith.cmpi ult, %{{.*}}, %c12
// CHECK: scf.if %[[WORKS]]
// CHECK-COUNT-2: {{^}}    gpu.barrier
func.func @three(%x: memref<3x4x5xi32>, %y: memref<3xi32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i)>],
                  iterator_types = ["parallel", "reduction", "reduction"]}
      ins(%x : memref<3x4x5xi32>) outs(%y : memref<3xi32>) {
  ^bb0(%a: i32, %s: i32):
    %0 = arith.maxsi %s, %a : i32
    linalg.yield %0 : i32
  }
  return
}

// Enough elements, or a sum that is no sum: one thread an element.
// CHECK-LABEL: func.func @many
// CHECK-NOT: gpu.barrier
// CHECK: return
func.func @many(%x: memref<9x64xf32>, %y: memref<9xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]} ins(%x : memref<9x64xf32>) outs(%y : memref<9xf32>) {
  ^bb0(%a: f32, %s: f32):
    %0 = arith.addf %s, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// CHECK-LABEL: func.func @horner
// CHECK-NOT: gpu.barrier
// CHECK: return
func.func @horner(%x: memref<1x64xf32>, %y: memref<1xf32>) {
  %two = arith.constant 2.0 : f32
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]} ins(%x : memref<1x64xf32>) outs(%y : memref<1xf32>) {
  ^bb0(%a: f32, %s: f32):
    %0 = arith.mulf %s, %two : f32
    %1 = arith.addf %0, %a : f32
    linalg.yield %1 : f32
  }
  return
}
