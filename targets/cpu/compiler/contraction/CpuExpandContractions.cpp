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
      if (isa<cpu::ConvOp, cpu::MatmulOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      auto conv = dyn_cast<cpu::ConvOp>(op);
      LogicalResult result = conv ? cpu::expandConv(rewriter, conv, vectorBytes, registers)
                                  : cpu::expandMatmul(rewriter, cast<cpu::MatmulOp>(op), vectorBytes, registers);
      if (failed(result))
        return signalPassFailure();
      rewriter.eraseOp(op);
    }
  }
};

} // namespace
