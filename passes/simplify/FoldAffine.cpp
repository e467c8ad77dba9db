// Per-channel multiplications and additions become part of weights and biases.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/FoldAffine.h"
#include "dialects/nn/Evaluator.h"
#include "dialects/nn/Nn.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/simplify/Matching.h"

namespace sinter {
#define GEN_PASS_DEF_FOLDAFFINE
#include "passes/simplify/FoldAffine.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

namespace {
// A contraction seen through its channels: which axis of the result they are, which of the weights.
struct Contraction {
  Operation *op = nullptr;
  Value weights, bias;
  int64_t resultAxis = 0, weightAxis = 0, channels = 0;

  static std::optional<Contraction> of(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op || !op->hasOneUse() || !isFloat(value))
      return std::nullopt;
    RankedTensorType type = tensorType(value);
    if (auto conv = dyn_cast<ConvOp>(op))
      return Contraction{op, conv.getFilter(), conv.getBias(), 1, 0, type.getDimSize(1)};
    if (auto conv = dyn_cast<ConvTransposeOp>(op); conv && conv.getGroup() == 1)
      return Contraction{op, conv.getFilter(), conv.getBias(), 1, 1, type.getDimSize(1)};
    if (auto matmul = dyn_cast<MatmulOp>(op)) {
      int64_t rank = tensorType(matmul.getRhs()).getRank();
      return Contraction{op, matmul.getRhs(), matmul.getBias(), type.getRank() - 1, rank - 1, type.getShape().back()};
    }
    return std::nullopt;
  }

  // A per-channel value as [channels].
  Value asVector(PatternRewriter &rewriter, Location loc, Value value) const {
    RankedTensorType type = tensorType(value);
    Value flat = reshape(rewriter, loc, value, {type.getNumElements()});
    if (type.getNumElements() == channels)
      return flat;
    return BroadcastOp::create(rewriter, loc, type.clone(ArrayRef<int64_t>{channels}), flat);
  }

  // The same value shaped to broadcast against the weights.
  Value asWeightScale(PatternRewriter &rewriter, Location loc, Value value) const {
    SmallVector<int64_t> shape(tensorType(weights).getRank(), 1);
    shape[weightAxis] = channels;
    return reshape(rewriter, loc, asVector(rewriter, loc, value), shape);
  }

  // The contraction again with other weights and bias, in place of `user` too.
  Operation *rebuild(PatternRewriter &rewriter, Operation *user, Value newWeights, Value newBias) const {
    SmallVector<Value> operands = {op->getOperand(0), newWeights};
    if (newBias)
      operands.push_back(newBias);
    OperationState state(fusedLoc(rewriter, {op, user}), op->getName(), operands, op->getResultTypes(), op->getAttrs());
    return rewriter.create(state);
  }
};
} // namespace

// Which operand of `op` is the contraction, and the per-channel value beside it.
static std::optional<Contraction> match(BinaryOp op, Value &factor, bool eitherSide) {
  for (bool left : {true, false}) {
    if (!left && !eitherSide)
      break;
    std::optional<Contraction> contraction = Contraction::of(left ? op.getLhs() : op.getRhs());
    factor = left ? op.getRhs() : op.getLhs();
    if (contraction && contraction->op->getResult(0).getType() == op.getType() &&
        isPerChannel(factor, op.getType().getRank(), contraction->resultAxis, contraction->channels))
      return contraction;
  }
  return std::nullopt;
}

namespace {
// add and sub become bias. A matmul's and a convolution's bias need not be constant.
struct AddIntoBias : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    if (op.getKind() != BinaryKind::Add && op.getKind() != BinaryKind::Sub)
      return failure();
    Value summand;
    std::optional<Contraction> contraction = match(op, summand, op.getKind() == BinaryKind::Add);
    if (!contraction || (!isConstant(summand) && tensorType(summand).getNumElements() != contraction->channels))
      return failure();
    if (op.getKind() == BinaryKind::Sub && !isConstant(summand))
      return failure();
    Value bias = contraction->asVector(rewriter, op.getLoc(), summand);
    if (op.getKind() == BinaryKind::Sub)
      bias = UnaryOp::create(rewriter, op.getLoc(), bias.getType(), UnaryKind::Neg, bias);
    if (contraction->bias)
      bias = BinaryOp::create(rewriter, op.getLoc(), bias.getType(), BinaryKind::Add, contraction->bias, bias);
    // The bias may be defined after the contraction: the new one stands where the addition was.
    rewriter.replaceOp(op, contraction->rebuild(rewriter, op, contraction->weights, bias));
    return success();
  }
};

// mul and div scale weights and bias, which must be constant so that the scaling is done once.
struct MulIntoWeights : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    if (op.getKind() != BinaryKind::Mul && op.getKind() != BinaryKind::Div)
      return failure();
    Value factor;
    std::optional<Contraction> contraction = match(op, factor, op.getKind() == BinaryKind::Mul);
    if (!contraction || !isConstant(factor) || !isConstant(contraction->weights) ||
        (contraction->bias && !isConstant(contraction->bias)))
      return failure();
    Location loc = op.getLoc();
    Value scale = contraction->asWeightScale(rewriter, loc, factor);
    Value weights =
        BinaryOp::create(rewriter, loc, contraction->weights.getType(), op.getKind(), contraction->weights, scale);
    Value bias = contraction->bias;
    if (bias)
      bias = BinaryOp::create(rewriter, loc, bias.getType(), op.getKind(), bias,
                              contraction->asVector(rewriter, loc, factor));
    rewriter.replaceOp(op, contraction->rebuild(rewriter, op, weights, bias));
    return success();
  }
};
} // namespace

namespace {
// Evaluates the weights that a match has scaled at once, so that the next operator of a chain finds constants.
struct FoldConstantArithmetic : RewritePattern {
  FoldConstantArithmetic(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 2, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!isa<BinaryOp, UnaryOp, ReshapeOp, BroadcastOp>(op) || !llvm::all_of(op->getOperands(), isConstant))
      return failure();
    // Not what FoldConstants kept for its size: nothing that grows, but for a bias.
    auto result = cast<RankedTensorType>(op->getResult(0).getType());
    if (result.getRank() != 1 && !llvm::is_contained(op->getOperandTypes(), result) && !isa<ReshapeOp>(op))
      return failure();
    SmallVector<Tensor> operands;
    for (Value operand : op->getOperands())
      if (std::optional<Tensor> tensor = constantTensor(operand))
        operands.push_back(*tensor);
    if (operands.size() != op->getNumOperands())
      return failure();
    FailureOr<SmallVector<Tensor>> results = evaluate(op, operands);
    if (failed(results))
      return failure();
    rewriter.replaceOp(op, constant(rewriter, op->getLoc(), results->front()));
    return success();
  }
};

struct FoldAffine : sinter::impl::FoldAffineBase<FoldAffine> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<AddIntoBias, MulIntoWeights, FoldConstantArithmetic>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
