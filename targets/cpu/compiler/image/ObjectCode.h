// One kernel in the LLVM dialect becomes an object file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_IMAGE_OBJECTCODE_H
#define SINTER_TARGETS_CPU_COMPILER_IMAGE_OBJECTCODE_H

#include "mlir/IR/BuiltinOps.h"
#include "targets/cpu/compiler/CpuVariant.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace sinter::cpu {

/// What the kernel's function carried before lowering.
struct KernelFacts {
  std::string name;
  unsigned bindings = 0; ///< Buffers, inputs then results.
  /// Bindings that may share a buffer with another: all others are told to LLVM as distinct memory.
  llvm::SmallVector<unsigned> shared;
};

/// Translates `module` (one function, called facts.name) and adds the entry point of the kernel ABI under that name.
/// Null, with an error emitted, when translation fails.
std::unique_ptr<llvm::Module> translateKernel(mlir::ModuleOp module, const KernelFacts &facts,
                                              llvm::LLVMContext &context);

/// Optimises for the variant and generates code. Appends the object's bytes to `object`; returns what went wrong, or
/// "". With `text`, writes the optimised LLVM IR there.
std::string generateObject(llvm::Module &module, const CpuArchitecture &arch, const CpuVariant &variant,
                           llvm::SmallVectorImpl<char> &object, std::string *text);

} // namespace sinter::cpu

#endif
