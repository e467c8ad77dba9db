// The pass that turns GPU kernels into the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CudaConvertToNvvm : Pass<"cuda-convert-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "GPU modules to the LLVM and NVVM dialects";
  let description = [{
    A kernel's buffers become bare pointers, its temporaries shared memory, its tables constants in global memory. Indices
    are 32 bits wide. No operation becomes a call: what has no instruction is an error at the operation.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::nvgpu::NVGPUDialect", "::mlir::NVVM::NVVMDialect"];
}
