// Gives every operator to a target.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/NnPlace.h"
#include "dialects/nn/Nn.h"
#include "mlir/IR/IRMapping.h"
#include "passes/place/Placement.h"
#include "passes/place/Requirement.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace sinter {

#define GEN_PASS_DEF_NNPLACE
#include "passes/place/NnPlace.h.inc"

namespace {

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

/// Says of a requirement that is not met how much is missing, and of each node that is elsewhere why.
LogicalResult checkRequirement(ModuleOp root, const Placement &placement, const Requirement &requirement) {
  uint64_t whole = 0, part = 0;
  std::vector<std::pair<uint64_t, uint32_t>> elsewhere;
  for (uint32_t op = 0; op < placement.ops.size(); ++op) {
    const Target *target = placement.targetOf(op);
    uint64_t amount = target ? requirement.amountOf(nn::workOf(placement.ops[op])) : 0;
    whole = llvm::SaturatingAdd(whole, amount);
    if (target && requirement.includes(target->info().name))
      part = llvm::SaturatingAdd(part, amount);
    else if (amount)
      elsewhere.push_back({amount, op});
  }
  if (isEnough(requirement, part, whole))
    return success();
  root.emitError() << "placement gives less than --require=" << requirement.text << ": " << requirement.target
                   << " has " << percentText(part, whole) << " of " << requirement.unitName() << ", " << part << " of "
                   << whole;
  llvm::sort(elsewhere,
             [](const auto &a, const auto &b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  for (auto [amount, op] : elsewhere) {
    InFlightDiagnostic error = emitError(placement.ops[op]->getLoc())
                               << amount << " " << requirement.unitName() << " (" << percentText(amount, whole)
                               << ") on " << placement.targetOf(op)->info().name << ", not on " << requirement.target;
    for (const Answer &answer : placement.whyNotThere(op))
      if (llvm::StringRef name = placement.targets[answer.target]->info().name; requirement.includes(name))
        error << "; " << describe(name, answer.refusal);
  }
  return failure();
}

struct NnPlacePass : impl::NnPlaceBase<NnPlacePass> {
  using NnPlaceBase::NnPlaceBase;
  NnPlacePass(const TargetRegistry &caller, llvm::ArrayRef<std::string> names, llvm::ArrayRef<std::string> required)
      : registry(&caller, [](const auto *) {}) {
    targets = names;
    requirements = required;
  }

  LogicalResult initialize(MLIRContext *) override {
    if (!registry)
      registry = builtInTargets();
    return success();
  }

  void runOnOperation() override {
    ModuleOp root = getOperation();
    llvm::SmallVector<const Target *> list;
    for (const std::string &name : targets) {
      list.push_back(registry->find(name));
      if (!list.back()) {
        root.emitError() << "there is no target " << name;
        return signalPassFailure();
      }
    }
    auto hasBody = [](func::FuncOp func) { return !func.isExternal(); };
    Placement placement(llvm::to_vector(llvm::make_filter_range(root.getOps<func::FuncOp>(), hasBody)), list);
    placement.assign();
    if (failed(reportUnplaced(placement)) || failed(checkRequirements(root, placement)))
      return signalPassFailure();
    recordRefusals(root, placement);
    apply(placement);
  }

private:
  LogicalResult reportUnplaced(const Placement &placement) {
    bool bad = false;
    for (uint32_t number = 0; number < placement.ops.size(); ++number) {
      if (placement.targetOf(number) || placement.isFreeView(number))
        continue;
      bad = true;
      Operation *op = placement.ops[number];
      InFlightDiagnostic error = emitError(op->getLoc()) << "no target takes " << op->getName();
      for (const Answer &answer : placement.answers[number])
        error << "; " << describe(placement.targets[answer.target]->info().name, answer.refusal);
    }
    return failure(bad);
  }

  LogicalResult checkRequirements(ModuleOp root, const Placement &placement) {
    bool ok = true;
    for (const std::string &text : requirements) {
      std::optional<Requirement> requirement = parseRequirement(text);
      if (!requirement)
        return root.emitError() << "'" << text << "' is no requirement";
      ok &= succeeded(checkRequirement(root, placement, *requirement));
    }
    return success(ok);
  }

  void recordRefusals(ModuleOp root, const Placement &placement) {
    Builder builder(&getContext());
    llvm::SmallVector<Attribute> list;
    for (uint32_t op = 0; op < placement.ops.size(); ++op)
      for (const Answer &answer : placement.whyNotThere(op)) {
        if (answer.target > placement.rankOf(op))
          break; // That target was second choice.
        auto entry = [&](llvm::StringRef key, llvm::StringRef value) {
          return builder.getNamedAttr(key, builder.getStringAttr(value));
        };
        const Refusal &refusal = answer.refusal;
        list.push_back(builder.getDictionaryAttr(
            {entry("node", refusal.node), entry("target", placement.targets[answer.target]->info().name),
             entry("reason", refusal.reason), entry("limit", refusal.limit), entry("value", refusal.value)}));
      }
    if (!list.empty())
      root->setAttr("program.refusals", builder.getArrayAttr(list));
  }

  /// Writes down where each operation runs; claims of targets that do not want them joined become dispatches.
  void apply(const Placement &placement) {
    for (uint32_t op = 0; op < placement.ops.size(); ++op)
      if (const Target *target = placement.targetOf(op))
        placement.ops[op]->setAttr("nn.target", StringAttr::get(&getContext(), target->info().name));
    llvm::SetVector<uint32_t> chosen;
    for (uint32_t op = 0; op < placement.ops.size(); ++op)
      if (const Target *target = placement.targetOf(op); target && !target->joinsClaims())
        chosen.insert(placement.chosen[op]);
    for (uint32_t claim : chosen)
      wrapClaim(placement.claims[claim].ops);
  }

  std::shared_ptr<const TargetRegistry> registry;
};

} // namespace

std::unique_ptr<Pass> createNnPlace(const TargetRegistry &registry, llvm::ArrayRef<std::string> targets,
                                    llvm::ArrayRef<std::string> requirements) {
  return std::make_unique<NnPlacePass>(registry, targets, requirements);
}

} // namespace sinter
