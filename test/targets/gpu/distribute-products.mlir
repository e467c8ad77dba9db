// A kernel that is a matrix product has a workgroup for each tile of whole units.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-distribute-products{rows=16 columns=8 teams=4 threads=128 processors=4}))' | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// Few processors: the largest tiles, which load the least. Depth is no more than several workgroups find room for.
// CHECK-LABEL: func.func @large
// CHECK-SAME: gpu.product_tile = array<i64: 128, 64, 64>, program.grid = 32 : i64
func.func @large(%a: tensor<512x256xf16>, %b: tensor<256x512xf16>) -> tensor<512x512xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<512x512xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<512x512xf32>) -> tensor<512x512xf32>
  %product = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<512x256xf16>, tensor<256x512xf16>) outs(%fill : tensor<512x512xf32>) {
  ^bb0(%p: f16, %q: f16, %sum: f32):
    %x = arith.extf %p : f16 to f32
    %y = arith.extf %q : f16 to f32
    %product = arith.mulf %x, %y : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<512x512xf32>
  return %product : tensor<512x512xf32>
}

// One row is enough where columns can be rows: eight columns of a unit, one in use.
// CHECK-LABEL: func.func @row
// CHECK-SAME: gpu.product_tile = array<i64: 64, 8, 128>, program.grid = 4 : i64
func.func @row(%a: tensor<1x512xi8>, %b: tensor<512x250xi8>) -> tensor<1x250xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<1x250xi32>
  %fill = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x250xi32>) -> tensor<1x250xi32>
  %product = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<1x512xi8>, tensor<512x250xi8>) outs(%fill : tensor<1x250xi32>) {
  ^bb0(%p: i8, %q: i8, %sum: i32):
    %x = arith.extsi %p : i8 to i32
    %y = arith.extsi %q : i8 to i32
    %product = arith.muli %x, %y : i32
    %next = arith.addi %sum, %product : i32
    linalg.yield %next : i32
  } -> tensor<1x250xi32>
  return %product : tensor<1x250xi32>
}

#pixel = affine_map<(c, w, k) -> (c, w + k)>
#filter = affine_map<(c, w, k) -> (c, k)>
#depthwise = affine_map<(c, w, k) -> (c, w)>

// A depthwise convolution would fill a thirtieth of each unit.
// CHECK-LABEL: func.func @depthwise
// CHECK-NOT: program.grid
// CHECK: return
func.func @depthwise(%x: tensor<32x66xi8>, %w: tensor<32x3xi8>) -> tensor<32x64xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<32x64xi32>
  %fill = linalg.fill ins(%zero : i32) outs(%empty : tensor<32x64xi32>) -> tensor<32x64xi32>
  %product = linalg.generic {indexing_maps = [#pixel, #filter, #depthwise], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%x, %w : tensor<32x66xi8>, tensor<32x3xi8>) outs(%fill : tensor<32x64xi32>) {
  ^bb0(%p: i8, %q: i8, %sum: i32):
    %a = arith.extsi %p : i8 to i32
    %b = arith.extsi %q : i8 to i32
    %product = arith.muli %a, %b : i32
    %next = arith.addi %sum, %product : i32
    linalg.yield %next : i32
  } -> tensor<32x64xi32>
  return %product : tensor<32x64xi32>
}

// A sum that does not begin with zero, and products of other types, are left to others.
// CHECK-LABEL: func.func @begun
// CHECK-NOT: program.grid
// CHECK: return
func.func @begun(%a: tensor<64x64xf16>, %b: tensor<64x64xf16>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %product = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
    ins(%a, %b : tensor<64x64xf16>, tensor<64x64xf16>) outs(%c : tensor<64x64xf32>) {
  ^bb0(%p: f16, %q: f16, %sum: f32):
    %x = arith.extf %p : f16 to f32
    %y = arith.extf %q : f16 to f32
    %product = arith.mulf %x, %y : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  } -> tensor<64x64xf32>
  return %product : tensor<64x64xf32>
}
