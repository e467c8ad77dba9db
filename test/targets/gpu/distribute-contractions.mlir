// A contraction's kernel has a thread for each register tile. Loops that lie behind each other in memory are one, in the
// contraction and in what follows it.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-contractions{threads=4 accumulators=8 busy-threads=4 unrolled=8}))' | FileCheck %s

#in = affine_map<(o, h, w, c) -> (c, h, w)>
#filter = affine_map<(o, h, w, c) -> (o, c)>
#out = affine_map<(o, h, w, c) -> (o, h, w)>
#id = affine_map<(o, h, w) -> (o, h, w)>
#bias = affine_map<(o, h, w) -> (o)>

// 16 channels of 6 x 6 pixels: tiles of two channels and four pixels, 72 threads.
// CHECK-LABEL: func.func @pointwise
// CHECK-SAME: gpu.thread_tile = array<i64: 2, 4, 1>, program.grid = 18 : i64
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
func.func @pointwise(%x: tensor<8x6x6xf32>, %w: tensor<16x8xf32>, %b: tensor<16xf32>) -> tensor<16x6x6xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<16x6x6xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<16x6x6xf32>) -> tensor<16x6x6xf32>
  %conv = linalg.generic {indexing_maps = [#in, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<8x6x6xf32>, tensor<16x8xf32>) outs(%fill : tensor<16x6x6xf32>) {
  ^bb0(%p: f32, %q: f32, %sum: f32):
    %product = arith.mulf %p, %q : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<16x6x6xf32>
  %biased = linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%conv, %b : tensor<16x6x6xf32>, tensor<16xf32>) outs(%empty : tensor<16x6x6xf32>) {
  ^bb0(%p: f32, %q: f32, %old: f32):
    %sum = arith.addf %p, %q : f32
    linalg.yield %sum : f32
  } -> tensor<16x6x6xf32>
  return %biased : tensor<16x6x6xf32>
}

// What is no contraction is left to others.
// CHECK-LABEL: func.func @sum
// CHECK-NOT: program.grid
// CHECK: return
func.func @sum(%x: tensor<8x6xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %sum = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
    ins(%x : tensor<8x6xf32>) outs(%fill : tensor<8xf32>) {
  ^bb0(%p: f32, %acc: f32):
    %next = arith.addf %acc, %p : f32
    linalg.yield %next : f32
  } -> tensor<8xf32>
  return %sum : tensor<8xf32>
}
