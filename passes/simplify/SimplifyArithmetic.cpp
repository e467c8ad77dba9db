// Element-wise identities and cheaper equivalents.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/SimplifyArithmetic.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/NnShapes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Matching.h"
#include <cmath>

namespace sinter {
#define GEN_PASS_DEF_SIMPLIFYARITHMETIC
#include "passes/simplify/SimplifyArithmetic.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

namespace {
// A pattern on operators without quantised operands or results.
template <typename Op> struct ArithmeticPattern : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const final {
    if (llvm::any_of(op->getOperands(), isQuantized) || llvm::any_of(op->getResults(), isQuantized))
      return failure();
    return rewrite(op, rewriter);
  }
  virtual LogicalResult rewrite(Op op, PatternRewriter &rewriter) const = 0;
};
} // namespace

// Whether an operator leaves its other operand unchanged with this number. Zeros have signs: -0 + 0 is 0, so that only
// adding -0 and subtracting 0 change nothing.
static bool isNeutral(BinaryKind kind, double number, bool isFloat) {
  switch (kind) {
  case BinaryKind::Add: return number == 0 && (!isFloat || std::signbit(number));
  case BinaryKind::Sub: return number == 0 && (!isFloat || !std::signbit(number));
  case BinaryKind::Mul:
  case BinaryKind::Div:
  case BinaryKind::Pow: return number == 1;
  default: return false;
  }
}

namespace {
struct RemoveNeutral : ArithmeticPattern<BinaryOp> {
  using ArithmeticPattern::ArithmeticPattern;
  LogicalResult rewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    std::optional<SplatOperand> operand = splatOperand(op);
    if (!operand || operand->other.getType() != op.getType() ||
        !isNeutral(op.getKind(), operand->number, isFloat(op.getResult())))
      return failure();
    rewriter.replaceOp(op, operand->other);
    return success();
  }
};

// x^2 -> x*x, x^-1 -> 1/x.
struct SimplifyPow : ArithmeticPattern<BinaryOp> {
  using ArithmeticPattern::ArithmeticPattern;
  LogicalResult rewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    if (op.getKind() != BinaryKind::Pow || op.getLhs().getType() != op.getType())
      return failure();
    if (isSplat(op.getRhs(), 2)) {
      rewriter.replaceOpWithNewOp<BinaryOp>(op, op.getType(), BinaryKind::Mul, op.getLhs(), op.getLhs());
      return success();
    }
    if (!isFloat(op.getLhs()))
      return failure();
    if (isSplat(op.getRhs(), -1)) {
      rewriter.replaceOpWithNewOp<UnaryOp>(op, op.getType(), UnaryKind::Reciprocal, op.getLhs());
      return success();
    }
    return failure();
  }
};

// x / c -> x * (1 / c) where 1 / c is exact: powers of two whose reciprocal is normal.
struct DivideByPowerOfTwo : ArithmeticPattern<BinaryOp> {
  using ArithmeticPattern::ArithmeticPattern;
  LogicalResult rewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    auto element = dyn_cast<FloatType>(op.getType().getElementType());
    std::optional<double> divisor = splat(op.getRhs());
    if (op.getKind() != BinaryKind::Div || !element || !divisor || !std::isfinite(*divisor) || *divisor == 0)
      return failure();
    int exponent;
    double inverse = 1 / *divisor;
    if (std::fabs(std::frexp(*divisor, &exponent)) != 0.5 ||
        bitsToFloat(floatToBits(inverse, element), element) != inverse)
      return failure();
    if (exponent > 120 && !element.isF64()) // the reciprocal is subnormal
      return failure();
    Value factor =
        constant(rewriter, op.getLoc(),
                 Tensor::fromDoubles(tensorType(op.getRhs()),
                                     std::vector<double>(tensorType(op.getRhs()).getNumElements(), inverse)));
    rewriter.replaceOpWithNewOp<BinaryOp>(op, op.getType(), BinaryKind::Mul, op.getLhs(), factor);
    return success();
  }
};

