// Breaks vectors down to what LLVM has.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/kernel/CpuLowerVectors.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "targets/cpu/compiler/contraction/Contraction.h"

namespace sinter {
#define GEN_PASS_DEF_CPULOWERVECTORS
#include "targets/cpu/compiler/kernel/CpuLowerVectors.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;

namespace {

Value combineFloats(OpBuilder &b, Location loc, vector::CombiningKind kind, Value x, Value y) {
  switch (kind) {
  case vector::CombiningKind::ADD: return arith::AddFOp::create(b, loc, x, y);
  case vector::CombiningKind::MUL: return arith::MulFOp::create(b, loc, x, y);
  case vector::CombiningKind::MAXIMUMF: return arith::MaximumFOp::create(b, loc, x, y);
  case vector::CombiningKind::MINIMUMF: return arith::MinimumFOp::create(b, loc, x, y);
  default: return nullptr;
  }
}

double identityOf(vector::CombiningKind kind) {
  double infinity = std::numeric_limits<double>::infinity();
  return kind == vector::CombiningKind::ADD        ? 0
         : kind == vector::CombiningKind::MUL      ? 1
         : kind == vector::CombiningKind::MAXIMUMF ? -infinity
                                                   : infinity;
}

/// A float reduction across a vector as a tree: halves are combined until one element is left. LLVM alone would add
/// one by one, for without reassociation its reduction is ordered.
struct ReduceByHalves : OpRewritePattern<vector::ReductionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::ReductionOp op, PatternRewriter &rewriter) const override {
    VectorType type = op.getSourceVectorType();
    Location loc = op.getLoc();
    if (!isa<FloatType>(type.getElementType()) || type.isScalable() || type.getRank() != 1)
      return failure();
    Value probe = op.getVector();
    int64_t length = llvm::PowerOf2Ceil(type.getNumElements());
    double identity = op.getKind() == vector::CombiningKind::ADD ? -0.0 : identityOf(op.getKind());
    if (length != type.getNumElements()) {
      auto attr = FloatAttr::get(type.getElementType(), identity);
      Value filler = arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(type, attr.getValue()));
      SmallVector<int64_t> mask;
      for (int64_t i = 0; i < type.getNumElements(); ++i)
        mask.push_back(i);
      mask.resize(length, type.getNumElements());
      probe = vector::ShuffleOp::create(rewriter, loc, probe, filler, mask);
    }
    for (; length > 1; length /= 2) {
      SmallVector<int64_t> low, high;
      for (int64_t i = 0; i < length / 2; ++i) {
        low.push_back(i);
        high.push_back(length / 2 + i);
      }
      Value x = vector::ShuffleOp::create(rewriter, loc, probe, probe, low);
      Value y = vector::ShuffleOp::create(rewriter, loc, probe, probe, high);
      probe = combineFloats(rewriter, loc, op.getKind(), x, y);
      if (!probe)
        return failure();
    }
    Value result = vector::ExtractOp::create(rewriter, loc, probe, ArrayRef<int64_t>{0});
    if (op.getAcc())
      result = combineFloats(rewriter, loc, op.getKind(), result, op.getAcc());
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// A square of a power of two of rows is transposed by exchanging blocks between pairs of rows.
struct TransposeByExchanges : OpRewritePattern<vector::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::TransposeOp op, PatternRewriter &rewriter) const override {
    VectorType type = op.getSourceVectorType();
    if (type.getRank() != 2 || type.isScalable() || type.getDimSize(0) != type.getDimSize(1) ||
        !llvm::isPowerOf2_64(type.getDimSize(0)) || op.getPermutation() != ArrayRef<int64_t>{1, 0})
      return failure();
    SmallVector<Value> rows;
    for (int64_t i = 0; i < type.getDimSize(0); ++i)
      rows.push_back(vector::ExtractOp::create(rewriter, op.getLoc(), op.getVector(), i));
    Value result = arith::ConstantOp::create(rewriter, op.getLoc(), rewriter.getZeroAttr(type));
    for (auto [i, row] : llvm::enumerate(cpu::transposeSquare(rewriter, op.getLoc(), rows)))
      result = vector::InsertOp::create(rewriter, op.getLoc(), row, result, static_cast<int64_t>(i));
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct CpuLowerVectors : sinter::impl::CpuLowerVectorsBase<CpuLowerVectors> {
  void runOnOperation() override {
    copiesToLoops();
    if (failed(lowerComputations()) || failed(lowerTransfers()) || failed(lowerShapes()))
      signalPassFailure();
  }

  void copiesToLoops() {
    IRRewriter rewriter(&getContext());
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) { copies.push_back(copy); });
    for (memref::CopyOp copy : copies) {
      if (copy.getSource() == copy.getTarget()) {
        rewriter.eraseOp(copy);
        continue;
      }
      rewriter.setInsertionPoint(copy);
      auto generic = linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
      (void)linalg::linalgOpToLoops(rewriter, generic);
      rewriter.eraseOp(generic);
      rewriter.eraseOp(copy);
    }
  }

  LogicalResult lowerComputations() {
    RewritePatternSet patterns(&getContext());
    vector::populateVectorTransferPermutationMapLoweringPatterns(patterns);
    vector::populateCastAwayVectorLeadingOneDimPatterns(patterns);
    vector::populateVectorTransferDropUnitDimsPatterns(patterns);
    vector::populateVectorContractLoweringPatterns(patterns, vector::VectorContractLowering::OuterProduct);
    vector::populateVectorOuterProductLoweringPatterns(patterns);
    vector::populateVectorMultiReductionLoweringPatterns(patterns,
                                                         vector::VectorMultiReductionLowering::InnerReduction);
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  LogicalResult lowerTransfers() {
    RewritePatternSet patterns(&getContext());
    populateVectorToSCFConversionPatterns(patterns, VectorTransferToSCFOptions().enableFullUnroll());
    vector::populateVectorTransferLoweringPatterns(patterns, /*maxTransferRank=*/1);
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  LogicalResult lowerShapes() {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReduceByHalves>(&getContext());
    patterns.add<TransposeByExchanges>(&getContext(), /*benefit=*/2);
    vector::populateVectorTransposeLoweringPatterns(patterns, vector::VectorTransposeLowering::Shuffle1D);
    vector::populateVectorShapeCastLoweringPatterns(patterns);
    vector::populateVectorBroadcastLoweringPatterns(patterns);
    vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
    vector::populateVectorRankReducingFMAPattern(patterns);
    vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace
