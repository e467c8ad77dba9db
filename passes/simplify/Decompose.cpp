// Operators that others express: transposed convolution, dynamic quantisation.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/Decompose.h"
#include "dialects/nn/Nn.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Matching.h"

namespace sinter {
#define GEN_PASS_DEF_DECOMPOSE
#include "passes/simplify/Decompose.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

using Sizes = SmallVector<int64_t>;

static Value transpose(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> permutation) {
  Sizes shape;
  for (int64_t axis : permutation)
    shape.push_back(tensorType(value).getDimSize(axis));
  return TransposeOp::create(b, loc, tensorType(value).clone(shape), value, permutation);
}

static Value padEnds(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> shape) {
  RankedTensorType type = tensorType(value);
  if (type.getShape() == shape)
    return value;
  Sizes pads(2 * shape.size(), 0);
  for (size_t i = 0; i < shape.size(); ++i)
    pads[shape.size() + i] = shape[i] - type.getDimSize(i);
  return PadOp::create(b, loc, type.clone(shape), PadMode::Constant, value, Value(), pads);
}

static Value slice(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> starts, ArrayRef<int64_t> sizes,
                   ArrayRef<int64_t> steps) {
  return SliceOp::create(b, loc, tensorType(value).clone(sizes), value, starts, sizes, steps);
}

namespace {
// Output position o + begin pad = u * stride + p, with p the phase, receives x[u - a] * w[a * stride + p] for every a.
// All phases of all u are a convolution with a kernel of `taps` elements, reversed, and channels × phases filters.
struct ConvTransposeToConv : OpRewritePattern<ConvTransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  // Sizes of each spatial axis.
  struct Plan {
    int64_t group, inPerGroup, outPerGroup;
    Sizes strides, dilations, kernel, dilated, taps, positions;
    int64_t phases() const { return llvm::product_of(strides); }
  };

  LogicalResult matchAndRewrite(ConvTransposeOp op, PatternRewriter &b) const override {
    if (!isFloat(op.getInput()) || !isFloat(op.getFilter()) || !isFloat(op))
      return failure();
    if (llvm::any_of(op.getPads(), [](int64_t pad) { return pad < 0; }))
      return failure();
    Plan plan = planOf(op);
    Value filter = filterOf(b, op.getLoc(), op.getFilter(), plan);
    b.replaceOp(op, shuffled(b, op, convolution(b, op, filter, plan), plan));
    return success();
  }

  static Plan planOf(ConvTransposeOp op) {
    RankedTensorType input = tensorType(op.getInput()), filter = tensorType(op.getFilter());
    int64_t group = op.getGroup();
    Plan plan{group,
              input.getDimSize(1) / group,
              filter.getDimSize(1),
              Sizes(op.getStrides()),
              Sizes(op.getDilations()),
              Sizes(filter.getShape().drop_front(2)),
              {},
              {},
              {}};
    for (size_t i = 0; i < plan.kernel.size(); ++i) {
      int64_t stride = plan.strides[i];
      plan.dilated.push_back(plan.dilations[i] * (plan.kernel[i] - 1) + 1);
      // At least the kernel, and enough that output padding has positions to come from.
      int64_t last = op.getPads()[i] + op.getType().getDimSize(2 + i);
      int64_t byKernel = llvm::divideCeil(plan.dilated[i], stride);
      int64_t byOutput = static_cast<int64_t>(llvm::divideCeil(last, stride)) - input.getDimSize(2 + i) + 1;
      plan.taps.push_back(std::max(byKernel, byOutput));
      plan.positions.push_back(input.getDimSize(2 + i) + plan.taps[i] - 1);
    }
    return plan;
  }

  // Zeros between the elements of every spatial axis.
  static Value dilate(OpBuilder &b, Location loc, Value filter, const Plan &plan) {
    for (size_t i = 0; i < plan.kernel.size(); ++i) {
      if (plan.dilations[i] == 1)
        continue;
      Sizes shape(tensorType(filter).getShape()), apart = shape, spread = shape;
      apart.insert(apart.begin() + 3 + i, 1);
      spread[2 + i] *= plan.dilations[i];
      shape[2 + i] = plan.dilated[i];
      Value padded = reshape(b, loc, filter, apart);
      apart[3 + i] = plan.dilations[i];
      padded = reshape(b, loc, padEnds(b, loc, padded, apart), spread);
      filter = slice(b, loc, padded, Sizes(shape.size(), 0), shape, Sizes(shape.size(), 1));
    }
    return filter;
  }

  // [C, F, K…] to [G·F·phases, C/G, taps…].
  static Value filterOf(OpBuilder &b, Location loc, Value filter, const Plan &plan) {
    filter = dilate(b, loc, filter, plan);
    size_t spatial = plan.kernel.size();
    Sizes whole = {plan.group * plan.inPerGroup, plan.outPerGroup};
    Sizes split = {plan.group, plan.inPerGroup, plan.outPerGroup}, starts(3, 0), steps(3, 1);
    Sizes order = {0, 2}, taps, result = {plan.group * plan.outPerGroup * plan.phases(), plan.inPerGroup};
    for (size_t i = 0; i < spatial; ++i) {
      whole.push_back(plan.taps[i] * plan.strides[i]);
      split.append({plan.taps[i], plan.strides[i]});
      starts.append({plan.taps[i] - 1, 0});
      steps.append({plan.taps[i] == 1 ? 1 : -1, 1});
      order.push_back(4 + 2 * i);
      taps.push_back(3 + 2 * i);
      result.push_back(plan.taps[i]);
    }
    order.push_back(1);
    order.append(taps);
    filter = reshape(b, loc, padEnds(b, loc, filter, whole), split);
    filter = slice(b, loc, filter, starts, split, steps);
    return reshape(b, loc, transpose(b, loc, filter, order), result);
  }

