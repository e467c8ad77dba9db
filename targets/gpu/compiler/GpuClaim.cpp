// Which operations a GPU takes, and at what cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuClaim.h"
#include "dialects/nn/Provenance.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

std::optional<Refusal> refuse(std::string reason, std::string limit = "", std::string value = "") {
  return Refusal{"", std::move(reason), std::move(limit), std::move(value)};
}

std::string nameOf(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Why a value of this type cannot lie in a buffer that kernels use.
std::optional<Refusal> whyNot(Type type, const GpuFacts &facts) {
  auto tensor = cast<RankedTensorType>(type);
  Type element = lower::storageElementType(tensor.getElementType());
  if (isa<FloatType>(element) && !llvm::is_contained(facts.floats, nameOf(element)))
    return refuse("floats of this type have no form here", llvm::join(facts.floats, ", "), nameOf(element));
  unsigned bits = element.getIntOrFloatBitWidth();
  if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
    return refuse("elements of this size have no kernels", "8, 16, 32 or 64 bits", std::to_string(bits));
  // Kernels count elements in 32 bits.
  uint64_t elements = static_cast<uint64_t>(tensor.getNumElements()), bytes = elements * (bits / 8);
  uint64_t largest = facts.info.memories.front().largest;
  if (largest && bytes > largest)
    return refuse("a tensor is larger than what every device can bind", std::to_string(largest), std::to_string(bytes));
  if (elements > INT32_MAX)
    return refuse("more elements than a kernel counts", std::to_string(INT32_MAX), std::to_string(elements));
  return std::nullopt;
}

std::optional<Refusal> whyNot(Operation *op, const GpuFacts &facts) {
  if (std::optional<std::string> reason = lower::whyUnsupported(op))
    return refuse(*reason);
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
    if (std::optional<Refusal> refusal = whyNot(type, facts))
      return refusal;
  uint64_t bindings = op->getNumOperands() + op->getNumResults(), most = facts.info.mostBindings;
  if (most && bindings > most)
    return refuse("more tensors than a kernel can bind", std::to_string(most), std::to_string(bindings));
  return std::nullopt;
}

uint64_t trafficOf(Operation *op) {
  uint64_t bytes = 0;
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    auto tensor = cast<RankedTensorType>(type);
    bytes += tensor.getNumElements() *
             ((lower::storageElementType(tensor.getElementType()).getIntOrFloatBitWidth() + 7) / 8);
  }
  return bytes;
}

} // namespace

ClaimResult sinter::gpu::claim(ArrayRef<Operation *> ops, const GpuFacts &facts) {
  ClaimResult result;
  for (Operation *op : ops) {
    std::optional<Refusal> refusal = whyNot(op, facts);
    if (refusal) {
      SmallVector<std::string> names = nodeNames(op->getLoc());
      refusal->node = llvm::join(names, ", ");
      result.refusals.push_back(std::move(*refusal));
      continue;
    }
    uint64_t bytes = trafficOf(op);
    result.claims.push_back({{op}, bytes / facts.bytesPerCycle, bytes});
  }
  return result;
}
