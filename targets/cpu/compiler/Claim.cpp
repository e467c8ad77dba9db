// Which operations the CPU takes, and at what cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Provenance.h"
#include "targets/cpu/compiler/CpuTarget.h"
#include "targets/cpu/compiler/lowering/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

uint64_t bytesOf(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.getNumElements() * ((storageElementType(tensor.getElementType()).getIntOrFloatBitWidth() + 7) / 8);
}

uint64_t trafficOf(Operation *op) {
  uint64_t bytes = 0;
  for (Type type : op->getOperandTypes())
    bytes += bytesOf(type);
  for (Type type : op->getResultTypes())
    bytes += bytesOf(type);
  return bytes;
}

/// Multiply-accumulates of the heavy operators; the rest costs its memory traffic.
double macsOf(Operation *op) {
  double outputs = op->getNumResults() ? cast<RankedTensorType>(op->getResult(0).getType()).getNumElements() : 0;
  if (auto conv = dyn_cast<nn::ConvOp>(op)) {
    auto filter = conv.getFilter().getType();
    return outputs * filter.getNumElements() / std::max<int64_t>(1, filter.getDimSize(0));
  }
  if (auto matmul = dyn_cast<nn::MatmulOp>(op))
    return outputs * matmul.getLhs().getType().getShape().back();
  return 0;
}

Claim claimOne(Operation *op) {
  Claim claim;
  claim.ops = {op};
  claim.bytes = trafficOf(op);
  claim.cycles = std::max(macsOf(op) / 16, claim.bytes / 8.0);
  return claim;
}

} // namespace

ClaimResult CpuTarget::claim(ArrayRef<Operation *> ops) const {
  ClaimResult result;
  for (Operation *op : ops) {
    if (std::optional<std::string> reason = whyUnsupported(op)) {
      SmallVector<std::string> names = nodeNames(op->getLoc());
      result.refusals.push_back({llvm::join(names, ", "), *reason, "", ""});
    } else {
      result.claims.push_back(claimOne(op));
    }
  }
  return result;
}
