// The cpu dialect: verification and tiling of window operations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/dialect/Cpu.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sinter::cpu;

#include "targets/cpu/compiler/dialect/CpuDialect.cpp.inc"
#define GET_OP_CLASSES
#include "targets/cpu/compiler/dialect/CpuOps.cpp.inc"

void CpuDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "targets/cpu/compiler/dialect/CpuOps.cpp.inc"
      >();
}

namespace {

template <typename OpT> LogicalResult verifyWindow(OpT op) {
  auto type = cast<ShapedType>(op.getDestination().getType());
  if (isa<RankedTensorType>(type) != bool(op.getResult()) || (op.getResult() && op.getResult().getType() != type))
    return op.emitOpError() << "must have a result exactly where the destination is a tensor, of the same type";
  if (static_cast<int64_t>(op.getOffsets().size()) != type.getRank())
    return op.emitOpError() << "has " << op.getOffsets().size() << " offsets for a window of rank " << type.getRank();
  return success();
}

SmallVector<Range> domainOf(OpBuilder &b, Value destination, Location loc) {
  SmallVector<Range> ranges;
  for (OpFoldResult size : tensor::getMixedSizes(b, loc, destination))
    ranges.push_back({b.getIndexAttr(0), size, b.getIndexAttr(1)});
  return ranges;
}

/// The same operation on a part of its window.
template <typename OpT>
FailureOr<TilingResult> tileWindow(OpT op, OpBuilder &b, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes) {
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
  auto slice = tensor::ExtractSliceOp::create(b, loc, op.getDestination(), offsets, sizes, strides);
  SmallVector<Value> moved;
  AffineExpr sum = b.getAffineDimExpr(0) + b.getAffineDimExpr(1);
  for (auto [old, offset] : llvm::zip_equal(op.getOffsets(), offsets))
    moved.push_back(getValueOrCreateConstantIndexOp(
        b, loc, affine::makeComposedFoldedAffineApply(b, loc, sum, {OpFoldResult(old), offset})));
  auto tiled = cast<OpT>(b.clone(*op));
  tiled.getOffsetsMutable().assign(moved);
  tiled.getDestinationMutable().assign(slice.getResult());
  tiled.getResult().setType(slice.getType());
  return TilingResult{{tiled}, {tiled.getResult()}, {slice}};
}

/// The same operation on buffers. Nothing of the destination is read.
template <typename OpT>
LogicalResult bufferizeWindow(OpT op, RewriterBase &rewriter, const bufferization::BufferizationOptions &options,
                              bufferization::BufferizationState &state) {
  IRMapping buffers;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<TensorType>(operand.get().getType()))
      continue;
    FailureOr<Value> buffer = bufferization::getBuffer(rewriter, operand.get(), options, state);
    if (failed(buffer))
      return failure();
    buffers.map(operand.get(), *buffer);
  }
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(buffers.lookupOrDefault(operand));
  OpT::create(rewriter, op.getLoc(), TypeRange(), operands, op->getAttrs());
  bufferization::replaceOpWithBufferizedValues(rewriter, op, buffers.lookup(op.getDestination()));
  return success();
}

template <typename OpT>
void windowEffects(OpT op, SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<MemRefType>(operand.get().getType())) {
      MemoryEffects::Effect *effect = MemoryEffects::Read::get();
      if (operand.get() == op.getDestination())
        effect = MemoryEffects::Write::get();
      effects.emplace_back(effect, &operand, SideEffects::DefaultResource::get());
    }
}

} // namespace

#define SINTER_WINDOW_OP(OP)                                                                                           \
  LogicalResult OP::verify() { return verifyWindow(*this); }                                                           \
  SmallVector<utils::IteratorType> OP::getLoopIteratorTypes() {                                                        \
    return SmallVector<utils::IteratorType>(getOffsets().size(), utils::IteratorType::parallel);                       \
  }                                                                                                                    \
  SmallVector<Range> OP::getIterationDomain(OpBuilder &b) { return domainOf(b, getDestination(), getLoc()); }          \
  FailureOr<TilingResult> OP::getTiledImplementation(OpBuilder &b, ArrayRef<OpFoldResult> offsets,                     \
                                                     ArrayRef<OpFoldResult> sizes) {                                   \
    return tileWindow(*this, b, offsets, sizes);                                                                       \
  }                                                                                                                    \
  LogicalResult OP::getResultTilePosition(OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,                       \
                                          ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,      \
                                          SmallVector<OpFoldResult> &resultSizes) {                                    \
    resultOffsets.assign(offsets.begin(), offsets.end());                                                              \
    resultSizes.assign(sizes.begin(), sizes.end());                                                                    \
    return success();                                                                                                  \
  }                                                                                                                    \
  FailureOr<TilingResult> OP::generateResultTileValue(OpBuilder &b, unsigned, ArrayRef<OpFoldResult> offsets,          \
                                                      ArrayRef<OpFoldResult> sizes) {                                  \
    return tileWindow(*this, b, offsets, sizes);                                                                       \
  }                                                                                                                    \
  bool OP::bufferizesToMemoryRead(OpOperand &operand, const bufferization::AnalysisState &) {                          \
    return operand.get() != getDestination();                                                                          \
  }                                                                                                                    \
  bool OP::bufferizesToMemoryWrite(OpOperand &operand, const bufferization::AnalysisState &) {                         \
    return operand.get() == getDestination();                                                                          \
  }                                                                                                                    \
  bufferization::AliasingValueList OP::getAliasingValues(OpOperand &operand, const bufferization::AnalysisState &) {   \
    if (operand.get() != getDestination())                                                                             \
      return {};                                                                                                       \
    return {{getResult(), bufferization::BufferRelation::Equivalent}};                                                 \
  }                                                                                                                    \
  LogicalResult OP::bufferize(RewriterBase &rewriter, const bufferization::BufferizationOptions &options,              \
                              bufferization::BufferizationState &state) {                                              \
    return bufferizeWindow(*this, rewriter, options, state);                                                           \
  }                                                                                                                    \
  void OP::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {                  \
    windowEffects(*this, effects);                                                                                     \
  }
SINTER_WINDOW_OP(ConvOp)
SINTER_WINDOW_OP(RowConvOp)
SINTER_WINDOW_OP(MatmulOp)
SINTER_WINDOW_OP(QuantizedConvOp)
SINTER_WINDOW_OP(QuantizedMatmulOp)
#undef SINTER_WINDOW_OP
