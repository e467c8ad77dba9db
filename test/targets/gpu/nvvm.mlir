// A kernel's temporaries are shared memory, its tables constants in global memory, its functions instructions.
// RUN: sinter-opt %s --cuda-convert-to-nvvm | FileCheck %s

// CHECK: gpu.module @kernel_module
// CHECK: llvm.mlir.global private constant @table({{.*}}) {addr_space = 1 : i32
// Vector accesses may be made of neighbouring elements, so the start is a multiple of 16 where the size is.
// CHECK: llvm.mlir.global internal @{{.*}}() {addr_space = 3 : i32, alignment = 16 : i64{{.*}}} : !llvm.array<4 x f32>
// CHECK: llvm.func @kernel(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) attributes {gpu.kernel, gpu.known_block_size = array<i32: 4, 1, 1>, nvvm.kernel, nvvm.maxntid = array<i32: 4, 1, 1>}
// CHECK: nvvm.read.ptx.sreg.tid.x
// CHECK: llvm.intr.floor
// CHECK: nvvm.barrier
// CHECK-NOT: llvm.call
// CHECK: llvm.mlir.global internal @{{.*}}() {addr_space = 3 : i32, alignment = 4 : i64{{.*}}} : !llvm.array<3 x f32>
gpu.module @kernel_module {
  memref.global "private" constant @table : memref<4xf32, #gpu.address_space<private>> = dense<[1.0, 2.0, 3.0, 4.0]>
  gpu.func @kernel(%x: memref<4xf32>, %y: memref<4xf32>) kernel attributes {known_block_size = array<i32: 4, 1, 1>} {
    %shared = memref.alloc() : memref<4xf32, #gpu.address_space<workgroup>>
    %table = memref.get_global @table : memref<4xf32, #gpu.address_space<private>>
    %i = gpu.thread_id x
    %a = memref.load %x[%i] : memref<4xf32>
    %b = memref.load %table[%i] : memref<4xf32, #gpu.address_space<private>>
    %low = math.floor %a : f32
    %sum = arith.addf %low, %b : f32
    memref.store %sum, %shared[%i] : memref<4xf32, #gpu.address_space<workgroup>>
    gpu.barrier
    %c = memref.load %shared[%i] : memref<4xf32, #gpu.address_space<workgroup>>
    memref.store %c, %y[%i] : memref<4xf32>
    gpu.return
  }
  gpu.func @three(%y: memref<3xf32>) kernel attributes {known_block_size = array<i32: 3, 1, 1>} {
    %shared = memref.alloc() : memref<3xf32, #gpu.address_space<workgroup>>
    %i = gpu.thread_id x
    %a = memref.load %shared[%i] : memref<3xf32, #gpu.address_space<workgroup>>
    memref.store %a, %y[%i] : memref<3xf32>
    gpu.return
  }
}
