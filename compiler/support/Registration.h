// What exists in this build: dialects, passes and targets. The definitions are generated from the folders of the tree
// (cmake/Registration.cpp.in), so nothing registers itself behind the reader's back.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_REGISTRATION_H
#define SINTER_COMPILER_SUPPORT_REGISTRATION_H

namespace mlir {
class DialectRegistry;
}

namespace sinter {

class TargetRegistry;

/// Sinter's own dialects.
void registerSinterDialects(mlir::DialectRegistry &registry);

/// Sinter's dialects and the upstream ones that the pipelines use, with their bufferization, tiling and translation
/// interfaces. What every tool calls.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Every pass of passes/ and targets/, for sinter-opt. Not thread-safe; call once.
void registerSinterPasses();

/// The targets that were built in, in order of folder name.
void registerSinterTargets(TargetRegistry &registry);

} // namespace sinter

#endif
