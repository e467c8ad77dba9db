// Hexagon as a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_COMPILER_HEXAGONTARGET_H
#define SINTER_TARGETS_NPU_HEXAGON_COMPILER_HEXAGONTARGET_H

#include "targets/cpu/compiler/CpuVariant.h"

namespace sinter::hexagon {

class HexagonTarget : public Target {
public:
  HexagonTarget();

  const TargetInfo &info() const override { return core.info; }
  std::unique_ptr<Target> refined(TargetInfo device) const override;
  ClaimResult claim(llvm::ArrayRef<mlir::Operation *> ops) const override;
  void addLayoutPasses(mlir::OpPassManager &pm) const override;
  mlir::LogicalResult lower(mlir::ModuleOp kernels) const override;
  mlir::FailureOr<std::vector<EmittedVariant>> emit(mlir::ModuleOp kernels, const EmitOptions &options,
                                                    unsigned threads) const override;

private:
  cpu::CpuArchitecture core;  ///< A processor with vectors, to the code generator.
  double bytesPerCycle = 128; ///< Read and written by element-wise work.
  double macsPerCycle = 256;
};

std::unique_ptr<Target> createHexagonTarget();

} // namespace sinter::hexagon

#endif
