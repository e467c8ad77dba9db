// The pass that turns GPU kernels into SPIR-V.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def VulkanConvertToSpirv : Pass<"vulkan-convert-to-spirv", "::mlir::ModuleOp"> {
  let summary = "GPU modules to SPIR-V modules for Vulkan";
  let description = [{
    A kernel's buffers become storage buffers of descriptor set 0, in order. Indices are 32 bits wide. Barriers order
    storage buffers as well as workgroup memory. bf16, and f16 where the capabilities lack Float16, are integers of 16 bits.
    What else the capabilities do not allow is an error at the operation.
  }];
  let options = [
    ListOption<"capabilities", "capabilities", "std::string", "SPIR-V capabilities that kernels may use">,
    ListOption<"extensions", "extensions", "std::string", "SPIR-V extensions that kernels may use">];
  let dependentDialects = ["::mlir::spirv::SPIRVDialect"];
}
