// Kernels as modules of LLVM: what all back ends of GPUs need of them.
//
// A kernel is pure: LLVM has instructions for everything in it, or there is no code. Without a vendor's mathematical
// library at hand a function would silently become a call of it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_COMPILER_LLVMKERNEL_H
#define SINTER_TARGETS_GPU_COMPILER_LLVMKERNEL_H

#include "targets/gpu/compiler/KernelJobs.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace sinter::gpu {

/// Null with `error` where this LLVM has no such back end.
std::unique_ptr<llvm::TargetMachine> makeMachine(llvm::StringRef triple, llvm::StringRef processor,
                                                 llvm::StringRef features, std::string &error);

/// The job's gpu.module, which holds the LLVM dialect, for the machine. Its kernel is described and has its name, and
/// all else is named after it, so that kernels can share a module. Null where it cannot be translated.
std::unique_ptr<llvm::Module> translateKernel(const KernelJob &job, const llvm::TargetMachine &machine,
                                              llvm::LLVMContext &context);

/// The one function of a module that has a body.
llvm::Function &kernelOf(llvm::Module &module);

void optimize(llvm::Module &module, llvm::TargetMachine &machine);

/// What makes a kernel's code none: a function that it would call, or more workgroup memory than `mostBytes`; or "".
std::string checkKernel(const llvm::Module &module, uint64_t mostBytes);

/// Of the kernel's workgroup memory.
uint64_t workgroupBytes(const llvm::Module &module);

} // namespace sinter::gpu

#endif
