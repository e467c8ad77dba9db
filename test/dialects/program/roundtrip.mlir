// The flat program prints as it parses.
// RUN: sinter-opt %s | sinter-opt | FileCheck %s

program.program {
  program.executable @cpu target "cpu:x86-64"
  program.arena executable 0 memory "host" size 4096 alignment 64
  program.constant dense<1.0> : tensor<4xf32>
  program.state "h" : tensor<2xf32>
  program.procedure "main" : (tensor<4xf32>) -> tensor<4xf32> inputs ["x"] outputs ["y"] states [-1], [-1] {
    program.scalar constant 0 {value = 3 : i64}
    program.segment executable 0 waits [] signal 1 {
      program.dispatch @cpu::@k0 grid 4 outputs 1 [#program.binding<input 0, 0, 16>, #program.binding<arena 0, 64, 16>]
      program.copy <arena 0, 64, 16> to <output 0, 0, 16>
      program.fill <state 0, 0, 8> pattern 0 width 4
    }
    program.end
  }
}

// CHECK: program.executable @cpu target "cpu:x86-64"
// CHECK-NEXT: program.arena executable 0 memory "host" size 4096 alignment 64
// CHECK-NEXT: program.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NEXT: program.state "h" : tensor<2xf32>
// CHECK-NEXT: program.procedure "main" : (tensor<4xf32>) -> tensor<4xf32> inputs ["x"] outputs ["y"] states [-1], [-1] {
// CHECK-NEXT: program.scalar constant 0 {value = 3 : i64}
// CHECK-NEXT: program.segment executable 0 waits [] signal 1 {
// CHECK-NEXT: program.dispatch @cpu::@k0 grid 4 outputs 1 [#program.binding<input 0, 0, 16>, #program.binding<arena 0, 64, 16>]
// CHECK-NEXT: program.copy <arena 0, 64, 16> to <output 0, 0, 16>
// CHECK-NEXT: program.fill <state 0, 0, 8> pattern 0 width 4
// CHECK: program.end
