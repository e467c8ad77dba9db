// Kernels, one after another in the code section of a package.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_GPUIMAGE_H
#define SINTER_TARGETS_GPU_COMPILER_GPUIMAGE_H

#include "compiler/target/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sinter::gpu {

/// Entry points are multiples of it.
constexpr size_t kEntryAlignment = 16;

/// A module of its own with a copy of `func`, as a variant's pipeline wants it.
mlir::OwningOpRef<mlir::ModuleOp> isolate(mlir::func::FuncOp func);

/// Appends bytes at the next multiple of kEntryAlignment and returns where they are.
uint64_t append(llvm::SmallVectorImpl<char> &image, llvm::ArrayRef<char> bytes);

/// The same for a plain struct.
template <typename T> uint64_t appendStruct(llvm::SmallVectorImpl<char> &image, const T &value) {
  return append(image, {reinterpret_cast<const char *>(&value), sizeof(value)});
}

/// The next kernel's entry point is at `entry`; no GPU has worker scratch.
void addEntry(EmittedVariant &variant, uint64_t entry);

} // namespace sinter::gpu

#endif
