// Operations of a module, what targets say of them, and who takes each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_PLACE_PLACEMENT_H
#define SINTER_PASSES_PLACE_PLACEMENT_H

#include "compiler/target/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/place/Assignment.h"
#include "llvm/ADT/DenseMap.h"

namespace sinter {

/// One target's no to one operation.
struct Answer {
  uint32_t target; ///< Position in Placement::targets.
  Refusal refusal;
};

/// "npu: no kernels of 5x5 (limit 3, value 5)"
std::string describe(llvm::StringRef target, const Refusal &refusal);

class Placement {
public:
  /// Every operator of the entry points but constants, in program order, offered to every target.
  Placement(llvm::ArrayRef<mlir::func::FuncOp> entries, llvm::ArrayRef<const Target *> targets);

  /// Chooses. Afterwards targetOf and claimOf have answers.
  void assign();

  /// Null where no target takes `op`.
  const Target *targetOf(uint32_t op) const;
  /// A view that no target takes with others is no work: it stays outside of kernels and costs
  /// nothing.
  bool isFreeView(uint32_t op) const { return freeViews[op]; }

  /// Why a placed operation is not on each other target: the target's refusal, or that it would
  /// cost more there.
  std::vector<Answer> whyNotThere(uint32_t op) const;
  /// Position of a placed operation's target in `targets`.
  uint32_t rankOf(uint32_t op) const { return problem.claims[chosen[op]].target; }

  std::vector<mlir::Operation *> ops;
  std::vector<const Target *> targets;
  std::vector<std::vector<Answer>> answers; ///< Per operation: refusals, in order of targets.
  std::vector<Claim> claims;                ///< Of all targets; problem.claims has their costs.
  Assignment chosen;                        ///< Per operation: its claim.

private:
  void offer(uint32_t target);
  void attribute(llvm::ArrayRef<Refusal> refusals, uint32_t target, llvm::ArrayRef<bool> claimed);
  void addTensors(mlir::func::FuncOp entry);
  void addTensor(mlir::Value value);
  std::string costThere(uint32_t claim) const;

  llvm::DenseMap<mlir::Operation *, uint32_t> index;
  std::vector<bool> freeViews;
  PlacementProblem problem;
  int64_t cost = 0;
};

} // namespace sinter

#endif
