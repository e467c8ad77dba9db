// Splits a kernel around its contraction into workgroups.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/contraction/CpuDistributeContractions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "passes/distribute/LoopShapes.h"
#include "passes/distribute/WorkEstimate.h"
#include "targets/cpu/compiler/contraction/Contraction.h"

namespace sinter {
#define GEN_PASS_DEF_CPUDISTRIBUTECONTRACTIONS
#include "targets/cpu/compiler/contraction/CpuDistributeContractions.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;
using namespace sinter::distribute;

namespace {

/// A workgroup is worth waking a thread for from here on; about 20 microseconds at 50 multiply-accumulates a
/// nanosecond.
constexpr double workgroupMacs = 1e6;
/// 8-bit products are about three times as fast.
constexpr double workgroupDots = 3e6;
/// Requantizing a sum takes as long as so many of them.
constexpr double requantizeDots = 32;
/// Rows of a product are split so that register tiles stay full.
constexpr int64_t rowGranule = 16;
/// What a multiply-add of a cpu.row_conv costs, in those of the others: loads hold it up, and rows
/// are copied.
constexpr double rowConvCost = 3;
/// Channels and columns are split at whole register tiles of every variant.
constexpr int64_t columnGranule = 2 * kPackedBlock;

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isQuantized(Operation *contraction) { return isa<QuantizedConvOp, QuantizedMatmulOp>(contraction); }

/// Multiply-accumulates of one element of the result.
double macsOfElement(Operation *contraction) {
  auto elements = [](ArrayRef<int64_t> shape) { return static_cast<double>(llvm::product_of(shape)); };
  if (auto conv = dyn_cast<ConvOp>(contraction))
    return elements(typeOf(conv.getFilter()).getShape().drop_front().drop_back());
  if (auto conv = dyn_cast<RowConvOp>(contraction))
    return elements(typeOf(conv.getFilter()).getShape().drop_front()) * rowConvCost;
  if (auto conv = dyn_cast<QuantizedConvOp>(contraction))
    return elements(typeOf(conv.getFilter()).getShape().drop_front().drop_back(2)) * kDotTerms;
  return typeOf(contraction->getOperand(0)).getShape().back();
}

double workgroupsWorthOf(Operation *contraction) {
  double outputs = typeOf(contraction->getResult(0)).getNumElements(), macs = macsOfElement(contraction);
  return outputs * (isQuantized(contraction) ? (macs + requantizeDots) / workgroupDots : macs / workgroupMacs);
}

/// The largest count of equal parts, at most `wanted`, into which `size` falls at multiples of `granule`.
int64_t evenParts(int64_t size, int64_t granule, int64_t wanted) {
  if (size % granule != 0)
    return 1;
  int64_t units = size / granule;
  for (int64_t parts = std::min(units, wanted); parts > 1; --parts)
    if (units % parts == 0)
      return parts;
  return 1;
}

/// Tile sizes of the result's dimensions, 0 where not split.
class Splitter {
public:
  Splitter(ArrayRef<int64_t> shape, int64_t wanted) : shape(shape), tiles(shape.size(), 0), wanted(wanted) {}

  void split(size_t dim, int64_t granule) {
    int64_t parts = evenParts(shape[dim], granule, wanted);
    if (parts <= 1)
      return;
    tiles[dim] = shape[dim] / parts;
    take(parts);
  }

  /// The last part may be smaller.
  void splitUnevenly(size_t dim, int64_t granule) {
    int64_t tile = (shape[dim] + wanted - 1) / wanted;
    tile = (tile + granule - 1) / granule * granule;
    if (wanted <= 1 || tile >= shape[dim])
      return;
    tiles[dim] = tile;
    take((shape[dim] + tile - 1) / tile);
  }

