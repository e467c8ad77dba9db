// Runs stages on a module.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/pipeline/Stages.h"
#include "mlir/IR/AsmState.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace sinter;

/// Errors of these stages are about the model; those of all others are defects of ours.
static DiagnosticCode codeOf(llvm::StringRef stage) {
  if (stage == "place")
    return DiagnosticCode::Placement;
  if (stage == "simplify" || stage == "quantize")
    return DiagnosticCode::UnsupportedOp;
  return DiagnosticCode::Internal;
}

static void writeReproducer(llvm::StringRef path, ModuleOp module, llvm::StringRef pipeline) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return;
  FallbackAsmResourceMap resources;
  AsmState state(module, OpPrintingFlags().enableDebugInfo(), nullptr, &resources);
  state.attachResourcePrinter("mlir_reproducer", [&](Operation *, AsmResourceBuilder &builder) {
    builder.buildString("pipeline", pipeline);
    builder.buildBool("disable_threading", true);
    builder.buildBool("verify_each", true);
  });
  module->print(os, state);
  os << '\n';
}

void StageRunner::begin(llvm::StringRef name, ModuleOp module, llvm::StringRef pipeline) {
  progress(name);
  bridge.setCode(codeOf(name));
  if (!checkpoint.empty() && module && !pipeline.empty())
    writeReproducer(checkpoint, module, pipeline);
}

LogicalResult StageRunner::run(const Stage &stage, ModuleOp module) {
  PassManager pm(module.getContext());
  stage.addPasses(pm);
  std::string pipeline;
  llvm::raw_string_ostream os(pipeline);
  pm.printAsTextualPipeline(os);
  begin(stage.name, module, pipeline);
  if (succeeded(pm.run(module)))
    return success();
  if (!diagnostics.hasErrors())
    diagnostics.error(DiagnosticCode::Internal, "", "stage " + stage.name + " failed without saying why");
  return failure();
}

LogicalResult StageRunner::run(llvm::ArrayRef<Stage> stages, ModuleOp module) {
  for (const Stage &stage : stages)
    if (failed(run(stage, module)))
      return failure();
  return success();
}
