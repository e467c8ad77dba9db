// Devices from files: --target-file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_TARGET_DEVICEFILE_H
#define SINTER_COMPILER_TARGET_DEVICEFILE_H

#include "compiler/support/Diagnostics.h"
#include "compiler/target/Target.h"

namespace sinter {

/// A device that joined a registry, for provenance: files' paths do not reach packages.
struct DeviceFile {
  std::string name;
  std::string sha256; ///< Of the file.
};

/// Reads a JSON file of {"name": "npu:small", "refines": "npu:family", …}. What follows takes the
/// place of the target's facts, objects key by key: those that all targets have (see TargetJson.h)
/// and those that this one's target.json has, of the same type. What its code and driver depend on
/// (driver, kernel_abi, variants, bitstream, bitcode, assembler) is fixed. The device joins the registry under its own
/// name. Says what is wrong, at its place, and returns nothing.
std::optional<DeviceFile> loadDeviceFile(llvm::StringRef path, TargetRegistry &registry, Diagnostics &diagnostics);

} // namespace sinter

#endif