  ArrayRef<int64_t> shape;
  SmallVector<int64_t> tiles;
  int64_t wanted;
  int64_t grid = 1;

private:
  void take(int64_t parts) {
    grid *= parts;
    wanted /= parts;
  }
};

template <typename ConvT> void splitConv(Splitter &splitter, ConvT conv, bool splitsRows) {
  splitter.split(0, 1);
  bool hasRows = splitter.shape.size() == 4 && splitsRows;
  int64_t perGroup = splitter.shape[1] / static_cast<int64_t>(conv.getGroup());
  int64_t granule = conv.getGroup() == 1 ? columnGranule : perGroup;
  double weights = cast<RankedTensorType>(conv.getFilter().getType()).getNumElements();
  double activations = cast<RankedTensorType>(conv.getInput().getType()).getNumElements();
  // The operand that is larger is divided among workgroups, the smaller is read by each. Channels
  // of a depthwise convolution are divided together with theirs of the input.
  bool channelsFirst = weights > activations || perGroup == 1;
  if (channelsFirst)
    splitter.split(1, granule);
  if (hasRows)
    splitter.split(2, 1);
  if (!channelsFirst)
    splitter.split(1, granule);
}

/// Every channel reads rows of its own.
void splitRowConv(Splitter &splitter) {
  splitter.split(0, 1);
  splitter.split(1, 1);
  if (splitter.shape.size() == 4)
    splitter.split(2, 1);
}

bool isPackedMatmul(Operation *contraction) {
  auto matmul = dyn_cast<MatmulOp>(contraction);
  return !matmul || matmul.getPacked();
}

void splitMatmul(Splitter &splitter, bool packed) {
  size_t rank = splitter.shape.size();
  for (size_t dim = 0; dim + 2 < rank; ++dim)
    splitter.split(dim, 1);
  // A right-hand side that is not packed is packed by each workgroup, for its own columns: those
  // are split alone.
  int64_t rows = splitter.shape[rank - 2], columns = splitter.shape[rank - 1];
  if (packed && rows > columns)
    splitter.split(rank - 2, rowGranule);
  splitter.splitUnevenly(rank - 1, columnGranule);
}

/// The operation that the kernel ends in, when it has the contraction's shape and reads it element by element.
TilingInterface findRoot(func::FuncOp func, Operation *contraction) {
  auto result = contraction->getResult(0);
  Operation *terminator = func.getBody().front().getTerminator();
  if (terminator->getNumOperands() != 1)
    return nullptr;
  Operation *root = terminator->getOperand(0).getDefiningOp();
  if (root == contraction)
    return cast<TilingInterface>(root);
  auto generic = dyn_cast_if_present<linalg::GenericOp>(root);
  if (!generic || generic.getNumReductionLoops() || generic->getNumResults() != 1 ||
      cast<RankedTensorType>(generic->getResult(0).getType()).getShape() !=
          cast<RankedTensorType>(result.getType()).getShape())
    return nullptr;
  for (OpOperand *operand : generic.getDpsInputOperands())
    if (operand->get() == result)
      return generic.getMatchingIndexingMap(operand).isIdentity() && generic.getIndexingMapsArray().back().isIdentity()
                 ? cast<TilingInterface>(root)
                 : TilingInterface();
  return nullptr;
}

/// An element-wise epilogue that reads the contraction's result once updates it where it lies: no
/// temporary passes between the two.
TilingInterface updateInPlace(RewriterBase &rewriter, TilingInterface root, Value result) {
  auto epilogue = dyn_cast_if_present<linalg::GenericOp>(root.getOperation());
  if (!epilogue || !result.hasOneUse() || epilogue->getResult(0).getType() != result.getType() ||
      !epilogue.getRegionOutputArgs()[0].use_empty())
    return root;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (OpOperand *operand : epilogue.getDpsInputOperands())
    if (operand->get() != result) {
      inputs.push_back(operand->get());
      maps.push_back(epilogue.getMatchingIndexingMap(operand));
    }
  maps.push_back(epilogue.getIndexingMapsArray().back());
  rewriter.setInsertionPoint(epilogue);
  auto update = linalg::GenericOp::create(rewriter, epilogue.getLoc(), TypeRange{result.getType()}, inputs, result,
                                          maps, epilogue.getIteratorTypesArray());
  Block *from = epilogue.getBlock();
  SmallVector<Type> types;
  for (Value operand : update->getOperands())
    types.push_back(getElementTypeOrSelf(operand.getType()));
  Block *to =
      rewriter.createBlock(&update.getRegion(), {}, types, SmallVector<Location>(types.size(), epilogue.getLoc()));
  Value updated = to->getArguments().back();
  SmallVector<Value> arguments;
  unsigned next = 0;
  for (OpOperand &operand : epilogue->getOpOperands())
    arguments.push_back(operand.get() == result || epilogue.isDpsInit(&operand) ? updated : to->getArgument(next++));
  rewriter.mergeBlocks(from, to, arguments);
  rewriter.replaceOp(epilogue, update);
  return cast<TilingInterface>(update.getOperation());
}

LogicalResult tileToGrid(RewriterBase &rewriter, TilingInterface root, ArrayRef<int64_t> tiles) {
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
  options.tilingOptions.setTileSizes(getAsIndexOpFoldResult(rewriter.getContext(), tiles));
  rewriter.setInsertionPoint(root);
  FailureOr<scf::SCFTileAndFuseResult> tiled = scf::tileConsumerAndFuseProducersUsingSCF(rewriter, root, options);
  if (failed(tiled))
    return root->emitOpError("internal: cannot be split into workgroups");
  for (OpResult result : root->getResults())
    rewriter.replaceAllUsesWith(result, tiled->replacements.lookup(result));
  return success();
}

/// What follows a contraction in its workgroup runs over rows as long as they can be.
LogicalResult lengthenEpilogues(RewriterBase &rewriter, func::FuncOp func) {
  if (failed(dropUnitDims(func)))
    return failure();
  SmallVector<linalg::GenericOp> epilogues;
  func.walk([&](linalg::GenericOp op) { epilogues.push_back(op); });
  for (linalg::GenericOp op : epilogues) {
    Chain chain = {op, nullptr};
    if (failed(collapseDims(rewriter, chain)))
      return failure();
  }
  return foldEmptyReshapes(func);
}

/// The contraction of a kernel, or null. A kernel has one at most: fusion sees to it.
Operation *findContraction(func::FuncOp func) {
  for (Operation &op : func.getBody().front())
    if (isa<ConvOp, RowConvOp, MatmulOp, QuantizedConvOp, QuantizedMatmulOp>(op))
      return &op;
  return nullptr;
}

Splitter splitContraction(Operation *contraction, int64_t wanted) {
  Splitter splitter(cast<RankedTensorType>(contraction->getResult(0).getType()).getShape(), wanted);
  if (auto conv = dyn_cast<ConvOp>(contraction))
    splitConv(splitter, conv, !isColumn(conv));
  else if (auto conv = dyn_cast<QuantizedConvOp>(contraction))
    splitConv(splitter, conv, true);
  else if (isa<RowConvOp>(contraction))
    splitRowConv(splitter);
  else
    splitMatmul(splitter, isPackedMatmul(contraction));
  return splitter;
}

LogicalResult distribute(RewriterBase &rewriter, func::FuncOp func, Operation *contraction) {
  int64_t grid = 1;
  TilingInterface root = findRoot(func, contraction);
  int64_t wanted = std::min<double>(largestGrid, workgroupsWorthOf(contraction));
  if (root)
    root = updateInPlace(rewriter, root, contraction->getResult(0));
  if (root && wanted > 1) {
    Splitter splitter = splitContraction(contraction, wanted);
    grid = splitter.grid;
    if (grid > 1 && failed(tileToGrid(rewriter, root, splitter.tiles)))
      return failure();
  }
  func->setAttr("program.grid", rewriter.getI64IntegerAttr(grid));
  return lengthenEpilogues(rewriter, func);
}

struct CpuDistributeContractions : sinter::impl::CpuDistributeContractionsBase<CpuDistributeContractions> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    IRRewriter rewriter(&getContext());
    if (!findContraction(func))
      return;
    if (failed(fuseElementwise(func)) || failed(foldEmptyReshapes(func)) ||
        failed(distribute(rewriter, func, findContraction(func))))
      signalPassFailure();
  }
};

} // namespace
