// Gives every operator to a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/NnPlace.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Provenance.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_NNPLACE
#include "passes/place/NnPlace.h.inc"

namespace {

/// One target's no to one operator.
struct Answer {
  llvm::StringRef target;
  Refusal refusal;
};

std::string describe(const Answer &answer) {
  std::string text = (answer.target + ": " + answer.refusal.reason).str();
  if (!answer.refusal.limit.empty() || !answer.refusal.value.empty())
    text += " (limit " + answer.refusal.limit + ", value " + answer.refusal.value + ")";
  return text;
}

/// Offers operators to one target after another and keeps what each said.
class Placement {
public:
  void offer(const Target &target) {
    llvm::SmallVector<Operation *> left;
    for (auto &[op, answers] : open)
      left.push_back(op);
    if (left.empty())
      return;
    ClaimResult result = target.claim(left);
    auto name = StringAttr::get(left.front()->getContext(), target.info().name);
    for (const Claim &claim : result.claims)
      for (Operation *op : claim.ops) {
        op->setAttr("nn.target", name);
        taken.push_back({op, std::move(open[op])});
        open.erase(op);
      }
    if (!target.joinsClaims())
      for (Claim &claim : result.claims)
        wholeKernels.push_back(std::move(claim.ops));
    attribute(result.refusals, target.info().name);
  }

  llvm::MapVector<Operation *, std::vector<Answer>> open;
  std::vector<std::pair<Operation *, std::vector<Answer>>> taken;
  /// Claims of targets that do not want them joined.
  std::vector<llvm::SmallVector<Operation *>> wholeKernels;

private:
  /// Refusals name nodes; each goes to the first open operator of that name that has no answer of this target yet.
  void attribute(llvm::ArrayRef<Refusal> refusals, llvm::StringRef target) {
    std::multimap<std::string, Operation *> byNode;
    for (auto &[op, answers] : open)
      byNode.insert({llvm::join(nodeNames(op->getLoc()), ", "), op});
    for (const Refusal &refusal : refusals) {
      auto it = byNode.find(refusal.node);
      if (it == byNode.end())
        continue;
      open[it->second].push_back({target, refusal});
      byNode.erase(it);
    }
  }
};

/// Puts a claim's operations into one dispatch, in place of the last.
void wrapClaim(llvm::ArrayRef<Operation *> claim) {
  llvm::SmallVector<Operation *> ops(claim);
  llvm::sort(ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  llvm::SmallPtrSet<Operation *, 4> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> inputs;
  llvm::SmallVector<Value> results;
  llvm::SmallVector<Location> locations;
  for (Operation *op : ops) {
    locations.push_back(op->getLoc());
    for (Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()))
        inputs.insert(operand);
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !inside.contains(user); }))
        results.push_back(result);
  }
  OpBuilder builder(ops.back());
  auto dispatch = nn::DispatchOp::create(builder, builder.getFusedLoc(locations), TypeRange(ValueRange(results)),
                                         inputs.getArrayRef());
  dispatch->setAttr("nn.target", ops.back()->getAttr("nn.target"));
  Block *body = builder.createBlock(&dispatch.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Operation *op : ops)
    builder.clone(*op, mapping)->removeAttr("nn.target");
  auto yielded = llvm::map_to_vector(results, [&](Value result) { return mapping.lookup(result); });
  nn::YieldOp::create(builder, dispatch.getLoc(), yielded);
  for (auto [old, now] : llvm::zip_equal(results, dispatch.getResults()))
    old.replaceUsesWithIf(now, [&](OpOperand &use) { return use.getOwner()->getBlock() != body; });
  for (Operation *op : llvm::reverse(ops))
    op->erase();
}

struct NnPlacePass : impl::NnPlaceBase<NnPlacePass> {
  using NnPlaceBase::NnPlaceBase;
  NnPlacePass(const TargetRegistry &caller, llvm::ArrayRef<std::string> names) : registry(&caller, [](const auto *) {}) {
    targets = names;
  }

  LogicalResult initialize(MLIRContext *) override {
    if (!registry)
      registry = builtInTargets();
    return success();
  }

  void runOnOperation() override {
    ModuleOp root = getOperation();
    Placement placement;
    for (func::FuncOp entry : root.getOps<func::FuncOp>())
      for (Operation &op : entry.getBody().front().without_terminator())
        if (!isa<nn::ConstantOp>(op))
          placement.open.insert({&op, {}});
    for (const std::string &name : targets) {
      const Target *target = registry->find(name);
      if (!target) {
        root.emitError() << "there is no target " << name;
        return signalPassFailure();
      }
      placement.offer(*target);
    }
    if (failed(reportUnplaced(placement)))
      return signalPassFailure();
    recordRefusals(root, placement);
    for (llvm::ArrayRef<Operation *> claim : placement.wholeKernels)
      wrapClaim(claim);
  }

  LogicalResult reportUnplaced(Placement &placement) {
    bool bad = false;
    for (auto &[op, answers] : placement.open) {
      if (isa<nn::ReshapeOp, nn::BitcastOp>(op))
        continue;
      bad = true;
      InFlightDiagnostic error = emitError(op->getLoc()) << "no target takes " << op->getName();
      for (const Answer &answer : answers)
        error << "; " << describe(answer);
    }
    return failure(bad);
  }

  void recordRefusals(ModuleOp root, Placement &placement) {
    Builder builder(&getContext());
    llvm::SmallVector<Attribute> list;
    for (auto &[op, answers] : placement.taken)
      for (const Answer &answer : answers)
        list.push_back(builder.getDictionaryAttr(
            {builder.getNamedAttr("node", builder.getStringAttr(answer.refusal.node)),
             builder.getNamedAttr("target", builder.getStringAttr(answer.target)),
             builder.getNamedAttr("reason", builder.getStringAttr(answer.refusal.reason)),
             builder.getNamedAttr("limit", builder.getStringAttr(answer.refusal.limit)),
             builder.getNamedAttr("value", builder.getStringAttr(answer.refusal.value))}));
    if (!list.empty())
      root->setAttr("program.refusals", builder.getArrayAttr(list));
  }

  std::shared_ptr<const TargetRegistry> registry;
};

} // namespace

std::unique_ptr<Pass> createNnPlace(const TargetRegistry &registry, llvm::ArrayRef<std::string> targets) {
  return std::make_unique<NnPlacePass>(registry, targets);
}

} // namespace sinter
