// What Hexagon does not take is named, all of it at once, with the limit and the value.
// RUN: not sinter compile %s --target=npu:hexagon -o %t.sinter 2>&1 | FileCheck %s
// RUN: sinter compile %s --target=npu:hexagon,cpu -o %t.sinter && sinter inspect %t.sinter | FileCheck %s --check-prefix=SPLIT

// CHECK-DAG: 'A'{{.*}}elements of this type have no kernels{{.*}}f32
// CHECK-DAG: 'B'{{.*}}arithmetic on integers that are not quantised has no kernels
// SPLIT-DAG: not on npu:hexagon: 'A': elements of this type have no kernels (limit i8, i16, i32, value f32)
// SPLIT-DAG: not on npu:hexagon: 'B': arithmetic on integers that are not quantised has no kernels
func.func @main(%x: tensor<4x8xf32> {nn.name = "x"}, %i: tensor<4x8xi32> {nn.name = "i"}) -> (tensor<4x8xf32> {nn.name = "y"}, tensor<4x8xi32> {nn.name = "j"}) attributes {nn.entry} {
  %0 = nn.unary exp %x : tensor<4x8xf32> -> tensor<4x8xf32> loc("A")
  %1 = nn.binary add %i, %i : (tensor<4x8xi32>, tensor<4x8xi32>) -> tensor<4x8xi32> loc("B")
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xi32>
}
