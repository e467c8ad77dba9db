// Groups operators into dispatch regions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/fuse/NnFuse.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace sinter {
#define GEN_PASS_DEF_NNFUSE
#include "passes/fuse/NnFuse.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;

namespace {

/// Constants up to this size are data of the kernel; larger ones are operands, shared between kernels.
constexpr int64_t smallConstantBytes = 64;
/// A region larger than this gains nothing and makes large kernels.
constexpr size_t largestRegion = 24;

constexpr llvm::StringLiteral targetName = "nn.target";

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

bool isElementwise(Operation *op) {
  return isa<nn::UnaryOp, nn::BinaryOp, nn::CompareOp, nn::SelectOp, nn::CastOp, nn::QuantizeOp, nn::DequantizeOp>(op);
}

/// Operators whose result element-wise users may join.
bool takesEpilogue(Operation *op) {
  return isElementwise(op) ||
         isa<nn::ConvOp, nn::MatmulOp, nn::ReduceOp, nn::PoolOp, nn::SoftmaxOp, nn::LayerNormOp>(op);
}

/// Operators that read each element of an element-wise producer once, so that it can be computed as it is read.
bool takesProducer(Operation *op) { return isa<nn::ReduceOp, nn::SoftmaxOp, nn::LayerNormOp>(op); }

/// Values that are no work: they stay between the regions.
bool isView(Operation *op) { return isa<nn::ConstantOp, nn::ReshapeOp, nn::BitcastOp>(op); }

bool isSmallConstant(Value value) {
  auto constant = value.getDefiningOp<nn::ConstantOp>();
  if (!constant)
    return false;
  auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (dense && dense.isSplat())
    return true;
  Type element = constant.getValue().getElementType();
  int64_t bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  return typeOf(value).getNumElements() * bits <= smallConstantBytes * 8;
}

/// A region in the making.
class Region {
public:
  explicit Region(Operation *root) : target(root->getAttr(targetName)), hasHeavy(!isElementwise(root)) {
    ops.insert(root);
  }

  /// Adds users of what leaves the region while that ends in one value; keeps the largest such state.
  void grow(const llvm::DenseSet<Operation *> &taken) {
    Region trial = *this;
    while (trial.ops.size() < largestRegion) {
      Operation *next = trial.nextUser(taken);
      if (!next)
        break;
      trial.ops.insert(next);
      trial.hasHeavy |= !isElementwise(next);
      if (trial.escaping().size() == 1)
        *this = trial;
    }
  }

  /// Values used outside, in order of definition.
  SmallVector<Value> escaping() const {
    SmallVector<Value> values;
    for (Operation *op : ops)
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !ops.contains(user); }))
          values.push_back(result);
    return values;
  }

  llvm::SetVector<Operation *> ops;

private:
  /// The first user, in program order, that may join.
  Operation *nextUser(const llvm::DenseSet<Operation *> &taken) const {
    Operation *best = nullptr;
    for (Operation *op : ops)
      for (Operation *user : op->getUsers())
        if (!ops.contains(user) && !taken.contains(user) && user->getBlock() == op->getBlock() && mayJoin(user) &&
            (!best || user->isBeforeInBlock(best)))
          best = user;
    return best;
  }

  bool mayJoin(Operation *user) const {
    if (user->getAttr(targetName) != target || user->getNumResults() != 1)
      return false;
    if (!isElementwise(user) && (hasHeavy || !takesProducer(user)))
      return false;
    for (Value operand : user->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || !ops.contains(producer))
        continue;
      ArrayRef<int64_t> needed = typeOf(isElementwise(user) ? user->getResult(0) : user->getOperand(0)).getShape();
      if (!takesEpilogue(producer) || typeOf(operand).getShape() != needed)
        return false;
      if (!isElementwise(user) && operand != user->getOperand(0))
        return false;
    }
    return true;
  }

  Attribute target;
  bool hasHeavy;
};

/// Replaces the region's operators by one dispatch at the place of the last.
class DispatchBuilder {
public:
  explicit DispatchBuilder(MLIRContext *context) : builder(context) {}

  void build(const Region &region) {
    SmallVector<Operation *> ops(region.ops.begin(), region.ops.end());
    llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    SmallVector<Value> results = region.escaping();
    if (results.empty())
      return;
    llvm::SetVector<Value> inputs = inputsOf(ops, region);
    SmallVector<Location> locations;
    for (Operation *op : ops)
      locations.push_back(op->getLoc());
    builder.setInsertionPoint(ops.back());
    auto dispatch = nn::DispatchOp::create(builder, builder.getFusedLoc(locations), TypeRange(ValueRange(results)),
                                           inputs.getArrayRef());
    if (Attribute target = ops.back()->getAttr(targetName))
      dispatch->setAttr(targetName, target);
    fillBody(dispatch, ops, inputs, results);
    for (auto [old, now] : llvm::zip(results, dispatch.getResults()))
      old.replaceUsesWithIf(now, [&](OpOperand &use) { return !region.ops.contains(use.getOwner()); });
    for (Operation *op : llvm::reverse(ops))
      op->erase();
  }

private:
  static llvm::SetVector<Value> inputsOf(ArrayRef<Operation *> ops, const Region &region) {
    llvm::SetVector<Value> inputs;
    for (Operation *op : ops)
      for (Value operand : op->getOperands())
        if (!(operand.getDefiningOp() && region.ops.contains(operand.getDefiningOp())) && !isSmallConstant(operand))
          inputs.insert(operand);
    return inputs;
  }

  void fillBody(nn::DispatchOp dispatch, ArrayRef<Operation *> ops, const llvm::SetVector<Value> &inputs,
                ArrayRef<Value> results) {
    OpBuilder::InsertionGuard guard(builder);
    Block *body = builder.createBlock(&dispatch.getBody());
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
    for (Operation *op : ops) {
      for (Value operand : op->getOperands())
        if (!mapping.contains(operand) && isSmallConstant(operand))
          builder.clone(*operand.getDefiningOp(), mapping)->removeAttr(targetName);
      builder.clone(*op, mapping)->removeAttr(targetName);
    }
    SmallVector<Value> yielded;
    for (Value result : results)
      yielded.push_back(mapping.lookup(result));
    nn::YieldOp::create(builder, dispatch.getLoc(), yielded);
  }

  OpBuilder builder;
};

struct NnFuse : sinter::impl::NnFuseBase<NnFuse> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      fuseBlock(block);
  }

  /// Heavy operators choose their epilogues first; element-wise chains take what is left.
  void fuseBlock(Block &block) {
    llvm::DenseSet<Operation *> taken;
    SmallVector<Region> regions;
    auto start = [&](Operation &op) {
      if (taken.contains(&op))
        return;
      Region region(&op);
      if (takesEpilogue(&op))
        region.grow(taken);
      taken.insert(region.ops.begin(), region.ops.end());
      regions.push_back(std::move(region));
    };
    for (Operation &op : block.without_terminator())
      if (isWork(op) && !isElementwise(&op) && !takesProducer(&op))
        start(op);
    for (Operation &op : block.without_terminator())
      if (isWork(op))
        start(op);
    DispatchBuilder builder(&getContext());
    for (const Region &region : regions)
      builder.build(region);
    for (auto constant : llvm::make_early_inc_range(block.getOps<nn::ConstantOp>()))
      if (constant.use_empty())
        constant.erase();
  }

  static bool isWork(Operation &op) {
    return isa<nn::NnDialect>(op.getDialect()) && !isView(&op) && !isa<nn::DispatchOp>(op);
  }
};

} // namespace
