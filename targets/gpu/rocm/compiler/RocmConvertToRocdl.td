// The pass that turns GPU kernels into the LLVM dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def RocmConvertToRocdl : Pass<"rocm-convert-to-rocdl", "::mlir::ModuleOp"> {
  let summary = "GPU modules to the LLVM and ROCDL dialects";
  let description = [{
    A kernel's buffers become bare pointers, its temporaries local memory (LDS), its tables constants in global memory.
    Indices are 32 bits wide. No operation becomes a call: what has no instruction is an error at the operation.
  }];
  let options = [Option<"processor", "processor", "std::string", "\"gfx942\"", "LLVM's name of the processor">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::ROCDL::ROCDLDialect"];
}
