// Of two targets that take an operator, the cheaper gets it, transfers included; the module keeps why the preferred one
// did not: a refusal of E, and what A and B would cost there. A view is no work and separates nobody.
// RUN: sinter-opt %s --nn-place=targets=null,cpu:x86-64 | FileCheck %s
// RUN: sinter-opt %s --nn-place=targets=cpu:x86-64,null | FileCheck %s --check-prefix=PREFERRED

// CHECK: node = "A", reason = "it would cost {{[0-9]+}} ns more there, transfers included", target = "null"
// CHECK-SAME: node = "B", reason = "it would cost {{[0-9]+}} ns more there, transfers included", target = "null"
// CHECK-SAME: node = "E", reason = "copies and additions are all it does", target = "null"
// CHECK-NOT: nn.target = "null"
// CHECK: nn.binary add {{.*}} {nn.target = "cpu:x86-64"}
// CHECK: nn.binary add {{.*}} {nn.target = "cpu:x86-64"}
// CHECK: nn.reshape {{.*}} : tensor<4xf32> -> tensor<2x2xf32>
// CHECK: nn.unary exp {{.*}} {nn.target = "cpu:x86-64"}
// PREFERRED-NOT: program.refusals
// PREFERRED-COUNT-3: nn.target = "cpu:x86-64"
func.func @main(%x: tensor<4xf32>) -> tensor<2x2xf32> {
  %c = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = nn.binary add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("A")
  %1 = nn.binary add %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("B")
  %2 = nn.reshape %1 : tensor<4xf32> -> tensor<2x2xf32>
  %3 = nn.unary exp %2 : tensor<2x2xf32> -> tensor<2x2xf32> loc("E")
  return %3 : tensor<2x2xf32>
}
