// Splitting kernels that only put arguments beside each other: concatenations and paddings.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/distribute/DistributeJoin.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/distribute/LoopShapes.h"
#include "passes/distribute/WorkEstimate.h"

using namespace mlir;
using namespace sinter::distribute;

namespace {

/// An argument, or a part or another shape of one: reading it again costs nothing.
bool isPartOfArgument(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return true;
}

/// Pieces written one after the other into an empty or a filled tensor.
struct Join {
  SmallVector<tensor::InsertSliceOp> pieces;
  linalg::FillOp fill; ///< Or null.
  tensor::EmptyOp empty;

  /// Reads the join that `value` is; false when it is something else.
  bool read(Value value) {
    while (auto insert = value.getDefiningOp<tensor::InsertSliceOp>()) {
      bool known = insert.hasUnitStride() && !ShapedType::isDynamicShape(insert.getStaticOffsets()) &&
                   insert.getSourceType().hasStaticShape() &&
                   insert.getSourceType().getRank() == insert.getDestType().getRank();
      if (!known || !isPartOfArgument(insert.getSource()) || !insert.getDest().hasOneUse())
        return false;
      pieces.insert(pieces.begin(), insert);
      value = insert.getDest();
    }
    fill = value.getDefiningOp<linalg::FillOp>();
    empty = (fill ? fill.getDpsInits()[0] : value).getDefiningOp<tensor::EmptyOp>();
    return !pieces.empty() && empty && empty.getType().hasStaticShape();
  }

  RankedTensorType type() const { return cast<RankedTensorType>(empty->getResult(0).getType()); }

  /// The outermost dimension along which every piece has its whole extent; the rank when there is none.
  int64_t sharedDim() const {
    for (int64_t d = 0; d < type().getRank(); ++d)
      if (type().getDimSize(d) > 1 && llvm::all_of(pieces, [&](tensor::InsertSliceOp piece) {
            return piece.getSourceType().getDimSize(d) == type().getDimSize(d);
          }))
        return d;
    return type().getRank();
  }
};

/// The slice [at, at + size) of dimension `dim`.
struct Part {
  SmallVector<OpFoldResult> offsets, sizes, strides;

  Part(Builder &b, RankedTensorType type, int64_t dim, Value at, int64_t size)
      : offsets(type.getRank(), b.getIndexAttr(0)), strides(type.getRank(), b.getIndexAttr(1)) {
    for (int64_t d = 0; d < type.getRank(); ++d)
      sizes.push_back(b.getIndexAttr(d == dim ? size : type.getDimSize(d)));
    offsets[dim] = at;
  }
};

/// The join of the parts that begin at `at`, into that part of `destination`.
void buildPart(OpBuilder &b, Location loc, const Join &join, int64_t dim, int64_t size, Value at, Value destination) {
  Part whole(b, join.type(), dim, at, size);
  Value joined = tensor::ExtractSliceOp::create(b, loc, destination, whole.offsets, whole.sizes, whole.strides);
  if (linalg::FillOp fill = join.fill)
    joined = linalg::FillOp::create(b, loc, fill.getInputs(), joined).getResult(0);
  for (tensor::InsertSliceOp piece : join.pieces) {
    Part part(b, piece.getSourceType(), dim, at, size);
    Value source = tensor::ExtractSliceOp::create(b, loc, piece.getSource(), part.offsets, part.sizes, part.strides);
    joined = tensor::InsertSliceOp::create(b, loc, source, joined, piece.getMixedOffsets(), part.sizes, part.strides);
  }
  auto parallel = scf::InParallelOp::create(b, loc);
  b.setInsertionPointToStart(parallel.getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, joined, destination, whole.offsets, whole.sizes, whole.strides);
}

} // namespace

int64_t sinter::distribute::distributeJoin(RewriterBase &rewriter, func::FuncOp func, const GridGoal &goal) {
  Operation *terminator = func.getBody().front().getTerminator();
  Join join;
  if (terminator->getNumOperands() != 1 || !join.read(throughReshapes(terminator->getOperand(0))))
    return 1;
  int64_t dim = join.sharedDim();
  if (dim == join.type().getRank())
    return 1;
  int64_t extent = join.type().getDimSize(dim);
  int64_t parts =
      std::min<int64_t>({goal.largest, extent, int64_t(copyNanoseconds(join.type()) / goal.workgroupNanoseconds)});
  while (parts > 1 && extent % parts != 0)
    --parts;
  if (parts <= 1)
    return 1;
  tensor::InsertSliceOp last = join.pieces.back();
  rewriter.setInsertionPoint(last);
  SmallVector<OpFoldResult> low = {rewriter.getIndexAttr(0)}, high = {rewriter.getIndexAttr(extent)},
                            step = {rewriter.getIndexAttr(extent / parts)};
  auto body = [&](OpBuilder &b, Location loc, ValueRange arguments) {
    buildPart(b, loc, join, dim, extent / parts, arguments[0], arguments[1]);
  };
  auto loop = scf::ForallOp::create(rewriter, last.getLoc(), low, high, step, ValueRange{join.empty.getResult()},
                                    std::nullopt, body);
  rewriter.replaceOp(last, loop.getResults());
  return parts;
}
