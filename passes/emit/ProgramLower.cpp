// Lower each target's kernels as far as all variants share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/emit/ProgramLower.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMLOWER
#include "passes/emit/ProgramLower.h.inc"

namespace {

struct ProgramLowerPass : impl::ProgramLowerBase<ProgramLowerPass> {
  using ProgramLowerBase::ProgramLowerBase;
  explicit ProgramLowerPass(const TargetRegistry &caller) : registry(&caller, [](const auto *) {}) {}

  LogicalResult initialize(MLIRContext *) override {
    if (!registry)
      registry = builtInTargets();
    return success();
  }

  void runOnOperation() override {
    for (ModuleOp kernels : getOperation().getOps<ModuleOp>()) {
      auto name = kernels->getAttrOfType<StringAttr>("program.target");
      if (!name)
        continue;
      const Target *target = registry->find(name);
      if (!target) {
        kernels.emitError() << "there is no target " << name.getValue();
        return signalPassFailure();
      }
      if (failed(target->lower(kernels)))
        return signalPassFailure();
    }
  }

  std::shared_ptr<const TargetRegistry> registry;
};

} // namespace

std::unique_ptr<Pass> createProgramLower(const TargetRegistry &registry) {
  return std::make_unique<ProgramLowerPass>(registry);
}

} // namespace sinter
