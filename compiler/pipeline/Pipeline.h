// The compiler's table of contents: which passes make which stage, in order.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PIPELINE_PIPELINE_H
#define SINTER_COMPILER_PIPELINE_PIPELINE_H

#include "compiler/target/Target.h"
#include "mlir/Pass/PassManager.h"

namespace sinter {

/// Where one program is to run: targets by name, the preferred one first.
using TargetList = std::vector<std::string>;

/// One step of the compiler: a name for progress and diagnostics, and the passes. Stages are run one after the other
/// on the same module.
struct Stage {
  llvm::StringRef name;
  std::function<void(mlir::OpPassManager &)> addPasses;
};

/// What the model means, on any hardware: after the importer, before the choice of targets.
std::vector<Stage> frontStages();

/// From a module of nn functions to one of kernels with code-ready IR and entry functions of calls. `targets` exist in
/// `registry`, which must live as long as the stages.
/// `requirements` are those that these targets have to meet (passes/place/Requirement.h).
std::vector<Stage> targetStages(const TargetRegistry &registry, const TargetList &targets,
                                const std::vector<std::string> &requirements = {});

/// Code is emitted between this and the stages before it; memory planning needs what lowering said of each kernel.
std::vector<Stage> memoryStages(const TargetRegistry &registry, const TargetList &targets);

} // namespace sinter

#endif
