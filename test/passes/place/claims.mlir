// A target that wants each claim as one kernel gets a dispatch for each; what it does not take is an error.
// RUN: sinter-opt %s --nn-place=targets=null | FileCheck %s
// RUN: not sinter-opt %S/cost.mlir --nn-place=targets=null 2>&1 | FileCheck %s --check-prefix=ERROR

// CHECK: %[[A:.*]] = nn.dispatch(%arg0, %{{.*}}) attributes {nn.target = "null"}
// CHECK: nn.binary add
// CHECK: nn.dispatch(%[[A]], %arg0) attributes {nn.target = "null"}
// ERROR: no target takes nn.unary; null: copies and additions are all it does
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = nn.binary add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("A")
  %1 = nn.binary add %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("B")
  return %1 : tensor<4xf32>
}
