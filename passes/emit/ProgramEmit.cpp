// Generate code for each target's kernels and drop it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/emit/ProgramEmit.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_PROGRAMEMIT
#include "passes/emit/ProgramEmit.h.inc"

namespace {

struct ProgramEmitPass : impl::ProgramEmitBase<ProgramEmitPass> {
  using ProgramEmitBase::ProgramEmitBase;
  explicit ProgramEmitPass(const TargetRegistry &caller) : registry(&caller, [](const auto *) {}) {}

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
      if (failed(target->emit(kernels, EmitOptions(), /*threads=*/1)))
        return signalPassFailure();
    }
  }

  std::shared_ptr<const TargetRegistry> registry;
};

} // namespace

std::unique_ptr<Pass> createProgramEmit(const TargetRegistry &registry) {
  return std::make_unique<ProgramEmitPass>(registry);
}

} // namespace sinter
