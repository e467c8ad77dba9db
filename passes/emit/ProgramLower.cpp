// Lower each target's kernels as far as all variants share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/emit/ProgramLower.h"
#include "passes/emit/KernelModules.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMLOWER
#include "passes/emit/ProgramLower.h.inc"

namespace {

struct ProgramLowerPass : impl::ProgramLowerBase<ProgramLowerPass> {
  using ProgramLowerBase::ProgramLowerBase;
  explicit ProgramLowerPass(const TargetRegistry &caller) : targets(caller) {}

  void runOnOperation() override {
    auto action = [](const Target &target, ModuleOp kernels) -> LogicalResult { return target.lower(kernels); };
    if (failed(targets.forEach(getOperation(), action)))
      signalPassFailure();
  }

  PassTargets targets;
};

} // namespace

std::unique_ptr<Pass> createProgramLower(const TargetRegistry &registry) {
  return std::make_unique<ProgramLowerPass>(registry);
}

} // namespace sinter
