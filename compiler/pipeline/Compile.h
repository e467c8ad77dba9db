// The compiler as a function: model files in, a package or an earlier stage's text out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PIPELINE_COMPILE_H
#define SINTER_COMPILER_PIPELINE_COMPILE_H

#include "compiler/import/Importer.h"
#include "compiler/pipeline/Pipeline.h"
#include "compiler/support/Diagnostics.h"
#include "compiler/target/DeviceFile.h"
#include "mlir/IR/MLIRContext.h"
#include <functional>

namespace sinter {

struct CompileOptions {
  /// ONNX models, each an entry point; a file that ends in .mlir holds nn functions instead.
  std::vector<std::string> models;
  ImportOptions import; ///< `entry` is set for each model.
  /// Alternative programs, the preferred one first; each is split over its targets. Names exist in the registry.
  std::vector<TargetList> targets;
  std::string variant; ///< Code for this variant only; empty: for all.
  /// Shares of the model that targets must take: parseRequirement's texts. Each holds for the programs that have a
  /// target of its kind.
  std::vector<std::string> requirements;
  std::vector<DeviceFile> devices; ///< That were read, for provenance.
  bool bitstream = false;          ///< Bitstreams too, from targets that make them.
  bool embedsBitcode = false;      ///< LLVM IR beside the machine code, from targets that have it.
  std::string assembler;           ///< Path of a vendor's assembler: machine code too, from targets that have one.
  std::string assemblerVersion;    ///< As it says itself, for provenance.
  EmitStage stage = EmitStage::Package;
  unsigned threads = 1;
  std::vector<std::string> normalized; ///< Options that decide bytes, for the package's provenance.
  std::string checkpoint;              ///< See StageRunner.
  std::function<void(llvm::StringRef)> progress = [](llvm::StringRef) {};
};

struct CompileResult {
  std::vector<char> bytes;         ///< The package, or text.
  std::vector<ImportedFile> files; ///< All that was read.
};

/// Registers dialects and loads what the pipeline creates. Call before anything else uses the context.
void prepareContext(mlir::MLIRContext &context);

/// Imports all models into one module: a function for each entry point.
mlir::OwningOpRef<mlir::ModuleOp> importModels(const CompileOptions &options, mlir::MLIRContext &context,
                                               Diagnostics &diagnostics, std::vector<ImportInfo> &infos);

/// Nothing on failure; why is in `diagnostics`.
std::optional<CompileResult> compile(const CompileOptions &options, const TargetRegistry &registry,
                                     Diagnostics &diagnostics);

/// Imports, simplifies and asks the targets: what `sinter check` does. True if every operator has a target.
bool check(const CompileOptions &options, const TargetRegistry &registry, Diagnostics &diagnostics);

} // namespace sinter

#endif
