// The CPU as a target: one class, one instance for each architecture of target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CPUTARGET_H
#define SINTER_TARGETS_CPU_COMPILER_CPUTARGET_H

#include "compiler/target/Target.h"
#include "targets/cpu/compiler/CpuVariant.h"

namespace sinter::cpu {

class CpuTarget : public Target {
public:
  explicit CpuTarget(llvm::StringRef name) : arch(loadArchitecture(name)) {}

  const TargetInfo &info() const override { return arch.info; }
  std::unique_ptr<Target> refined(TargetInfo device) const override;
  ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const override;
  void addLayoutPasses(mlir::OpPassManager &pm) const override;
  mlir::LogicalResult lower(mlir::ModuleOp kernels) const override;
  mlir::FailureOr<std::vector<EmittedVariant>> emit(mlir::ModuleOp kernels, const EmitOptions &options,
                                                    unsigned threads) const override;

private:
  CpuArchitecture arch;
};

std::unique_ptr<Target> createX8664Target();
std::unique_ptr<Target> createAarch64Target();
std::unique_ptr<Target> createRiscv64Target();

} // namespace sinter::cpu

#endif
