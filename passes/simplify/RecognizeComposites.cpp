// Decomposed functions become one operator again.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/RecognizeComposites.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/NnShapes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Matching.h"

namespace sinter {
#define GEN_PASS_DEF_RECOGNIZECOMPOSITES
#include "passes/simplify/RecognizeComposites.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

namespace {
// Operators that a match would replace.
using Matched = SmallVector<Operation *, 8>;

// A product as exporters write it, in any order and grouping: its constant part and the other factors.
struct Product {
  double number = 1;
  SmallVector<Value, 4> factors;
  Matched ops;
};

// Takes apart the multiplications and divisions by constants behind `value`. Inner ones must have no other reader.
void collectFactors(Value value, bool outermost, Product &product) {
  auto op = value.getDefiningOp<BinaryOp>();
  bool mul = op && op.getKind() == BinaryKind::Mul, div = op && op.getKind() == BinaryKind::Div;
  if ((!mul && !div) || (!outermost && !op->hasOneUse())) {
    if (std::optional<double> number = splat(value))
      product.number *= *number;
    else
      product.factors.push_back(value);
    return;
  }
  std::optional<double> divisor = div ? splat(op.getRhs()) : std::nullopt;
  if (div && !divisor) {
    product.factors.push_back(value);
    return;
  }
  product.ops.push_back(op);
  collectFactors(op.getLhs(), false, product);
  if (div)
    product.number /= *divisor;
  else
    collectFactors(op.getRhs(), false, product);
}

// value = scale * input + offset, with splat constants; `input` is what is left.
struct Affine {
  Value input;
  double scale = 1, offset = 0;
  Matched ops;
};

Affine takeAffine(Value value) {
  Affine affine{value, 1, 0, {}};
  if (BinaryOp add = definedBy(value, BinaryKind::Add)) {
    if (std::optional<SplatOperand> operand = splatOperand(add)) {
      affine.ops.push_back(add);
      affine.offset = operand->number;
      affine.input = operand->other;
    }
  }
  Product product;
  collectFactors(affine.input, false, product);
  if (product.factors.size() == 1 && product.factors[0] != affine.input) {
    affine.scale = product.number;
    affine.input = product.factors[0];
    affine.ops.append(product.ops);
  }
  return affine;
}

// min(max(x, low), high) in either order, relu for max with 0.
struct Clip {
  Value input;
  double low, high;
  Matched ops;
};

std::optional<std::pair<Value, double>> takeMax(Value value) {
  if (UnaryOp relu = definedBy(value, UnaryKind::Relu))
    return std::pair(relu.getInput(), 0.0);
  BinaryOp max = definedBy(value, BinaryKind::Max);
  std::optional<SplatOperand> operand = max ? splatOperand(max) : std::nullopt;
  return operand ? std::optional(std::pair(operand->other, operand->number)) : std::nullopt;
}

std::optional<Clip> takeClip(Value value) {
  BinaryOp min = definedBy(value, BinaryKind::Min);
  std::optional<SplatOperand> high = min ? splatOperand(min) : std::nullopt;
  if (high) {
    if (auto low = takeMax(high->other))
      return Clip{low->first, low->second, high->number, {min, high->other.getDefiningOp()}};
    return std::nullopt;
  }
  auto low = takeMax(value);
  BinaryOp inner = low ? definedBy(low->first, BinaryKind::Min) : BinaryOp();
  std::optional<SplatOperand> top = inner ? splatOperand(inner) : std::nullopt;
  if (!top)
    return std::nullopt;
  return Clip{top->other, low->second, top->number, {value.getDefiningOp(), inner}};
}

void replaceWithUnary(PatternRewriter &rewriter, Operation *root, Matched ops, UnaryKind kind, Value input,
                      double alpha = 0, double beta = 0) {
  ops.push_back(root);
  Type type = root->getResult(0).getType();
  rewriter.replaceOp(root, UnaryOp::create(rewriter, fusedLoc(rewriter, ops), type, kind, input, alpha, beta));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Activations that are products
//===--------------------------------------------------------------------------------------------------------------===//

// x * sigmoid(alpha * x)
bool matchSwish(const Product &product, Value x, Value gate, PatternRewriter &rewriter, Operation *root) {
  UnaryOp sigmoid = definedBy(gate, UnaryKind::Sigmoid);
  if (!sigmoid || product.number != 1)
    return false;
  Affine inner = takeAffine(sigmoid.getInput());
  bool plain = sigmoid.getInput() == x;
  if (!plain && (inner.input != x || inner.offset != 0))
    return false;
  Matched ops = product.ops;
  ops.push_back(sigmoid);
  if (!plain)
    ops.append(inner.ops);
  replaceWithUnary(rewriter, root, ops, UnaryKind::Swish, x, plain ? 1 : inner.scale);
  return true;
}

// x * clip(x + 3, 0, 6) / 6, x * hard_sigmoid(x; 1/6, 1/2)
bool matchHardSwish(const Product &product, Value x, Value gate, PatternRewriter &rewriter, Operation *root) {
  Matched ops = product.ops;
  if (UnaryOp gated = definedBy(gate, UnaryKind::HardSigmoid)) {
    if (gated.getInput() != x || product.number != 1 || !nearlyEqual(gated.getAlpha().convertToDouble(), 1.0 / 6) ||
        gated.getBeta().convertToDouble() != 0.5)
      return false;
    ops.push_back(gated);
  } else {
    std::optional<Clip> clip = takeClip(gate);
    if (!clip || clip->low != 0 || clip->high != 6 || !nearlyEqual(product.number, 1.0 / 6))
      return false;
    Affine inner = takeAffine(clip->input);
    if (inner.input != x || inner.scale != 1 || inner.offset != 3)
      return false;
    ops.append(clip->ops);
    ops.append(inner.ops);
  }
  replaceWithUnary(rewriter, root, ops, UnaryKind::HardSwish, x);
  return true;
}

// 0.5 * x * (1 + erf(x / sqrt(2)))
bool matchGelu(const Product &product, Value x, Value gate, PatternRewriter &rewriter, Operation *root) {
  Affine outer = takeAffine(gate);
  UnaryOp erf = definedBy(outer.input, UnaryKind::Erf);
  if (!erf || outer.scale != 1 || outer.offset != 1 || !nearlyEqual(product.number, 0.5))
    return false;
  Affine inner = takeAffine(erf.getInput());
  if (inner.input != x || inner.offset != 0 || !nearlyEqual(inner.scale, 0.70710678118654752))
    return false;
  Matched ops = product.ops;
  ops.append(outer.ops);
  ops.push_back(erf);
  ops.append(inner.ops);
  replaceWithUnary(rewriter, root, ops, UnaryKind::Gelu, x);
  return true;
}

struct RecognizeGated : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    if (!isFloat(op) || (op.getKind() != BinaryKind::Mul && op.getKind() != BinaryKind::Div))
      return failure();
    Product product;
    collectFactors(op, true, product);
    if (product.factors.size() != 2)
      return failure();
    for (auto [x, gate] :
         {std::pair(product.factors[0], product.factors[1]), std::pair(product.factors[1], product.factors[0])}) {
      if (x.getType() != op.getType() || gate.getType() != op.getType())
        continue;
      if (matchSwish(product, x, gate, rewriter, op) || matchHardSwish(product, x, gate, rewriter, op) ||
          matchGelu(product, x, gate, rewriter, op))
        return success();
    }
    return failure();
  }
};

// clip(alpha * x + beta, 0, 1), and clip(a * x + b, 0, c) / c, where some of it is there to be a hard sigmoid and not a
// clip.
struct RecognizeHardSigmoid : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    if (!isFloat(op) || (op.getKind() != BinaryKind::Mul && op.getKind() != BinaryKind::Div))
      return failure();
    Product product;
    collectFactors(op, true, product);
    if (product.factors.size() != 1)
      return failure();
    std::optional<Clip> clip = takeClip(product.factors[0]);
    if (!clip || clip->low != 0 || !nearlyEqual(product.number * clip->high, 1) ||
        !llvm::all_of(clip->ops, [](Operation *inner) { return inner->hasOneUse(); }))
      return failure();
    Affine inner = takeAffine(clip->input);
    if (inner.input.getType() != op.getType())
      return failure();
    Matched ops = product.ops;
    ops.append(clip->ops);
    ops.append(inner.ops);
    replaceWithUnary(rewriter, op, ops, UnaryKind::HardSigmoid, inner.input, inner.scale / clip->high,
                     inner.offset / clip->high);
    return success();
  }
};

