// Results are written into the caller's buffers, workgroups run as a range, and temporaries are on the stack.
// RUN: sinter-opt %s --cpu-lower-nn --cpu-distribute-contractions --distribute-workgroups --cpu-vectorize=vector-bytes=32 --canonicalize --cse --out-params \
// RUN:   "--one-shot-bufferize=bufferize-function-boundaries=1 function-boundary-type-conversion=identity-layout-map" \
// RUN:   --canonicalize --cse --canonicalize --cpu-grid-loop --cpu-place-buffers | FileCheck %s

// CHECK-LABEL: func.func @split
// CHECK-SAME: (%[[A:.*]]: memref<1000000xf32>, %[[OUT:.*]]: memref<1000000xf32>, %[[FIRST:.*]]: index, %[[COUNT:.*]]: index, %{{.*}}: memref<1xi8>)
// CHECK: %[[END:.*]] = arith.addi %[[FIRST]], %[[COUNT]]
// CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[END]]
// CHECK-NOT: memref.copy
// CHECK-NOT: memref.alloc
// CHECK: return
func.func @split(%a: tensor<1000000xf32>) -> tensor<1000000xf32> {
  %0 = nn.unary exp %a : tensor<1000000xf32> -> tensor<1000000xf32>
  return %0 : tensor<1000000xf32>
}

// CHECK-LABEL: func.func @temporaries
// CHECK-SAME: program.scratch = 0 : i64
// CHECK: memref.alloca
// CHECK-NOT: memref.alloc(
// CHECK: return
func.func @temporaries(%a: tensor<4x1000xf32>) -> tensor<4x1000xf32> {
  %0 = nn.softmax %a axis 1 : tensor<4x1000xf32> -> tensor<4x1000xf32>
  return %0 : tensor<4x1000xf32>
}
