// PTX becomes machine code, by an assembler that the user named.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_CUDA_COMPILER_ASSEMBLE_H
#define SINTER_TARGETS_GPU_CUDA_COMPILER_ASSEMBLE_H

#include "targets/gpu/cuda/compiler/Facts.h"

namespace sinter::cuda {

/// Appends the cubin's bytes; returns what went wrong, or "".
std::string assemble(llvm::StringRef ptxas, llvm::StringRef ptx, const Variant &variant,
                     llvm::SmallVectorImpl<char> &cubin);

} // namespace sinter::cuda

#endif
