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
