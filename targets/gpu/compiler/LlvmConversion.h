// From the gpu dialect to the LLVM dialect: what all back ends of GPUs convert alike.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_LLVMCONVERSION_H
#define SINTER_TARGETS_GPU_COMPILER_LLVMCONVERSION_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace sinter::gpu {

/// Bare pointers, indices of 32 bits.
mlir::LowerToLLVMOptions llvmOptions(mlir::MLIRContext *context);

/// Temporaries that all threads share become the kernels' own workgroup memory: as allocations they would be calls.
/// Tables go to `tableSpace` of the back end's address spaces.
void placeBuffers(mlir::gpu::GPUModuleOp module, unsigned tableSpace);

/// What is no matter of the GPU. Mathematical functions become instructions, before any pattern of the GPU's that would
/// make calls of a vendor's library of them.
void populateLlvmPatterns(mlir::LLVMTypeConverter &types, mlir::RewritePatternSet &patterns);

} // namespace sinter::gpu

#endif