  static Value convolution(OpBuilder &b, ConvTransposeOp op, Value filter, const Plan &plan) {
    Location loc = op.getLoc();
    RankedTensorType input = tensorType(op.getInput());
    int64_t channels = plan.group * plan.outPerGroup, phases = plan.phases();
    Sizes shape = {input.getDimSize(0), channels * phases}, pads, ones(plan.kernel.size(), 1);
    llvm::append_range(shape, plan.positions);
    for (int64_t tap : plan.taps)
      pads.push_back(tap - 1);
    pads.append(Sizes(pads));
    Value bias = op.getBias();
    if (bias && phases > 1) {
      RankedTensorType type = tensorType(bias);
      bias = BroadcastOp::create(b, loc, type.clone({channels, phases}), reshape(b, loc, bias, {channels, 1}));
      bias = reshape(b, loc, bias, {channels * phases});
    }
    return ConvOp::create(b, loc, input.clone(shape), op.getInput(), filter, bias, ones, pads, ones, plan.group);
  }

  // [N, C·phases, U…] to [N, C, U·stride…], then the part that the model asks for.
  static Value shuffled(OpBuilder &b, ConvTransposeOp op, Value value, const Plan &plan) {
    Location loc = op.getLoc();
    int64_t batch = tensorType(value).getDimSize(0), channels = plan.group * plan.outPerGroup;
    size_t spatial = plan.kernel.size();
    Sizes split = {batch, channels}, order = {0, 1}, whole = {batch, channels}, starts = {0, 0};
    split.append(plan.strides);
    split.append(plan.positions);
    for (size_t i = 0; i < spatial; ++i) {
      order.append({static_cast<int64_t>(2 + spatial + i), static_cast<int64_t>(2 + i)});
      whole.push_back(plan.positions[i] * plan.strides[i]);
      starts.push_back(op.getPads()[i]);
    }
    if (plan.phases() > 1)
      value = reshape(b, loc, transpose(b, loc, reshape(b, loc, value, split), order), whole);
    ArrayRef<int64_t> shape = op.getType().getShape();
    return slice(b, loc, value, starts, shape, Sizes(shape.size(), 1));
  }
};

// ONNX's function body of DynamicQuantizeLinear, in float32.
struct DynamicQuantizeToArithmetic : OpRewritePattern<DynamicQuantizeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DynamicQuantizeOp op, PatternRewriter &b) const override {
    Location loc = op.getLoc();
    Type f32 = b.getF32Type();
    auto number = [&](double value) { return scalar(b, loc, f32, value); };
    auto binary = [&](BinaryKind kind, Value x, Value y) -> Value {
      Type type = tensorType(x).getRank() >= tensorType(y).getRank() ? x.getType() : y.getType();
      return BinaryOp::create(b, loc, type, kind, x, y);
    };
    auto extreme = [&](ReduceKind kind, BinaryKind withZero) {
      SmallVector<int64_t> axes;
      for (int64_t axis = 0; axis < tensorType(op.getInput()).getRank(); ++axis)
        axes.push_back(axis);
      Value reduced = ReduceOp::create(b, loc, RankedTensorType::get({}, f32), kind, op.getInput(), axes, false);
      return binary(withZero, reduced, number(0));
    };
    auto clipAndCast = [&](Value value, Type type) -> Value {
      value = binary(BinaryKind::Min, binary(BinaryKind::Max, value, number(0)), number(255));
      return CastOp::create(b, loc, type, value, true);
    };
    auto rounded = [&](Value value) -> Value {
      return UnaryOp::create(b, loc, value.getType(), UnaryKind::Round, value);
    };

    Value least = extreme(ReduceKind::Min, BinaryKind::Min), greatest = extreme(ReduceKind::Max, BinaryKind::Max);
    Value flat =
        CompareOp::create(b, loc, RankedTensorType::get({}, b.getI1Type()), CompareKind::Equal, least, greatest);
    Value range = SelectOp::create(b, loc, least.getType(), flat, number(1), binary(BinaryKind::Sub, greatest, least));
    Value scale = binary(BinaryKind::Div, range, number(255));
    Value offset = binary(BinaryKind::Sub, number(0), binary(BinaryKind::Div, least, scale));
    Value zeroPoint = rounded(binary(BinaryKind::Min, binary(BinaryKind::Max, offset, number(0)), number(255)));
    Value quantized = binary(BinaryKind::Add, rounded(binary(BinaryKind::Div, op.getInput(), scale)), zeroPoint);
    b.replaceOp(op, {clipAndCast(quantized, op.getResult().getType()), scale,
                     clipAndCast(zeroPoint, op.getZeroPoint().getType())});
    return success();
  }
};

struct Decompose : sinter::impl::DecomposeBase<Decompose> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvTransposeToConv, DynamicQuantizeToArithmetic>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
