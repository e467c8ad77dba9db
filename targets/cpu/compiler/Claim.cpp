// Which operations the CPU takes, and at what cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Provenance.h"
#include "dialects/nn/Work.h"
#include "passes/lower/Lowering.h"
#include "targets/cpu/compiler/CpuTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

/// A core with vectors of 16 floats, and memory that keeps up with 8 bytes a cycle.
Claim claimOne(Operation *op) {
  nn::Work work = nn::workOf(op);
  Claim claim;
  claim.ops = {op};
  claim.bytes = work.bytes;
  claim.cycles = std::max(work.flops / 32.0, work.bytes / 8.0);
  return claim;
}

} // namespace

ClaimResult CpuTarget::claim(ArrayRef<Operation *> ops) const {
  ClaimResult result;
  for (Operation *op : ops) {
    if (std::optional<std::string> reason = lower::whyUnsupported(op)) {
      SmallVector<std::string> names = nodeNames(op->getLoc());
      result.refusals.push_back({llvm::join(names, ", "), *reason, "", ""});
    } else {
      result.claims.push_back(claimOne(op));
    }
  }
  return result;
}