//===--------------------------------------------------------------------------------------------------------------===//
// Layer normalisation
//===--------------------------------------------------------------------------------------------------------------===//

// The input of a mean over all axes from `axis` on, which keeps them.
ReduceOp trailingMean(Value value, int64_t &axis) {
  auto mean = value.getDefiningOp<ReduceOp>();
  if (!mean || mean.getKind() != ReduceKind::Mean || !mean.getKeepdims() || mean.getAxes().empty())
    return {};
  axis = mean.getAxes().front();
  int64_t rank = tensorType(mean.getInput()).getRank();
  return axis + static_cast<int64_t>(mean.getAxes().size()) == rank ? mean : ReduceOp();
}

// x * x or x ^ 2.
Value squared(Value value) {
  if (BinaryOp mul = definedBy(value, BinaryKind::Mul))
    return mul.getLhs() == mul.getRhs() ? mul.getLhs() : Value();
  BinaryOp pow = definedBy(value, BinaryKind::Pow);
  return pow && isSplat(pow.getRhs(), 2) ? pow.getLhs() : Value();
}

// (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)
struct RecognizeLayerNorm : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp div, PatternRewriter &rewriter) const override {
    BinaryOp centred = definedBy(div.getLhs(), BinaryKind::Sub);
    UnaryOp root = definedBy(div.getRhs(), UnaryKind::Sqrt);
    if (div.getKind() != BinaryKind::Div || !isFloat(div) || !centred || !root)
      return failure();
    Affine variance = takeAffine(root.getInput());
    int64_t axis = 0, varianceAxis = 0;
    ReduceOp mean = trailingMean(centred.getRhs(), axis), square = trailingMean(variance.input, varianceAxis);
    if (!mean || !square || axis != varianceAxis || variance.scale != 1 || mean.getInput() != centred.getLhs())
      return failure();
    Value base = squared(square.getInput());
    BinaryOp again = base ? definedBy(base, BinaryKind::Sub) : BinaryOp(); // some exporters subtract twice
    if (base != centred.getResult() &&
        !(again && again.getLhs() == centred.getLhs() && again.getRhs() == centred.getRhs()))
      return failure();
    Matched ops = {div, centred, root, mean, square, square.getInput().getDefiningOp()};
    ops.append(variance.ops);
    Location loc = fusedLoc(rewriter, ops);
    rewriter.replaceOp(div,
                       LayerNormOp::create(rewriter, loc, div.getType(), mean.getInput(), Value(), Value(),
                                           rewriter.getI64IntegerAttr(axis), rewriter.getF64FloatAttr(variance.offset),
                                           rewriter.getBoolAttr(false)));
    return success();
  }
};

