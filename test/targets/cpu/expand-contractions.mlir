// A padded convolution becomes loops whose accumulators are values: 25 of the 27 taps of a row of 9 pixels, none of them
// outside the input, and kernel rows clipped at the top and the bottom.
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32' --canonicalize | FileCheck %s
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32' --canonicalize | grep -c 'vector.fma' | FileCheck %s --check-prefix=COUNT

// CHECK-LABEL: func.func @conv
// CHECK: scf.for %[[ROW:.*]] =
// CHECK: %[[FIRST:.*]] = affine.max
// CHECK: %[[LAST:.*]] = affine.min
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>
// CHECK: scf.for {{.*}} = %[[FIRST]] to %[[LAST]] {{.*}} iter_args
// CHECK: vector.load %arg1[{{.*}}] : memref<1x3x3x3x16xf32>, vector<16xf32>
// CHECK: vector.fma
// CHECK: vector.shuffle
// CHECK: vector.store {{.*}}, %arg2[{{.*}}] : memref<1x16x9x9xf32>, vector<9xf32>
// CHECK-NOT: cpu.conv
// COUNT: 25
func.func @conv(%x: memref<1x3x9x9xf32>, %w: memref<1x3x3x3x16xf32>, %y: memref<1x16x9x9xf32>) {
  %c0 = arith.constant 0 : index
  cpu.conv %x, %w into %y at[%c0, %c0, %c0, %c0] strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1 channels 16
    : memref<1x3x9x9xf32>, memref<1x3x3x3x16xf32>, memref<1x16x9x9xf32>
  return
}
