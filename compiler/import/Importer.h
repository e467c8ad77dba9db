// The importer: an ONNX file becomes a module of nn operators on static tensors.
//
// The bytes are hostile until proven otherwise: a wire scan checks counts, depth and sizes before
// protobuf parses, the graph is validated before anything is built, and sizes are combined with
// checked arithmetic only. Everything that cannot be imported is reported in one run, by node.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_IMPORTER_H
#define SINTER_COMPILER_IMPORT_IMPORTER_H

#include "compiler/support/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sinter {

/// A named dimension's value (minimum == maximum) or its range.
struct DimBound {
  int64_t minimum = 0;
  int64_t maximum = 0;
};

/// One variable that the loader keeps: what the model calls `output` is its `input` of the next
/// run.
struct StateOption {
  std::string input;
  std::string output;
  std::string initFile; ///< Initial value: a .npy file or raw little-endian bytes. Empty: zero.
};

struct ImportOptions {
  std::map<std::string, DimBound> dims;               ///< --dim
  std::map<std::string, std::vector<int64_t>> shapes; ///< --shape
  std::vector<StateOption> states;                    ///< --state
  std::string entry = "main";                         ///< Name of the function, and of the package's entry point.

  /// Takes the complaint about a name above that the model does not have, for another model of the command line may
  /// have it. Without, it is reported.
  std::function<void(Diagnostic)> unknownName;
};

/// Reports that a model lacks what an option names, or leaves it to `options.unknownName`; returns whether it did that.
bool leaveUnknownName(const ImportOptions &options, Diagnostics &diagnostics, const llvm::Twine &message,
                      const llvm::Twine &remedy = "");

/// A file that the result depends on, for -MD.
struct ImportedFile {
  std::string path;   ///< As opened.
  std::string sha256; ///< Lower-case hexadecimal.
};

/// What the package records about the model's origin; holds no machine path except in `files`.
struct ImportInfo {
  std::vector<ImportedFile> files; ///< The model first, then external data in the order read.
  std::string producer;            ///< "pytorch 2.1"
  int64_t irVersion = 0;
  std::vector<std::pair<std::string, int64_t>> opsets; ///< In the model's order; the default domain is "ai.onnx".
  uint64_t nodeCount = 0;                              ///< Nodes of the main graph.
};

/// Reads the model at `path`. External data is read from its folder and never from outside of it.
/// Returns null after an error, which is in `diagnostics`. `context` needs the nn, quant and func
/// dialects registered or loaded.
mlir::OwningOpRef<mlir::ModuleOp> importModel(llvm::StringRef path, mlir::MLIRContext &context,
                                              const ImportOptions &options, Diagnostics &diagnostics,
                                              ImportInfo *info = nullptr);

/// The same on bytes in memory; external data is refused if `folder` is empty.
mlir::OwningOpRef<mlir::ModuleOp> importModelBytes(llvm::StringRef bytes, llvm::StringRef folder,
                                                   mlir::MLIRContext &context, const ImportOptions &options,
                                                   Diagnostics &diagnostics, ImportInfo *info = nullptr);

} // namespace sinter

#endif
