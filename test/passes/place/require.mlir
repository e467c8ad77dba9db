// A requirement that is not met is an error, and so is each operator that counts and is elsewhere, the largest first.
// RUN: sinter-opt %s --nn-place="targets=cpu:x86-64 require=cpu:100%macs,cpu:100%nodes" | FileCheck %s --check-prefix=MET
// RUN: not sinter-opt %s --nn-place="targets=null,cpu:x86-64 require=null:25%macs" 2>&1 | FileCheck %s
// RUN: not sinter-opt %s --nn-place="targets=null,cpu:x86-64 require=null:0.5%nodes" 2>&1 | FileCheck %s --check-prefix=NODES

// MET-COUNT-4: nn.target = "cpu:x86-64"
// The matrix product has 2 x 4 x 3 multiply-accumulates; the convolution 1 x 5 x 6 x 6 outputs of 3 x 2 x 2; additions none.
// CHECK: error: placement gives less than --require=null:25%macs: null has 0% of macs, 0 of 2184
// CHECK: error: 2160 macs (98.901%) on cpu:x86-64, not on null; null: copies and additions are all it does
// CHECK: error: 24 macs (1.098%) on cpu:x86-64, not on null; null: copies and additions are all it does
// CHECK-NOT: error
// NODES: null has 0% of nodes, 0 of 4
// NODES-COUNT-4: error: 1 nodes (25%) on cpu:x86-64
func.func @main(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %x: tensor<1x3x7x7xf32>, %w: tensor<5x3x2x2xf32>)
    -> (tensor<2x4xf32>, tensor<1x5x6x6xf32>) {
  %0 = nn.matmul %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = nn.binary add %0, %0 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %2 = nn.conv %x, %w strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 : (tensor<1x3x7x7xf32>, tensor<5x3x2x2xf32>) -> tensor<1x5x6x6xf32>
  %3 = nn.binary add %2, %2 : (tensor<1x5x6x6xf32>, tensor<1x5x6x6xf32>) -> tensor<1x5x6x6xf32>
  return %1, %3 : tensor<2x4xf32>, tensor<1x5x6x6xf32>
}