struct MaxWithZero : ArithmeticPattern<BinaryOp> {
  using ArithmeticPattern::ArithmeticPattern;
  LogicalResult rewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    std::optional<SplatOperand> operand = splatOperand(op);
    if (op.getKind() != BinaryKind::Max || !operand || operand->number != 0 || operand->other.getType() != op.getType())
      return failure();
    rewriter.replaceOpWithNewOp<UnaryOp>(op, op.getType(), UnaryKind::Relu, operand->other);
    return success();
  }
};

// Every value of `from` is a value of `to`.
bool isWidening(Type from, Type to) {
  if (from.isInteger(1))
    return true;
  auto a = dyn_cast<FloatType>(from), b = dyn_cast<FloatType>(to);
  if (a && b)
    return a.getWidth() < b.getWidth() && a.getFPMantissaWidth() <= b.getFPMantissaWidth() && b.getWidth() >= 32;
  if (a)
    return false;
  unsigned bits = elementBits(from) - (isUnsignedElement(from) ? 0 : 1);
  if (b)
    return bits <= b.getFPMantissaWidth();
  bool signFits = isUnsignedElement(from) || !isUnsignedElement(to);
  return signFits && bits <= elementBits(to) - (isUnsignedElement(to) ? 0 : 1);
}

struct CastOfCast : ArithmeticPattern<CastOp> {
  using ArithmeticPattern::ArithmeticPattern;
  LogicalResult rewrite(CastOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<CastOp>();
    if (!inner || !isWidening(tensorType(inner.getInput()).getElementType(), inner.getType().getElementType()))
      return failure();
    Location loc = fusedLoc(rewriter, {inner, op});
    rewriter.replaceOp(op, CastOp::create(rewriter, loc, op.getType(), inner.getInput(), op.getSaturate()));
    return success();
  }
};

struct SelectByConstant : ArithmeticPattern<SelectOp> {
  using ArithmeticPattern::ArithmeticPattern;
  LogicalResult rewrite(SelectOp op, PatternRewriter &rewriter) const override {
    std::optional<double> condition = splat(op.getCondition());
    if (!condition)
      return failure();
    Value chosen = *condition != 0 ? op.getLhs() : op.getRhs();
    if (tensorType(chosen).getElementType() != op.getType().getElementType())
      return failure();
    if (chosen.getType() == op.getType())
      rewriter.replaceOp(op, chosen);
    else
      rewriter.replaceOpWithNewOp<BroadcastOp>(op, op.getType(), chosen);
    return success();
  }
};

// An element-wise operator broadcasts by itself: an explicit broadcast of one operand goes if the shape stays.
template <typename Op> struct DropBroadcast : ArithmeticPattern<Op> {
  using ArithmeticPattern<Op>::ArithmeticPattern;
  LogicalResult rewrite(Op op, PatternRewriter &rewriter) const override {
    for (OpOperand &operand : op->getOpOperands()) {
      auto broadcast = operand.get().template getDefiningOp<BroadcastOp>();
      if (!broadcast || !shapeStays(op, operand, tensorType(broadcast.getInput()).getShape()))
        continue;
      rewriter.modifyOpInPlace(op, [&] { operand.set(broadcast.getInput()); });
      return success();
    }
    return failure();
  }

  static bool shapeStays(Op op, OpOperand &replaced, ArrayRef<int64_t> shape) {
    std::optional<Shape> joint = Shape(shape);
    for (OpOperand &other : op->getOpOperands())
      if (joint && other.getOperandNumber() != replaced.getOperandNumber())
        joint = broadcastShapes(*joint, tensorType(other.get()).getShape());
    return joint && ArrayRef<int64_t>(*joint) == op.getType().getShape();
  }
};

struct SimplifyArithmetic : sinter::impl::SimplifyArithmeticBase<SimplifyArithmetic> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RemoveNeutral, SimplifyPow, DivideByPowerOfTwo, MaxWithZero, CastOfCast, SelectByConstant,
                 DropBroadcast<BinaryOp>, DropBroadcast<CompareOp>, DropBroadcast<SelectOp>>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
