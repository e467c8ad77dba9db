// The loop over targets' kernels that lowering and emission share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_EMIT_KERNELMODULES_H
#define SINTER_PASSES_EMIT_KERNELMODULES_H

#include "compiler/target/Target.h"
#include "mlir/IR/BuiltinOps.h"

namespace sinter {

/// The caller's targets, or those that were built in where a pass was made by name.
class PassTargets {
public:
  PassTargets() = default;
  explicit PassTargets(const TargetRegistry &caller) : registry(&caller, [](const auto *) {}) {}

  /// Calls `action` with each nested module of kernels and its target; an unknown target is an error at the module.
  mlir::LogicalResult forEach(mlir::ModuleOp program,
                              llvm::function_ref<mlir::LogicalResult(const Target &, mlir::ModuleOp)> action) {
    if (!registry)
      registry = builtInTargets();
    for (mlir::ModuleOp kernels : program.getOps<mlir::ModuleOp>()) {
      auto name = kernels->getAttrOfType<mlir::StringAttr>("program.target");
      if (!name)
        continue;
      const Target *target = registry->find(name);
      if (!target)
        return kernels.emitError() << "there is no target " << name.getValue();
      if (mlir::failed(action(*target, kernels)))
        return mlir::failure();
    }
    return mlir::success();
  }

private:
  std::shared_ptr<const TargetRegistry> registry;
};

} // namespace sinter

#endif