// Multiplication and addition after a layer norm are its scale and bias.
struct TakeScaleAndBias : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    bool mul = op.getKind() == BinaryKind::Mul, add = op.getKind() == BinaryKind::Add;
    for (bool left : {true, false}) {
      Value other = left ? op.getRhs() : op.getLhs();
      auto norm = (left ? op.getLhs() : op.getRhs()).getDefiningOp<LayerNormOp>();
      if (!norm || !norm->hasOneUse() || norm.getType() != op.getType() || norm.getBias() || (mul && norm.getScale()) ||
          (!mul && !add))
        continue;
      ArrayRef<int64_t> normalized = norm.getType().getShape().drop_front(norm.getAxis());
      if (!isConstant(other) || !broadcastsTo(tensorType(other).getShape(), normalized))
        continue;
      Location loc = fusedLoc(rewriter, {norm, op});
      Value scale = mul ? other : norm.getScale(), bias = mul ? Value() : other;
      rewriter.replaceOp(op, LayerNormOp::create(rewriter, loc, op.getType(), norm.getInput(), scale, bias,
                                                 norm.getAxisAttr(), norm.getEpsilonAttr(), norm.getRmsAttr()));
      return success();
    }
    return failure();
  }
};

struct RecognizeComposites : sinter::impl::RecognizeCompositesBase<RecognizeComposites> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    // The gated functions contain hard sigmoids: they are looked for first.
    patterns.add<RecognizeGated>(&getContext(), 2);
    patterns.add<RecognizeHardSigmoid, RecognizeLayerNorm, TakeScaleAndBias>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
