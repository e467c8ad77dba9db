// 8-bit products by what the processor has: one vpdpbusd for four terms of 16 lanes, or two products of 16-bit pairs, or
// four multiplications. A tile is 8 channels, or 4 where registers are few.
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32 integer-dot=vpdpbusd' --canonicalize | FileCheck %s
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=32 registers=16 integer-dot=pmaddwd' --canonicalize | FileCheck %s --check-prefix=PAIRS
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=16 registers=32 integer-dot=widen' --canonicalize | FileCheck %s --check-prefix=WIDEN
// RUN: sinter-opt %s '--cpu-expand-contractions=vector-bytes=64 registers=32 integer-dot=vpdpbusd' --canonicalize | grep -c vpdpbusd | FileCheck %s --check-prefix=COUNT

// CHECK-LABEL: func.func @conv
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xi32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"({{.*}}) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
// CHECK: arith.sitofp {{.*}} : vector<16xi32> to vector<16xf64>
// CHECK: vector.store {{.*}} vector<16xi8>
// CHECK-NOT: cpu.quantized_conv
// PAIRS: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"({{.*}}) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
// PAIRS-NOT: vpdpbusd
// WIDEN: arith.muli {{.*}} : vector<4xi32>
// WIDEN-NOT: call_intrinsic
// COUNT: 8
func.func @conv(%x: memref<1x8x4x4xi8>, %w: memref<1x2x1x1x16x4xi8>, %b: memref<8xi32>, %f: memref<8xf64>, %y: memref<1x8x4x4xi8>) {
  %c0 = arith.constant 0 : index
  cpu.quantized_conv %x, %w, %b, %f into %y at[%c0, %c0, %c0, %c0] kernel [1, 1] strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1]
    group 1 channels 8 zero 117 signed true limits [7, -128, 127]
    : memref<1x8x4x4xi8>, memref<1x2x1x1x16x4xi8>, memref<8xi32>, memref<8xf64>, memref<1x8x4x4xi8>
  return
}
