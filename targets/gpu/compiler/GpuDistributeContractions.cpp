// The grids of contractions: a thread for each register tile.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuDistributeContractions.h"
#include "targets/gpu/compiler/ContractionKernel.h"
#include "targets/gpu/compiler/ThreadLoops.h"

namespace sinter {
#define GEN_PASS_DEF_GPUDISTRIBUTECONTRACTIONS
#include "targets/gpu/compiler/GpuDistributeContractions.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::distribute;

namespace {

/// Operations of a body.
int64_t countOperations(linalg::GenericOp op) {
  return std::distance(op.getBody()->without_terminator().begin(), op.getBody()->without_terminator().end());
}

/// Whether `op` reads a constant that varies (factors of channels): a thread that stays on one row reads one of them.
bool readsTables(linalg::GenericOp op) {
  return llvm::any_of(op.getInputs(), [](Value input) {
    DenseElementsAttr values;
    return matchPattern(throughReshapes(input), m_Constant(&values)) && !values.isSplat();
  });
}

struct GpuDistributeContractions : sinter::impl::GpuDistributeContractionsBase<GpuDistributeContractions> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal() || func->hasAttr("program.grid"))
      return;
    IRRewriter rewriter(&getContext());
    std::optional<Chain> chain;
    if (failed(gpu::prepareContraction(rewriter, func, chain)))
      return signalPassFailure();
    if (!chain)
      return;
    SmallVector<int64_t> sizes = chain->producer.getStaticLoopRanges();
    gpu::TileGoal goal{std::min<int64_t>(accumulators, mostFollowed(*chain)), busyThreads, loadCost, unrolled};
    if (chain->consumer && readsTables(chain->consumer))
      goal.rows = 1;
    SmallVector<int64_t> tile = gpu::chooseThreadTile(chain->producer, sizes, goal);
    int64_t tiles = gpu::countTiles(chain->producer, sizes, tile);
    func->setAttr(gpu::threadTileName, rewriter.getDenseI64ArrayAttr(tile));
    func->setAttr("program.grid", rewriter.getI64IntegerAttr((tiles + threads - 1) / threads));
  }

  /// Most elements after which what follows is still short when it is written out for each: requantization is long.
  int64_t mostFollowed(Chain chain) const {
    constexpr int64_t least = 4;
    int64_t operations = chain.consumer ? countOperations(chain.consumer) : 0;
    return operations ? std::max(least, 2 * unrolled / operations) : accumulators;
  }
};

} // namespace
