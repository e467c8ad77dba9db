// What every target.json has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_TARGET_TARGETJSON_H
#define SINTER_COMPILER_TARGET_TARGETJSON_H

#include "compiler/target/Target.h"
#include "llvm/Support/JSON.h"

namespace sinter {

/// Reads "name", "summary", "driver", "kernel_abi", "alignment", "code_alignment" and "variants" of [{"name", "needs"}].
/// The text is part of the build: what is missing or wrong ends the process with a message.
TargetInfo readTargetJson(llvm::StringRef text);
TargetInfo readTargetJson(const llvm::json::Object &object);

} // namespace sinter

#endif
