// Devices with memory of their own: what crosses over is copied through memory that both see.
// RUN: sinter-opt %s --program-memory --split-input-file --verify-diagnostics | FileCheck %s

// A device alone: the loader itself (-1) copies in and out, in two segments around the device's.
// CHECK: program.executable @npu target "npu" {memory = "local"}
// CHECK: program.arena executable 0 memory "local" size [[#]] alignment 64
// CHECK-NEXT: program.arena executable 0 memory "shared" size 64 alignment 64 {host_visible
// CHECK: program.segment executable -1 waits [] signal 1 {
// CHECK-NEXT: program.copy <input 0, 0, 16> to <arena 1, 0, 16>
// CHECK-NEXT: }
// CHECK-NEXT: program.segment executable 0 waits [1] signal 2 {
// CHECK-NEXT: program.copy <arena 1, 0, 16> to <arena 0, [[X:[0-9]+]], 16>
// CHECK-NEXT: program.dispatch @npu::@inc {{.*}} [#program.binding<arena 0, [[X]], 16>, #program.binding<arena 0, [[Y:[0-9]+]], 16>]
// CHECK-NEXT: program.copy <arena 0, [[Y]], 16> to <arena 1, 0, 16>
// CHECK-NEXT: }
// CHECK-NEXT: program.segment executable -1 waits [2] signal 3 {
// CHECK-NEXT: program.copy <arena 1, 0, 16> to <output 0, 0, 16>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = program.call @npu::@inc(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
module @npu attributes {program.target = "npu", program.memories = [{name = "local"}, {name = "shared", host_visible}]} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32>
}

// -----

// Memory that both see altogether: no copy on the device.
// CHECK: program.arena executable 0 memory "shared" size 128 alignment 64 {host_visible
// CHECK: program.segment executable -1
// CHECK-NEXT: program.copy <input 0, 0, 16> to <arena 0, [[X:[0-9]+]], 16>
// CHECK: program.segment executable 0
// CHECK-NEXT: program.dispatch @npu::@inc {{.*}} [#program.binding<arena 0, [[X]], 16>, #program.binding<arena 0, [[Y:[0-9]+]], 16>]
// CHECK-NEXT: }
// CHECK: program.segment executable -1
// CHECK-NEXT: program.copy <arena 0, [[Y]], 16> to <output 0, 0, 16>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = program.call @npu::@inc(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
module @npu attributes {program.target = "npu", program.memories = [{name = "shared", host_visible}]} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32>
}

// -----

// Beside a CPU: its kernel writes what the device reads where both see it, and reads what the device has copied there.
// CHECK: program.arena executable 0 memory "host"
// CHECK: program.arena executable 1 memory "local"
// CHECK: program.arena executable 1 memory "shared" {{.*}}{host_visible
// CHECK: program.segment executable 0 waits [] signal 1 {
// CHECK-NEXT: program.dispatch @cpu::@inc {{.*}} [#program.binding<input 0, 0, 16>, #program.binding<arena 2, [[A:[0-9]+]], 16>]
// CHECK-NEXT: }
// CHECK-NEXT: program.segment executable 1 waits [1] signal 2 {
// CHECK-NEXT: program.copy <arena 2, [[A]], 16> to <arena 1, [[B:[0-9]+]], 16>
// CHECK-NEXT: program.dispatch @npu::@inc {{.*}} [#program.binding<arena 1, [[B]], 16>, #program.binding<arena 1, [[C:[0-9]+]], 16>]
// CHECK-NEXT: program.copy <arena 1, [[C]], 16> to <arena 2, [[D:[0-9]+]], 16>
// CHECK-NEXT: }
// CHECK-NEXT: program.segment executable 0 waits [2] signal 3 {
// CHECK-NEXT: program.dispatch @cpu::@inc {{.*}} [#program.binding<arena 2, [[D]], 16>, #program.binding<output 0, 0, 16>]
// CHECK-NEXT: }
// CHECK-NEXT: program.end
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = program.call @cpu::@inc(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = program.call @npu::@inc(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = program.call @cpu::@inc(%1) : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
module @cpu attributes {program.target = "cpu:x86-64"} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32>
}
module @npu attributes {program.target = "npu", program.memories = [{name = "local"}, {name = "shared", host_visible}]} {
  func.func private @inc(tensor<4xf32>) -> tensor<4xf32>
}

// -----

// A state lives where it is used first, and is updated there; constants are everywhere.
// CHECK: program.state "h" : tensor<4xf32> {executable = 0 : i64}
// CHECK: program.dispatch @npu::@add {{.*}} [#program.binding<state 0, 0, 16>, #program.binding<constant 0, 0, 16>, #program.binding<arena 0, [[N:[0-9]+]], 16>]
// CHECK-NEXT: program.copy <arena 0, [[N]], 16> to <state 0, 0, 16>
func.func @main(%h: tensor<4xf32> {nn.state = "h"}) -> (tensor<4xf32> {nn.state = "h"}) {
  %c = nn.constant dense<1.0> : tensor<4xf32>
  %0 = program.call @npu::@add(%h, %c) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
module @npu attributes {program.target = "npu", program.memories = [{name = "local"}, {name = "shared", host_visible}]} {
  func.func private @add(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
}

// -----

// What is larger than the device binds at once lies in several arenas.
// CHECK: program.arena executable 0 memory "local" size 64 alignment 64
// CHECK-NEXT: program.arena executable 0 memory "local" size 64 alignment 64
// CHECK-NEXT: program.arena executable 0 memory "shared"
// CHECK: program.dispatch @npu::@inc {{.*}} [#program.binding<arena [[X:[01]]], 0, 64>, #program.binding<arena [[Y:[01]]], 0, 64>]
func.func @main(%x: tensor<16xf32>) -> tensor<16xf32> {
  %0 = program.call @npu::@inc(%x) : (tensor<16xf32>) -> tensor<16xf32>
  return %0 : tensor<16xf32>
}
module @npu attributes {program.target = "npu", program.memories = [{name = "local", max_binding = 64 : i64}, {name = "shared", host_visible}]} {
  func.func private @inc(tensor<16xf32>) -> tensor<16xf32>
}

// -----

func.func @main(%x: tensor<17xf32>) -> tensor<17xf32> {
  // expected-error @below {{a tensor of 68 bytes, memory 'local' binds at most 64}}
  %0 = program.call @npu::@inc(%x) : (tensor<17xf32>) -> tensor<17xf32>
  return %0 : tensor<17xf32>
}
module @npu attributes {program.target = "npu", program.memories = [{name = "local", max_binding = 64 : i64}, {name = "shared", host_visible}]} {
  func.func private @inc(tensor<17xf32>) -> tensor<17xf32>
}
