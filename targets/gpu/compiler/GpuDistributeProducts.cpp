// The grids of matrix products: a workgroup for each tile.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuDistributeProducts.h"
#include "targets/gpu/compiler/ContractionKernel.h"
#include "targets/gpu/compiler/MatrixProduct.h"

namespace sinter {
#define GEN_PASS_DEF_GPUDISTRIBUTEPRODUCTS
#include "targets/gpu/compiler/GpuDistributeProducts.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

constexpr int64_t unitDepthBytes = 32; ///< Of a unit's operands along k.
constexpr int64_t leastUse = 16;       ///< A product must fill this part of the units' work, at least.

int64_t divideUp(int64_t x, int64_t y) { return (x + y - 1) / y; }
int64_t roundUp(int64_t x, int64_t y) { return divideUp(x, y) * y; }

/// Whether the sum begins with zero.
bool beginsWithZero(linalg::GenericOp op) {
  auto fill = op.getOutputs().front().getDefiningOp<linalg::FillOp>();
  return fill &&
         (matchPattern(fill.getInputs().front(), m_Zero()) || matchPattern(fill.getInputs().front(), m_AnyZeroFloat()));
}

struct GpuDistributeProducts : sinter::impl::GpuDistributeProductsBase<GpuDistributeProducts> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal() || func->hasAttr("program.grid") || !hasProduct(func))
      return;
    IRRewriter rewriter(&getContext());
    std::optional<distribute::Chain> chain;
    if (failed(prepareContraction(rewriter, func, chain)))
      return signalPassFailure();
    if (!chain || !beginsWithZero(chain->producer))
      return;
    std::optional<MatrixProduct> product = matchProduct(chain->producer);
    if (!product || !isWorthwhile(*product))
      return;
    std::optional<ProductTile> tile = chooseTile(*product);
    if (!tile)
      return;
    func->setAttr(productTileName, rewriter.getDenseI64ArrayAttr({tile->rows, tile->columns, tile->depthBytes}));
    func->setAttr("program.grid", rewriter.getI64IntegerAttr(countTiles(*product, *tile)));
  }

private:
  /// Before anything is changed.
  bool hasProduct(func::FuncOp func) const {
    return func
        .walk([&](linalg::GenericOp op) { return matchProduct(op) ? WalkResult::interrupt() : WalkResult::advance(); })
        .wasInterrupted();
  }

  bool isWorthwhile(const MatrixProduct &product) const {
    int64_t m = product.count(product.m), n = product.count(product.n), k = product.count(product.k);
    int64_t depth = unitDepthBytes / product.elementBytes();
    double use = double(m) / roundUp(m, rows) * n / roundUp(n, columns) * k / roundUp(k, depth);
    return use * leastUse >= 1;
  }

  int64_t countTiles(const MatrixProduct &product, const ProductTile &tile) const {
    return product.count(product.batch) * divideUp(product.count(product.m), tile.rows) *
           divideUp(product.count(product.n), tile.columns);
  }

  /// The tile with which the busiest processor has the least to do: large tiles load less, small ones keep more
  /// processors busy and reach less beyond the edges.
  std::optional<ProductTile> chooseTile(const MatrixProduct &product) const {
    // Fragments of f32 take half of the registers: they are as wide as sums.
    const int64_t mostSums = (product.element == MatrixElement::F32 ? accumulators / 2 : accumulators) * threads;
    std::optional<ProductTile> best;
    int64_t least = 0;
    for (int64_t tall = 128; tall >= rows; tall /= 2)
      for (int64_t wide = 128; wide >= columns; wide /= 2) {
        if (tall * wide < rows * columns * teams || tall * wide > mostSums)
          continue;
        ProductTile tile{tall, wide, chooseDepth(product, tall, wide)};
        if (tile.sharedBytes() > sharedBytes)
          continue;
        int64_t rounds = divideUp(countTiles(product, tile), processors);
        int64_t cost = rounds * (tall * wide + (tall + wide) * loadCost);
        if (!best || cost < least)
          best = tile, least = cost;
      }
    return best;
  }

  /// Deep, as long as several workgroups find room beside each other.
  int64_t chooseDepth(const MatrixProduct &product, int64_t tall, int64_t wide) const {
    int64_t bytes = product.count(product.k) * product.elementBytes(), depth = unitDepthBytes;
    while (depth < 128 && depth < bytes && 2 * (tall + wide) * depth * 2 <= sharedBytes / 2)
      depth *= 2;
    return depth;
  }
};

} // namespace
