// Resize: every result element is a weighted sum of input elements that tables name.
//
// The tables (source index and weight for each coordinate of each axis that changes) are computed here by the dialect's
// own formulas and become data of the image, so kernel and reference agree on coordinates to the bit.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/ResizeTaps.h"
#include "dialects/nn/Tensor.h"
#include "passes/lower/Addressing.h"
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

/// One tap of one axis: its tables as operands of the loop nest, or the loop's own index where the axis stays.
struct TapTables {
  Value indices, weights;
};

struct AxisTaps {
  bool identity = false;
  SmallVector<TapTables> taps;
};

Value indexTable(OpBuilder &b, Location loc, ArrayRef<int32_t> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, b.getI32Type());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

Value weightTable(OpBuilder &b, Location loc, ArrayRef<float> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, b.getF32Type());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, values));
}

AxisTaps tapsOf(OpBuilder &b, nn::ResizeOp op, int64_t axis) {
  AxisTaps result;
  std::vector<SmallVector<nn::ResizeTap, 4>> rows = nn::resizeTaps(op, axis);
  size_t width = rows.empty() ? 1 : rows.front().size();
  result.identity = width == 1 && llvm::all_of(llvm::enumerate(rows), [](auto it) {
                      return it.value()[0].index == static_cast<int64_t>(it.index()) && it.value()[0].weight == 1;
                    });
  for (size_t t = 0; t < width && !result.identity; ++t) {
    SmallVector<int32_t> indices;
    SmallVector<float> weights;
    for (const auto &row : rows) {
      indices.push_back(row[t].index);
      weights.push_back(row[t].weight);
    }
    result.taps.push_back(
        {indexTable(b, op.getLoc(), indices), width == 1 ? Value() : weightTable(b, op.getLoc(), weights)});
  }
  return result;
}

struct ResizePattern : OpConversionPattern<nn::ResizeOp> {
  using OpConversionPattern::OpConversionPattern;

  /// A source coordinate with its weight, which is null for 1.
  struct Source {
    Value index, weight;
  };

  LogicalResult matchAndRewrite(nn::ResizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(storageType(op.getResult().getType()));
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    SmallVector<size_t> tapCounts(type.getRank(), 0);
    SmallVector<bool> weighted(type.getRank(), false);
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      AxisTaps taps = tapsOf(rewriter, op, axis);
      tapCounts[axis] = taps.taps.size();
      AffineMap map = AffineMap::get(type.getRank(), 0, rewriter.getAffineDimExpr(axis));
      for (TapTables tap : taps.taps) {
        inputs.push_back(tap.indices);
        if (tap.weights)
          inputs.push_back(tap.weights);
        maps.append(tap.weights ? 2 : 1, map);
        weighted[axis] = static_cast<bool>(tap.weights);
      }
    }
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
      return buildElement(op, adaptor.getInput(), b, loc, readSources(b, loc, args, tapCounts, weighted));
    };
    rewriter.replaceOp(op, buildIndexed(rewriter, op.getLoc(), inputs, maps, type, body));
    return success();
  }

  static SmallVector<SmallVector<Source>> readSources(OpBuilder &b, Location loc, ValueRange args,
                                                      ArrayRef<size_t> tapCounts, ArrayRef<bool> weighted) {
    SmallVector<SmallVector<Source>> sources(tapCounts.size());
    size_t next = 0;
    for (auto [axis, count] : llvm::enumerate(tapCounts)) {
      if (count == 0)
        sources[axis].push_back({linalg::IndexOp::create(b, loc, axis), Value()});
      for (size_t t = 0; t < count; ++t) {
        Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), args[next++]);
        sources[axis].push_back({index, weighted[axis] ? args[next++] : Value()});
      }
    }
    return sources;
  }

  static Value buildElement(nn::ResizeOp op, Value input, OpBuilder &b, Location loc,
                            ArrayRef<SmallVector<Source>> sources) {
    SmallVector<Value> at;
    if (op.getMode() == nn::ResizeMode::Nearest) {
      for (const auto &axis : sources)
        at.push_back(axis.front().index);
      return tensor::ExtractOp::create(b, loc, input, at);
    }
    Type element = op.getInput().getType().getElementType();
    Value sum = sumAxes(b, loc, input, element, sources, at);
    if (isa<FloatType>(element))
      return encodeScalar(b, loc, sum, element);
    Type stored = storageElementType(element);
    return nn::isUnsignedElement(element) ? Value(arith::FPToUIOp::create(b, loc, stored, sum))
                                          : Value(arith::FPToSIOp::create(b, loc, stored, sum));
  }

  /// The weighted sum over the remaining axes, at the coordinates chosen so far.
  static Value sumAxes(OpBuilder &b, Location loc, Value input, Type element, ArrayRef<SmallVector<Source>> sources,
                       SmallVectorImpl<Value> &at) {
    if (at.size() == sources.size())
      return asFloat(b, loc, decodeScalar(b, loc, tensor::ExtractOp::create(b, loc, input, at), element), element);
    Value sum;
    for (Source source : sources[at.size()]) {
      at.push_back(source.index);
      Value term = sumAxes(b, loc, input, element, sources, at);
      at.pop_back();
      if (source.weight)
        term = arith::MulFOp::create(b, loc, term, source.weight);
      sum = sum ? Value(arith::AddFOp::create(b, loc, sum, term)) : term;
    }
    return sum;
  }

  static Value asFloat(OpBuilder &b, Location loc, Value value, Type element) {
    if (isa<FloatType>(value.getType()))
      return value.getType().isF64() ? Value(arith::TruncFOp::create(b, loc, b.getF32Type(), value)) : value;
    return nn::isUnsignedElement(element) ? Value(arith::UIToFPOp::create(b, loc, b.getF32Type(), value))
                                          : Value(arith::SIToFPOp::create(b, loc, b.getF32Type(), value));
  }
};

} // namespace

void sinter::lower::populateResizeLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<ResizePattern>(types, patterns.getContext());
}
