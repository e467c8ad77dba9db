// How constants of 8-bit contractions are packed.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/QuantizedPacking.h"
#include "dialects/nn/QuantizedParameters.h"
#include "targets/cpu/compiler/contraction/DotProduct.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

bool sinter::cpu::dotsAlongTaps(int64_t channelsPerGroup) { return channelsPerGroup < kDotTerms; }

/// Signed weights without zero points, and sums that the register tile requantizes.
static bool hasPlainIntegers(Operation *op, const IntegerForm &form) {
  std::optional<nn::QuantizedElement> x = nn::quantizedElement(op->getOperand(0)),
                                      w = nn::quantizedElement(op->getOperand(1));
  auto bits = op->getAttrOfType<IntegerAttr>(nn::accumulatorBitsName);
  if (!x || !w || !bits || x->bits != 8 || w->bits != 8 || !w->isSigned ||
      llvm::any_of(w->zeros, [](int64_t z) { return z != 0; }))
    return false;
  std::optional<nn::Contraction> parameters = nn::contractionOf(op);
  if (!parameters)
    return false;
  return form.doubles ? fitsFastRequantize(parameters->factors, bits.getInt())
                      : bits.getInt() <= 32 && llvm::all_of(parameters->factors, fitsHighWords);
}

static std::optional<Packing> packingOf(nn::ConvOp op) {
  auto filter = op.getFilter().getType();
  int64_t spatial = filter.getRank() - 2, depth = filter.getDimSize(1), group = op.getGroup();
  if (spatial > 2 || depth == 0 || op.getResult().getType().getNumElements() == 0)
    return std::nullopt;
  if (!dotsAlongTaps(depth))
    return group == 1 ? std::optional(Packing{{0, 1}, {kPackedBlock, kDotTerms}}) : std::nullopt;
  // Taps of four pixels come from 16 bytes of a row, and kernel rows are written out.
  constexpr int64_t mostRows = 16;
  int64_t reach = 3 * (op.getStrides().back() + op.getDilations().back()) + 1;
  bool rowsFit = spatial == 1 || filter.getDimSize(2) <= mostRows;
  if ((group != 1 && filter.getDimSize(0) != group) || reach > 16 || !rowsFit)
    return std::nullopt;
  return Packing{{0, filter.getRank() - 1}, {kPackedBlock, kDotTerms}};
}

static std::optional<Packing> packingOf(nn::MatmulOp op, const IntegerForm &form) {
  auto rhs = op.getRhs().getType();
  if (rhs.getRank() != 2 || rhs.getNumElements() == 0 || op.getResult().getType().getNumElements() == 0 ||
      op.getLhs().getType().getRank() != op.getResult().getType().getRank())
    return std::nullopt;
  return Packing{{1, 0}, {form.columns, kDotTerms}};
}

std::optional<Packing> sinter::cpu::quantizedPacking(Operation *contraction, const IntegerForm &form) {
  if (!hasPlainIntegers(contraction, form))
    return std::nullopt;
  if (auto conv = dyn_cast<nn::ConvOp>(contraction))
    return packingOf(conv);
  return packingOf(cast<nn::MatmulOp>(contraction), form);
}
