// Where tensors live: outputs and states directly, views as their source, dying operands reused in place.
// RUN: sinter-opt %s --program-memory --split-input-file | FileCheck %s

// A chain of three: the middle result may take over the first's buffer; the last is the output.
// CHECK: program.arena executable 0 memory "host" size 64 alignment 64
// CHECK: program.procedure "main"
// CHECK: program.dispatch @cpu::@inc grid 4 outputs 1 [#program.binding<input 0, 0, 16>, #program.binding<arena 0, 0, 16>]
// CHECK-NEXT: program.dispatch @cpu::@inc grid 4 outputs 1 [#program.binding<arena 0, 0, 16>, #program.binding<arena 0, 0, 16>]
// CHECK-NEXT: program.dispatch @cpu::@inc grid 4 outputs 1 [#program.binding<arena 0, 0, 16>, #program.binding<output 0, 0, 16>]
// CHECK-NEXT: }
// CHECK-NEXT: program.end
func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<2x2xf32> {nn.name = "y"}) {
  %0 = program.call @cpu::@inc(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = program.call @cpu::@inc(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = program.call @cpu::@inc(%1) : (tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.reshape %2 : tensor<4xf32> -> tensor<2x2xf32>
  return %3 : tensor<2x2xf32>
}
module @cpu attributes {program.target = "cpu:x86-64"} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32> attributes {program.grid = 4 : i64, program.inplace = array<i64: 0, 0>}
}

// -----

// Not in place without permission; buffers live together do not overlap.
// CHECK: program.arena executable 0 memory "host" size 128 alignment 64
// CHECK: program.dispatch @cpu::@inc {{.*}} #program.binding<arena 0, 0, 16>]
// CHECK: program.dispatch @cpu::@inc {{.*}} [#program.binding<arena 0, 0, 16>, #program.binding<arena 0, 64, 16>]
// CHECK: program.dispatch @cpu::@add {{.*}} [#program.binding<arena 0, 0, 16>, #program.binding<arena 0, 64, 16>, #program.binding<output 0, 0, 16>]
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = program.call @cpu::@inc(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = program.call @cpu::@inc(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = program.call @cpu::@add(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
module @cpu attributes {program.target = "cpu:x86-64"} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32>
  func.func private @add(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
}

// -----

// A state read by the item that makes its new value is copied at the end; one read before is written directly.
// CHECK: program.state "h" : tensor<4xf32>
// CHECK: program.state "c" : tensor<4xf32> {init = 0 : i64}
// CHECK: program.procedure "main" {{.*}} states [-1, 0, 1], [-1, 0, 1]
// CHECK: program.dispatch @cpu::@add {{.*}} [#program.binding<input 0, 0, 16>, #program.binding<state 1, 0, 16>, #program.binding<output 0, 0, 16>]
// CHECK: program.dispatch @cpu::@add {{.*}} [#program.binding<output 0, 0, 16>, #program.binding<state 0, 0, 16>, #program.binding<arena 0, 0, 16>]
// CHECK: program.dispatch @cpu::@inc {{.*}} [#program.binding<output 0, 0, 16>, #program.binding<state 1, 0, 16>]
// CHECK: program.copy <arena 0, 0, 16> to <state 0, 0, 16>
func.func @main(%x: tensor<4xf32>, %h: tensor<4xf32> {nn.state = "h"}, %c: tensor<4xf32> {nn.state = "c", nn.state_init = dense<2.0> : tensor<4xf32>})
    -> (tensor<4xf32>, tensor<4xf32> {nn.state = "h"}, tensor<4xf32> {nn.state = "c"}) {
  %0 = program.call @cpu::@add(%x, %c) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = program.call @cpu::@add(%0, %h) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = program.call @cpu::@inc(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
module @cpu attributes {program.target = "cpu:x86-64"} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32>
  func.func private @add(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
}

// -----

// States that change places go through the arena; inputs and constants that are returned are copied.
// CHECK: program.copy <input 0, 0, 16> to <output 0, 0, 16>
// CHECK-NEXT: program.copy <state 1, 0, 16> to <arena 0, {{[0-9]+}}, 16>
// CHECK-NEXT: program.copy <state 0, 0, 16> to <arena 0, {{[0-9]+}}, 16>
// CHECK-NEXT: program.copy <arena 0, [[A:[0-9]+]], 16> to <state 0, 0, 16>
// CHECK-NEXT: program.copy <arena 0, [[B:[0-9]+]], 16> to <state 1, 0, 16>
func.func @main(%x: tensor<4xf32>, %a: tensor<4xf32> {nn.state = "a"}, %b: tensor<4xf32> {nn.state = "b"})
    -> (tensor<4xf32>, tensor<4xf32> {nn.state = "a"}, tensor<4xf32> {nn.state = "b"}) {
  return %x, %b, %a : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
module @cpu attributes {program.target = "cpu:x86-64"} {}
