// Runs stages on a module: one pass manager each, diagnostics by stage, and a checkpoint that survives a crash.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PIPELINE_STAGES_H
#define SINTER_COMPILER_PIPELINE_STAGES_H

#include "compiler/pipeline/Pipeline.h"
#include "compiler/support/DiagnosticBridge.h"
#include <functional>

namespace sinter {

class StageRunner {
public:
  /// `progress` hears each stage's name before it starts. With `checkpoint`, the module and the stage's passes are
  /// written to that file before the stage starts, in MLIR's reproducer form: `sinter-opt --run-reproducer` replays it.
  StageRunner(mlir::MLIRContext &context, Diagnostics &diagnostics, std::function<void(llvm::StringRef)> progress,
              std::string checkpoint)
      : bridge(context, diagnostics, DiagnosticCode::Internal), diagnostics(diagnostics), progress(std::move(progress)),
        checkpoint(std::move(checkpoint)) {}

  /// Announces a step that is no pass. `pipeline` replays it, for the checkpoint; without one there is none.
  void begin(llvm::StringRef name, mlir::ModuleOp module = nullptr, llvm::StringRef pipeline = "");

  mlir::LogicalResult run(const Stage &stage, mlir::ModuleOp module);
  mlir::LogicalResult run(llvm::ArrayRef<Stage> stages, mlir::ModuleOp module);

private:
  DiagnosticBridge bridge;
  Diagnostics &diagnostics;
  std::function<void(llvm::StringRef)> progress;
  std::string checkpoint;
};

} // namespace sinter

#endif
