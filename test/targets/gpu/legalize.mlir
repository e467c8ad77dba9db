// Leading zeros of 64 bits are counted in two words.
// RUN: sinter-opt %s --pass-pipeline='builtin.module(func.func(gpu-legalize))' | FileCheck %s

// CHECK-LABEL: func.func @zeros
// CHECK-COUNT-2: math.ctlz {{.*}} : i32
// CHECK-NOT: math.ctlz {{.*}} : i64
func.func @zeros(%x: i64) -> i64 {
  %n = math.ctlz %x : i64
  return %n : i64
}
