// Whole vectors in a loop, the remainder at its exact size; a row sum keeps a vector of partial sums in registers.
// RUN: sinter-opt %s --cpu-lower-nn --cpu-distribute-contractions --distribute-workgroups --cpu-vectorize=vector-bytes=32 --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @elementwise
// CHECK: scf.for
// CHECK: vector.transfer_read {{.*}} vector<32xf32>
// CHECK: arith.addf {{.*}} : vector<32xf32>
// CHECK: arith.addf {{.*}} : vector<5xf32>
// CHECK-NOT: linalg
// CHECK: return
func.func @elementwise(%a: tensor<101xf32>, %b: tensor<101xf32>) -> tensor<101xf32> {
  %0 = nn.binary add %a, %b : (tensor<101xf32>, tensor<101xf32>) -> tensor<101xf32>
  return %0 : tensor<101xf32>
}

// CHECK-LABEL: func.func @rows
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> ({{.*}}vector<32xf32>
// CHECK: arith.addf {{.*}} : vector<32xf32>
// CHECK: vector.multi_reduction <add>
// CHECK-NOT: linalg
// CHECK: return
func.func @rows(%a: tensor<8x256xf32>) -> tensor<8xf32> {
  %0 = nn.reduce sum %a axes [1] keepdims false : tensor<8x256xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// A transpose reads and writes vectors: squares of eight by eight.
// CHECK-LABEL: func.func @transpose
// CHECK: vector.transfer_read {{.*}} vector<8x8xf32>
// CHECK: vector.transfer_write {{.*}} vector<8x8xf32>
// CHECK-NOT: linalg
// CHECK: return
func.func @transpose(%a: tensor<64x24xf32>) -> tensor<24x64xf32> {
  %0 = nn.transpose %a permutation [1, 0] : tensor<64x24xf32> -> tensor<24x64xf32>
  return %0 : tensor<24x64xf32>
}
