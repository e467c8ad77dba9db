// Operations of a module, what targets say of them, and who takes each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/Placement.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Provenance.h"
#include "dialects/nn/Work.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <map>

using namespace mlir;
using namespace sinter;

/// Whole picoseconds; an hour is as good as more.
static int64_t picoseconds(double nanoseconds) {
  return static_cast<int64_t>(std::floor(std::min(std::max(nanoseconds, 0.0), 3.6e12) * 1000 + 0.5));
}

static int64_t moveCost(const TransferCost &transfer, uint64_t bytes) {
  double copy = transfer.bytesPerNs > 0 ? static_cast<double>(bytes) / transfer.bytesPerNs : 0;
  return picoseconds(transfer.latencyNs + copy);
}

std::string sinter::describe(llvm::StringRef target, const Refusal &refusal) {
  std::string text = (target + ": " + refusal.reason).str();
  if (!refusal.limit.empty() || !refusal.value.empty())
    text += " (limit " + refusal.limit + ", value " + refusal.value + ")";
  return text;
}

Placement::Placement(llvm::ArrayRef<func::FuncOp> entries, llvm::ArrayRef<const Target *> targets)
    : targets(targets.begin(), targets.end()) {
  for (func::FuncOp entry : entries)
    for (Operation &op : entry.getBody().front().without_terminator())
      if (!isa<nn::ConstantOp>(op)) {
        index[&op] = static_cast<uint32_t>(ops.size());
        ops.push_back(&op);
        freeViews.push_back(isa<nn::ReshapeOp, nn::BitcastOp>(op));
      }
  answers.resize(ops.size());
  problem.ops = static_cast<uint32_t>(ops.size());
  problem.targets = static_cast<uint32_t>(targets.size());
  for (uint32_t target = 0; target < targets.size(); ++target)
    offer(target);
  for (func::FuncOp entry : entries)
    addTensors(entry);
}

void Placement::offer(uint32_t target) {
  if (ops.empty())
    return;
  ClaimResult result = targets[target]->claim(ops);
  llvm::SmallVector<bool> claimed(ops.size());
  for (Claim &claim : result.claims) {
    PlacementProblem::Claim priced{target, {}, picoseconds(claim.cycles * 1000 / targets[target]->info().clockMHz)};
    for (Operation *op : claim.ops) {
      priced.ops.push_back(index.at(op));
      claimed[index.at(op)] = true;
    }
    if (claim.ops.size() == 1 && freeViews[priced.ops.front()])
      continue;
    for (uint32_t op : priced.ops)
      freeViews[op] = false;
    claims.push_back(std::move(claim));
    problem.claims.push_back(std::move(priced));
  }
  attribute(result.refusals, target, claimed);
}

/// Refusals name nodes; each goes to the first unclaimed operation of that name that has no answer
/// of this target yet.
void Placement::attribute(llvm::ArrayRef<Refusal> refusals, uint32_t target, llvm::ArrayRef<bool> claimed) {
  std::multimap<std::string, uint32_t> byNode;
  for (auto [number, op] : llvm::enumerate(ops))
    if (!claimed[number])
      byNode.insert({llvm::join(nodeNames(op->getLoc()), ", "), static_cast<uint32_t>(number)});
  for (const Refusal &refusal : refusals) {
    auto it = byNode.find(refusal.node);
    if (it == byNode.end())
      continue;
    answers[it->second].push_back({target, refusal});
    byNode.erase(it);
  }
}

void Placement::addTensors(func::FuncOp entry) {
  Block &body = entry.getBody().front();
  for (Value argument : body.getArguments())
    addTensor(argument);
  for (Operation &op : body.without_terminator())
    if (auto it = index.find(&op); it != index.end() && !freeViews[it->second])
      for (Value result : op.getResults())
        addTensor(result);
}

/// A tensor and who reads it, through views.
void Placement::addTensor(Value value) {
  PlacementProblem::Tensor tensor{PlacementProblem::kHost, {}, false, {}};
  if (Operation *producer = value.getDefiningOp())
    tensor.producer = index.at(producer);
  llvm::SetVector<uint32_t> readers;
  llvm::SmallVector<Value> same{value};
  while (!same.empty())
    for (Operation *user : same.pop_back_val().getUsers()) {
      auto it = index.find(user);
      if (it == index.end())
        tensor.isOutput = true;
      else if (freeViews[it->second])
        llvm::append_range(same, user->getResults());
      else
        readers.insert(it->second);
    }
  tensor.consumers.assign(readers.begin(), readers.end());
  for (const Target *target : targets)
    tensor.move.push_back(moveCost(target->info().transfer, nn::storedBytes(value.getType())));
  problem.tensors.push_back(std::move(tensor));
}

void Placement::assign() {
  chosen = sinter::assign(problem);
  cost = costOf(problem, chosen);
}

const Target *Placement::targetOf(uint32_t op) const {
  return chosen[op] == kUnplaced ? nullptr : targets[problem.claims[chosen[op]].target];
}

std::vector<Answer> Placement::whyNotThere(uint32_t op) const {
  if (chosen[op] == kUnplaced)
    return {};
  std::vector<Answer> result = answers[op];
  for (uint32_t claim = 0; claim < problem.claims.size(); ++claim)
    if (problem.claims[claim].target != rankOf(op) && llvm::is_contained(problem.claims[claim].ops, op))
      result.push_back(
          {problem.claims[claim].target, {llvm::join(nodeNames(ops[op]->getLoc()), ", "), costThere(claim), "", ""}});
  llvm::sort(result, [](const Answer &a, const Answer &b) { return a.target < b.target; });
  return result;
}

/// What it would cost to run a claim's operations in it, all others staying where they are.
std::string Placement::costThere(uint32_t claim) const {
  Assignment other = chosen;
  for (uint32_t op : problem.claims[claim].ops)
    other[op] = claim;
  int64_t more = costOf(problem, other) - cost;
  return "it would cost " + std::to_string((more + 500) / 1000) + " ns more there, transfers included";
}
