// Runs a range of workgroups in a loop.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/kernel/CpuGridLoop.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace sinter {
#define GEN_PASS_DEF_CPUGRIDLOOP
#include "targets/cpu/compiler/kernel/CpuGridLoop.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

struct CpuGridLoop : sinter::impl::CpuGridLoopBase<CpuGridLoop> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    IRRewriter rewriter(&getContext());
    Type index = rewriter.getIndexType();
    Value first = func.getBody().addArgument(index, func.getLoc());
    Value count = func.getBody().addArgument(index, func.getLoc());
    SmallVector<Type> inputs(func.getFunctionType().getInputs());
    inputs.append({index, index});
    func.setFunctionType(FunctionType::get(&getContext(), inputs, {}));
    SmallVector<scf::ForallOp> foralls(func.getOps<scf::ForallOp>());
    if (foralls.size() > 1) {
      foralls[1].emitOpError("internal: a kernel has one grid");
      return signalPassFailure();
    }
    if (!foralls.empty())
      lowerForall(rewriter, foralls.front(), first, count);
  }

  /// The forall's indices come from the workgroup's number, the last dimension fastest.
  void lowerForall(RewriterBase &rewriter, scf::ForallOp forall, Value first, Value count) {
    Location loc = forall.getLoc();
    rewriter.setInsertionPoint(forall);
    Value end = arith::AddIOp::create(rewriter, loc, first, count);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    auto loop = scf::ForOp::create(rewriter, loc, first, end, one);
    rewriter.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> indices = workgroupIndices(rewriter, loc, forall, loop.getInductionVar());
    rewriter.eraseOp(forall.getTerminator());
    rewriter.inlineBlockBefore(forall.getBody(), loop.getBody()->getTerminator(), indices);
    rewriter.eraseOp(forall);
  }

  static SmallVector<Value> workgroupIndices(RewriterBase &rewriter, Location loc, scf::ForallOp forall, Value id) {
    SmallVector<Value> indices(forall.getRank());
    auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(rewriter, loc, value); };
    SmallVector<int64_t> lower(forall.getStaticLowerBound()), upper(forall.getStaticUpperBound()),
        step(forall.getStaticStep());
    for (int64_t d = forall.getRank() - 1; d >= 0; --d) {
      int64_t trips = (upper[d] - lower[d] + step[d] - 1) / step[d];
      Value number = d == 0 ? id : Value(arith::RemUIOp::create(rewriter, loc, id, constant(trips)));
      Value scaled = arith::MulIOp::create(rewriter, loc, number, constant(step[d]));
      indices[d] = arith::AddIOp::create(rewriter, loc, scaled, constant(lower[d]));
      id = arith::DivUIOp::create(rewriter, loc, id, constant(trips));
    }
    return indices;
  }
};

} // namespace
