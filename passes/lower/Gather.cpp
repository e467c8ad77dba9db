// Gathers and scatters: addresses that data gives. Every index is brought inside its axis, so memory is never left.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Addressing.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"
#include "passes/lower/ScalarBody.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

RankedTensorType storedType(Value value) { return cast<RankedTensorType>(storageType(value.getType())); }
ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

Value loopIndex(OpBuilder &b, Location loc, int64_t loop) { return linalg::IndexOp::create(b, loc, loop); }

struct GatherPattern : OpConversionPattern<nn::GatherOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::GatherOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    int64_t axis = op.getAxis(), indexRank = shapeOf(op.getIndices()).size(), rank = shapeOf(op.getInput()).size();
    AffineMap indexMap =
        AffineMap::getMultiDimIdentityMap(type.getRank(), rewriter.getContext()).getSliceMap(axis, indexRank);
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      SmallVector<Value> source;
      for (int64_t d = 0; d < axis; ++d)
        source.push_back(loopIndex(b, loc, d));
      source.push_back(onnxIndex(b, loc, args[0], shapeOf(op.getInput())[axis]));
      for (int64_t d = axis + 1; d < rank; ++d)
        source.push_back(loopIndex(b, loc, d + indexRank - 1));
      return tensor::ExtractOp::create(b, loc, adaptor.getInput(), source);
    };
    rewriter.replaceOp(op, buildIndexed(rewriter, op.getLoc(), adaptor.getIndices(), indexMap, type, body));
    return success();
  }
};

struct GatherElementsPattern : OpConversionPattern<nn::GatherElementsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::GatherElementsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    int64_t axis = op.getAxis();
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) -> Value {
      SmallVector<Value> source;
      for (int64_t d = 0; d < type.getRank(); ++d)
        source.push_back(d == axis ? onnxIndex(b, loc, args[0], shapeOf(op.getInput())[axis]) : loopIndex(b, loc, d));
      return tensor::ExtractOp::create(b, loc, adaptor.getInput(), source);
    };
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    rewriter.replaceOp(op, buildIndexed(rewriter, op.getLoc(), adaptor.getIndices(), identity, type, body));
    return success();
  }
};

/// Reads the index tuple at `prefix` of `indices`; component i is brought inside axis first + i of `shape`.
SmallVector<Value> readTuple(OpBuilder &b, Location loc, Value indices, ValueRange prefix, ArrayRef<int64_t> shape,
                             int64_t first) {
  SmallVector<Value> tuple;
  for (int64_t i = 0; i < shapeOf(indices).back(); ++i) {
    SmallVector<Value> at(prefix);
    at.push_back(arith::ConstantIndexOp::create(b, loc, i));
    tuple.push_back(onnxIndex(b, loc, tensor::ExtractOp::create(b, loc, indices, at), shape[first + i]));
  }
  return tuple;
}

struct GatherNdPattern : OpConversionPattern<nn::GatherNdOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::GatherNdOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = storedType(op.getResult());
    int64_t batchDims = op.getBatchDims(), tupleRank = shapeOf(op.getIndices()).size() - 1;
    auto body = [&](OpBuilder &b, Location loc, ValueRange) -> Value {
      SmallVector<Value> loops, source;
      for (int64_t d = 0; d < type.getRank(); ++d)
        loops.push_back(loopIndex(b, loc, d));
      source.append(loops.begin(), loops.begin() + batchDims);
      llvm::append_range(source, readTuple(b, loc, adaptor.getIndices(), ArrayRef<Value>(loops).take_front(tupleRank),
                                           shapeOf(op.getInput()), batchDims));
      source.append(loops.begin() + tupleRank, loops.end());
      return tensor::ExtractOp::create(b, loc, adaptor.getInput(), source);
    };
    rewriter.replaceOp(op, buildIndexed(rewriter, op.getLoc(), {}, {}, type, body));
    return success();
  }
};

//===--------------------------------------------------------------------------------------------------------------===//
// Scatter
//===--------------------------------------------------------------------------------------------------------------===//

/// What is stored when `update` meets `old`, both as stored.
Value combine(OpBuilder &b, Location loc, nn::ScatterKind kind, Value old, Value update, Type element) {
  if (kind == nn::ScatterKind::None)
    return update;
  Value x = decodeScalar(b, loc, old, element), y = decodeScalar(b, loc, update, element);
  auto binary = [&](nn::BinaryKind binaryKind) { return buildBinary(b, loc, binaryKind, x, y, element); };
  Value value = kind == nn::ScatterKind::Add   ? binary(nn::BinaryKind::Add)
                : kind == nn::ScatterKind::Mul ? binary(nn::BinaryKind::Mul)
                : kind == nn::ScatterKind::Max ? binary(nn::BinaryKind::Max)
                                               : binary(nn::BinaryKind::Min);
  return encodeScalar(b, loc, value, element);
}

/// Copies the input, then applies the updates one after the other: later ones meet earlier ones.
template <typename Op>
Value scatter(Op op, typename Op::Adaptor adaptor, OpBuilder &b,
              llvm::function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)> target) {
  RankedTensorType type = storedType(op.getResult());
  Type element = op.getResult().getType().getElementType();
  Value result = buildCopy(b, op.getLoc(), adaptor.getInput(), b.getMultiDimIdentityMap(type.getRank()), type);
  auto body = [&](OpBuilder &nested, Location loc, ValueRange indices, ValueRange carried) -> SmallVector<Value> {
    SmallVector<Value> to = target(nested, loc, indices);
    Value update = tensor::ExtractOp::create(nested, loc, adaptor.getUpdates(), indices);
    Value old = tensor::ExtractOp::create(nested, loc, carried[0], to);
    Value value = combine(nested, loc, op.getKind(), old, update, element);
    return {tensor::InsertOp::create(nested, loc, value, carried[0], to)};
  };
  return buildLoops(b, op.getLoc(), shapeOf(op.getUpdates()), result, body).front();
}

struct ScatterElementsPattern : OpConversionPattern<nn::ScatterElementsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::ScatterElementsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto target = [&](OpBuilder &b, Location loc, ValueRange indices) {
      SmallVector<Value> to(indices);
      Value stored = tensor::ExtractOp::create(b, loc, adaptor.getIndices(), indices);
      to[op.getAxis()] = onnxIndex(b, loc, stored, shapeOf(op.getInput())[op.getAxis()]);
      return to;
    };
    rewriter.replaceOp(op, scatter(op, adaptor, rewriter, target));
    return success();
  }
};

struct ScatterNdPattern : OpConversionPattern<nn::ScatterNdOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(nn::ScatterNdOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    size_t tupleRank = shapeOf(op.getIndices()).size() - 1;
    auto target = [&](OpBuilder &b, Location loc, ValueRange indices) {
      SmallVector<Value> to =
          readTuple(b, loc, adaptor.getIndices(), indices.take_front(tupleRank), shapeOf(op.getInput()), 0);
      llvm::append_range(to, indices.drop_front(tupleRank));
      return to;
    };
    rewriter.replaceOp(op, scatter(op, adaptor, rewriter, target));
    return success();
  }
};

} // namespace

void sinter::lower::populateGatherLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<GatherPattern, GatherElementsPattern, GatherNdPattern, ScatterElementsPattern, ScatterNdPattern>(
      types, patterns.getContext());
}
