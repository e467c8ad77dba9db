// Targets from shared libraries: what a plug-in exports and how the compiler loads it.
//
// A plug-in is built against an installed Sinter of the same version and links libSinterCompiler and the shared MLIR,
// so that every TypeID exists once. It exports one function, `sinterTargetPlugin`. C++ objects cross the border, so
// LLVM's version and the headers must be the same to the letter: a mismatch is refused before anything is called.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_TARGET_PLUGIN_H
#define SINTER_COMPILER_TARGET_PLUGIN_H

#include "compiler/support/Diagnostics.h"
#include "compiler/target/HeaderHash.h"
#include "compiler/target/Target.h"
#include "llvm/Config/llvm-config.h"

namespace sinter {

/// Grows when TargetPlugin or the meaning of Target's hooks changes.
inline constexpr uint32_t kTargetPluginApi = 2;

struct TargetPlugin {
  size_t size;             ///< sizeof(TargetPlugin)
  uint32_t api;            ///< kTargetPluginApi
  const char *llvmVersion; ///< LLVM_VERSION_STRING
  const char *headerHash;  ///< SINTER_HEADER_HASH: of the headers that a plug-in may include.
  void (*registerTargets)(TargetRegistry &registry);
};

using TargetPluginEntry = const TargetPlugin *(*)();

/// Loads a plug-in for the rest of the process. Its targets take the place of built-in ones of the same name.
bool loadTargetPlugin(llvm::StringRef path, TargetRegistry &registry, Diagnostics &diagnostics);

} // namespace sinter

#endif
