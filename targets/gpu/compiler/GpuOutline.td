// The pass that makes a function a GPU kernel.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def GpuOutline : Pass<"gpu-outline", "::mlir::ModuleOp"> {
  let summary = "move each function into a gpu.module as a kernel of the same name";
  let description = [{
    The function is all device code already: this changes its wrapping, no operation in it.
  }];
  let options = [Option<"threads", "threads", "int64_t", "64", "Threads of a workgroup">];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}
