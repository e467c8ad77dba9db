// Generate code for each target's kernels and drop it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/emit/ProgramEmit.h"
#include "passes/emit/KernelModules.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMEMIT
#include "passes/emit/ProgramEmit.h.inc"

namespace {

struct ProgramEmitPass : impl::ProgramEmitBase<ProgramEmitPass> {
  using ProgramEmitBase::ProgramEmitBase;
  explicit ProgramEmitPass(const TargetRegistry &caller) : targets(caller) {}

  void runOnOperation() override {
    auto action = [](const Target &target, ModuleOp kernels) -> LogicalResult {
      return failure(failed(target.emit(kernels, EmitOptions(), /*threads=*/1)));
    };
    if (failed(targets.forEach(getOperation(), action)))
      signalPassFailure();
  }

  PassTargets targets;
};

} // namespace

std::unique_ptr<Pass> createProgramEmit(const TargetRegistry &registry) {
  return std::make_unique<ProgramEmitPass>(registry);
}

} // namespace sinter
