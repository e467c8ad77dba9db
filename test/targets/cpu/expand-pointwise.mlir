// A shallow 1x1 convolution reads and stores vectors of pixels: nothing is transposed, and the last of 100 pixels are
// covered by a vector that begins at the 84th.
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32' --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @pointwise
// CHECK: vector.load {{.*}} : memref<1x8x100xf32>, vector<16xf32>
// CHECK-NOT: vector.shuffle
// CHECK: vector.store {{.*}} : memref<1x16x100xf32>, vector<16xf32>
// CHECK: vector.store {{.*}}%c84{{.*}} : memref<1x16x100xf32>, vector<16xf32>
// CHECK-NOT: cpu.conv
func.func @pointwise(%x: memref<1x8x10x10xf32>, %w: memref<1x8x1x1x16xf32>, %y: memref<1x16x10x10xf32>) {
  %c0 = arith.constant 0 : index
  cpu.conv %x, %w into %y at[%c0, %c0, %c0, %c0] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 channels 16
    : memref<1x8x10x10xf32>, memref<1x8x1x1x16xf32>, memref<1x16x10x10xf32>
  return
}
