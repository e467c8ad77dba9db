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

/// What memory planning must know of the target.
void noteMemories(const TargetInfo &target, ModuleOp kernels) {
  if (target.memories.empty())
    return;
  Builder builder(kernels.getContext());
  SmallVector<Attribute> memories;
  for (const MemoryInfo &memory : target.memories) {
    NamedAttrList facts;
    facts.set("name", builder.getStringAttr(memory.name));
    if (memory.hostVisible)
      facts.set("host_visible", builder.getUnitAttr());
    if (memory.largest)
      facts.set("max_binding", builder.getI64IntegerAttr(static_cast<int64_t>(memory.largest)));
    memories.push_back(facts.getDictionary(kernels.getContext()));
  }
  kernels->setAttr("program.memories", builder.getArrayAttr(memories));
}

struct ProgramLowerPass : impl::ProgramLowerBase<ProgramLowerPass> {
  using ProgramLowerBase::ProgramLowerBase;
  explicit ProgramLowerPass(const TargetRegistry &caller) : targets(caller) {}

  void runOnOperation() override {
    auto action = [](const Target &target, ModuleOp kernels) -> LogicalResult {
      noteMemories(target.info(), kernels);
      return target.lower(kernels);
    };
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
