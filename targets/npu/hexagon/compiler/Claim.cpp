// Which operations Hexagon takes, and at what cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Provenance.h"
#include "dialects/nn/Work.h"
#include "passes/lower/Lowering.h"
#include "targets/npu/hexagon/compiler/HexagonTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::hexagon;

/// Operators that move elements and compute nothing with them.
static bool moves(Operation *op) {
  return isa<nn::ReshapeOp, nn::TransposeOp, nn::UnpackOp, nn::BroadcastOp, nn::SliceOp, nn::ConcatOp, nn::PadOp,
             nn::GatherOp, nn::ConstantOp>(op);
}

/// HVX of v68 has no floats, and the scalar unit's have no library.
static std::optional<Refusal> whyNot(Operation *op) {
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    Type element = lower::storageElementType(cast<RankedTensorType>(type).getElementType());
    std::string name;
    llvm::raw_string_ostream(name) << element;
    if (!element.isInteger(8) && !element.isInteger(16) && !element.isInteger(32))
      return Refusal{"", "elements of this type have no kernels", "i8, i16, i32", name};
  }
  if (!lower::anyQuantized(op) && !moves(op))
    return Refusal{"", "arithmetic on integers that are not quantised has no kernels", "", ""};
  if (std::optional<std::string> reason = lower::whyUnsupported(op))
    return Refusal{"", *reason, "", ""};
  return std::nullopt;
}

ClaimResult HexagonTarget::claim(ArrayRef<Operation *> ops) const {
  ClaimResult result;
  for (Operation *op : ops) {
    if (std::optional<Refusal> refusal = whyNot(op)) {
      refusal->node = llvm::join(nodeNames(op->getLoc()), ", ");
      result.refusals.push_back(std::move(*refusal));
      continue;
    }
    nn::Work work = nn::workOf(op);
    double cycles = std::max(work.flops / 2 / macsPerCycle, work.bytes / bytesPerCycle);
    result.claims.push_back({{op}, cycles, work.bytes});
  }
  return result;
}
