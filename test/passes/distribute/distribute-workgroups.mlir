// A chain becomes one loop nest; the work is split where it is worth it, and buffers are shared where elements match.
// RUN: sinter-opt %s --nn-to-linalg --distribute-workgroups | FileCheck %s

// CHECK-LABEL: func.func @small
// CHECK-SAME: program.grid = 1 : i64, program.inplace = array<i64: 0, 0>
// CHECK-NOT: scf.forall
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
func.func @small(%a: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = nn.binary add %a, %b : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %1 = nn.unary relu %0 : tensor<4x8xf32> -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// Rows are independent; the reduced axis is never cut. Inside a workgroup one row runs at a time.
// CHECK-LABEL: func.func @softmax
// CHECK-SAME: program.grid = {{[0-9]+}}
// CHECK: scf.forall (%[[ROW:.*]]) = (0) to (600) step ([[STEP:[0-9]+]])
// CHECK: scf.for
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: math.exp
// CHECK: scf.forall.in_parallel
// CHECK: tensor.parallel_insert_slice {{.*}}[%[[ROW]], 0] [[[STEP]], 1000]
func.func @softmax(%a: tensor<600x1000xf32>) -> tensor<600x1000xf32> {
  %0 = nn.softmax %a axis 1 : tensor<600x1000xf32> -> tensor<600x1000xf32>
  return %0 : tensor<600x1000xf32>
}

// A leading dimension of one does not hide that rows are independent.
// CHECK-LABEL: func.func @softmaxOfOne
// CHECK-SAME: program.grid = 20
func.func @softmaxOfOne(%a: tensor<1x40x6625xf32>) -> tensor<1x40x6625xf32> {
  %0 = nn.softmax %a axis 2 : tensor<1x40x6625xf32> -> tensor<1x40x6625xf32>
  return %0 : tensor<1x40x6625xf32>
}

// Pieces that are put beside each other are split along a dimension that they share.
// CHECK-LABEL: func.func @concat
// CHECK-SAME: program.grid = 10
// CHECK: scf.forall (%[[ROW:.*]]) = (0) to (80) step (8)
// CHECK: tensor.extract_slice %arg0[0, 0, %[[ROW]], 0] [1, 64, 8, 80]
// CHECK: tensor.insert_slice {{.*}}[0, 64, 0, 0] [1, 192, 8, 80]
// CHECK: tensor.parallel_insert_slice {{.*}}[0, 0, %[[ROW]], 0] [1, 256, 8, 80]
func.func @concat(%a: tensor<1x64x80x80xf32>, %b: tensor<1x192x80x80xf32>) -> tensor<1x256x80x80xf32> {
  %0 = nn.concat %a, %b axis 1 : (tensor<1x64x80x80xf32>, tensor<1x192x80x80xf32>) -> tensor<1x256x80x80xf32>
  return %0 : tensor<1x256x80x80xf32>
}

// CHECK-LABEL: func.func @pad
// CHECK-SAME: program.grid = 16
// CHECK: scf.forall
// CHECK: linalg.fill
// CHECK: tensor.insert_slice
func.func @pad(%a: tensor<1x128x160x160xf32>) -> tensor<1x128x162x162xf32> {
  %0 = nn.pad constant %a pads [0, 0, 1, 1, 0, 0, 1, 1] : (tensor<1x128x160x160xf32>) -> tensor<1x128x162x162xf32>
  return %0 : tensor<1x128x162x162xf32>
}

// A reshape between a product and what follows element by element does not keep them apart: both are tiled together.
// CHECK-LABEL: func.func @reshaped_epilogue
// CHECK-SAME: program.grid = {{([2-9]|[1-9][0-9]+)}} :
// CHECK: scf.forall
// CHECK: linalg.generic
// CHECK-SAME: "reduction"
// CHECK: linalg.generic
// CHECK: scf.forall.in_parallel
func.func @reshaped_epilogue(%x: tensor<256x64xf32>, %w: tensor<512x256xf32>, %b: tensor<512xf32>) -> tensor<512x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<512x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<512x64xf32>) -> tensor<512x64xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(k, r, p) -> (r, p)>, affine_map<(k, r, p) -> (k, r)>, affine_map<(k, r, p) -> (k, p)>],
      iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %w : tensor<256x64xf32>, tensor<512x256xf32>) outs(%f : tensor<512x64xf32>) {
  ^bb0(%a: f32, %c: f32, %sum: f32):
    %m = arith.mulf %a, %c : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  } -> tensor<512x64xf32>
  %view = tensor.expand_shape %p [[0], [1, 2]] output_shape [512, 8, 8] : tensor<512x64xf32> into tensor<512x8x8xf32>
  %o = tensor.empty() : tensor<512x8x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(k, y, x) -> (k, y, x)>, affine_map<(k, y, x) -> (k)>, affine_map<(k, y, x) -> (k, y, x)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%view, %b : tensor<512x8x8xf32>, tensor<512xf32>) outs(%o : tensor<512x8x8xf32>) {
  ^bb0(%a: f32, %bias: f32, %out: f32):
    %s = arith.addf %a, %bias : f32
    linalg.yield %s : f32
  } -> tensor<512x8x8xf32>
  return %r : tensor<512x8x8xf32>
}
