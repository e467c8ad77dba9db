// Storage types: bools are bytes, unsigned integers signless; the body keeps their meaning.
// RUN: sinter-opt %s --nn-to-linalg | FileCheck %s

// CHECK-LABEL: func.func @compare
// CHECK-SAME: (%{{.*}}: tensor<4x8xi8>, %{{.*}}: tensor<8xi8>) -> tensor<4x8xi8>
// CHECK: linalg.generic
// CHECK: arith.cmpi ult
// CHECK: arith.extui {{.*}} : i1 to i8
// CHECK-NOT: nn.
func.func @compare(%a: tensor<4x8xui8>, %b: tensor<8xui8>) -> tensor<4x8xi1> {
  %0 = nn.compare lt %a, %b : (tensor<4x8xui8>, tensor<8xui8>) -> tensor<4x8xi1>
  return %0 : tensor<4x8xi1>
}
