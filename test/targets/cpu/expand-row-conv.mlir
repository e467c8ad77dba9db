// A depthwise convolution becomes tiles of five and of four rows, over scratch rows with zeros around them: a vector of 16
// and one of 4 cover a row of 20, and rows above and below the input are zeros rather than a test at each tap.
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32' --canonicalize | FileCheck %s
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32' --canonicalize | grep -c 'vector.fma' | FileCheck %s --check-prefix=COUNT

// CHECK-LABEL: func.func @depthwise
// CHECK: %[[ROWS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x7x1x32xf32>
// CHECK: scf.for
// CHECK: scf.if
// CHECK: vector.load %arg0[{{.*}}] : memref<1x2x9x20xf32>, vector<16xf32>
// CHECK: vector.store {{.*}}, %[[ROWS]]
// CHECK: vector.load %[[ROWS]][{{.*}}] : memref<1x7x1x32xf32>, vector<16xf32>
// CHECK: vector.fma
// CHECK: vector.store {{.*}}, %arg2[{{.*}}] : memref<1x2x9x20xf32>, vector<16xf32>
// CHECK: vector.load %[[ROWS]][{{.*}}] : memref<1x7x1x32xf32>, vector<4xf32>
// CHECK: vector.store {{.*}}, %arg2[{{.*}}] : memref<1x2x9x20xf32>, vector<4xf32>
// CHECK-NOT: cpu.row_conv
// COUNT: 162
func.func @depthwise(%x: memref<1x2x9x20xf32>, %w: memref<2x1x3x3xf32>, %y: memref<1x2x9x20xf32>) {
  %c0 = arith.constant 0 : index
  cpu.row_conv %x, %w into %y at[%c0, %c0, %c0, %c0] strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2
    : memref<1x2x9x20xf32>, memref<2x1x3x3xf32>, memref<1x2x9x20xf32>
  return
}
