// Contractions become loops over register tiles.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/CpuExpandContractions.h"
#include "targets/cpu/compiler/contraction/Contraction.h"

namespace sinter {
#define GEN_PASS_DEF_CPUEXPANDCONTRACTIONS
#include "targets/cpu/compiler/contraction/CpuExpandContractions.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;

namespace {

struct CpuExpandContractions : sinter::impl::CpuExpandContractionsBase<CpuExpandContractions> {
  using Base::Base;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<cpu::ConvOp, cpu::RowConvOp, cpu::MatmulOp, cpu::QuantizedConvOp, cpu::QuantizedMatmulOp>(op))
        ops.push_back(op);
    });
    std::optional<cpu::IntegerDot> dot = cpu::parseIntegerDot(integerDot);
    if (!dot) {
      getOperation().emitError() << "internal: no integer dot product '" << integerDot << "'";
      return signalPassFailure();
    }
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      if (failed(expand(rewriter, op, {*dot, vectorBytes, registers})))
        return signalPassFailure();
      rewriter.eraseOp(op);
    }
  }

  LogicalResult expand(RewriterBase &rewriter, Operation *op, const cpu::IntegerUnit &unit) {
    if (auto conv = dyn_cast<cpu::ConvOp>(op))
      return cpu::expandConv(rewriter, conv, vectorBytes, registers);
    if (auto conv = dyn_cast<cpu::RowConvOp>(op))
      return cpu::expandRowConv(rewriter, conv, vectorBytes, registers);
    if (auto conv = dyn_cast<cpu::QuantizedConvOp>(op))
      return cpu::expandQuantizedConv(rewriter, conv, unit);
    if (auto matmul = dyn_cast<cpu::QuantizedMatmulOp>(op))
      return cpu::expandQuantizedMatmul(rewriter, matmul, unit);
    return cpu::expandMatmul(rewriter, cast<cpu::MatmulOp>(op), vectorBytes, registers);
  }
};

} // namespace
