// What every target.json has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_TARGET_TARGETJSON_H
#define SINTER_COMPILER_TARGET_TARGETJSON_H

#include "compiler/target/Target.h"
#include "llvm/Support/JSON.h"

namespace sinter {

/// Reads what all targets have in common, in their JSON: "name", "summary", "driver", "kernel_abi", "alignment",
/// "code_alignment", "variants" of [{"name", "needs"}], and, where they differ from the defaults, "clock_mhz",
/// "transfer" of {"latency_ns", "bytes_per_ns"}, "memories" of [{"name", "host_visible", "max_binding"}],
/// "bitstream", "bitcode" and "assembler". Reports what is wrong at its place in the document.
bool fromJSON(const llvm::json::Value &value, TargetInfo &info, llvm::json::Path path);

/// The same of a text that is part of the build: what is missing or wrong ends the process with a message.
TargetInfo readTargetJson(llvm::StringRef text);
TargetInfo readTargetJson(const llvm::json::Object &object);

} // namespace sinter

#endif
