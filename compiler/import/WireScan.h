// A look at a model's bytes before protobuf parses them.
//
// Protobuf turns an 8 MB file of empty nodes into 650 MB of objects and answers too deep a nesting
// with a bare `false`. The scan walks the wire format once, with a fixed stack and no allocation,
// follows only what ONNX's schema calls a message, and compares depth, counts and the memory that
// parsing would take with compiler/support/Limits.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_WIRESCAN_H
#define SINTER_COMPILER_IMPORT_WIRESCAN_H

#include "compiler/support/Diagnostics.h"
#include "llvm/ADT/StringRef.h"

namespace sinter::onnx_import {

/// Whether `bytes` is safe to parse as a ModelProto. Reports malformed or limit otherwise, with the
/// offset.
bool scanModel(llvm::StringRef bytes, Diagnostics &diagnostics);

/// The same for a file that holds one TensorProto.
bool scanTensor(llvm::StringRef bytes, Diagnostics &diagnostics);

} // namespace sinter::onnx_import

#endif
