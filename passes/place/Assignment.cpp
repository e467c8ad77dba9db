// Who runs what, at the least cost.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/Assignment.h"
#include "passes/place/MinimumCut.h"
#include <algorithm>
#include <optional>

using namespace sinter;

using Claim = PlacementProblem::Claim;
using Tensor = PlacementProblem::Tensor;

namespace {

/// Claims by operation, those of preferred targets first.
std::vector<std::vector<uint32_t>> claimsByOp(const PlacementProblem &problem) {
  std::vector<std::vector<uint32_t>> result(problem.ops);
  for (uint32_t c = 0; c < problem.claims.size(); ++c)
    for (uint32_t op : problem.claims[c].ops)
      result[op].push_back(c);
  for (std::vector<uint32_t> &list : result)
    std::sort(list.begin(), list.end(),
              [&](uint32_t a, uint32_t b) { return problem.claims[a].target < problem.claims[b].target; });
  return result;
}

/// A first assignment that respects claims of several operations: what only one claim can cover is
/// settled before anything is chosen, then each operation in turn takes its preferred target.
class FirstAssignment {
public:
  explicit FirstAssignment(const PlacementProblem &problem)
      : problem(problem), byOp(claimsByOp(problem)), dead(problem.claims.size()), result(problem.ops, kUnplaced) {}

  Assignment find() {
    for (uint32_t op = 0; op < problem.ops; ++op)
      open.push_back(op);
    settle();
    for (uint32_t op = 0; op < problem.ops; ++op)
      if (std::optional<uint32_t> claim = firstAlive(op)) {
        choose(*claim);
        settle();
      }
    return result;
  }

private:
  std::optional<uint32_t> firstAlive(uint32_t op) const {
    for (uint32_t claim : byOp[op])
      if (!dead[claim] && result[op] == kUnplaced)
        return claim;
    return std::nullopt;
  }

  /// Chooses claims that have become the last for an operation. `open` has those that may have.
  void settle() {
    while (!open.empty()) {
      uint32_t op = open.back();
      open.pop_back();
      auto alive = std::count_if(byOp[op].begin(), byOp[op].end(), [&](uint32_t claim) { return !dead[claim]; });
      if (alive == 1 && result[op] == kUnplaced)
        choose(*firstAlive(op));
    }
  }

  void choose(uint32_t claim) {
    for (uint32_t op : problem.claims[claim].ops) {
      result[op] = claim;
      for (uint32_t other : byOp[op])
        if (other != claim && !dead[other]) {
          dead[other] = true;
          open.insert(open.end(), problem.claims[other].ops.begin(), problem.claims[other].ops.end());
        }
    }
  }

  const PlacementProblem &problem;
  std::vector<std::vector<uint32_t>> byOp;
  std::vector<bool> dead;
  std::vector<uint32_t> open;
  Assignment result;
};

/// The best set of operations to hand to one target, as a minimum cut: the source's side stays, the
/// sink's side goes.
class Expansion {
public:
  Expansion(const PlacementProblem &problem, const Assignment &now, uint32_t target)
      : problem(problem), now(now), target(target), offered(problem.ops, kUnplaced) {
    for (uint32_t c = 0; c < problem.claims.size(); ++c)
      if (problem.claims[c].target == target)
        for (uint32_t op : problem.claims[c].ops)
          offered[op] = c;
  }

  Assignment solve() {
    for (uint32_t op = 0; op < problem.ops; ++op)
      nodes.push_back(cut.addNode());
    addOperations();
    for (const Tensor &tensor : problem.tensors)
      addTensor(tensor);
    cut.solve();
    Assignment result = now;
    for (uint32_t op = 0; op < problem.ops; ++op)
      if (labelOf(op) != target && !cut.isSourceSide(nodes[op]))
        result[op] = offered[op];
    return result;
  }

private:
  using Node = MinimumCut::Node;

  uint32_t labelOf(uint32_t op) const {
    if (op == PlacementProblem::kHost || now[op] == kUnplaced)
      return PlacementProblem::kHost;
    return problem.claims[now[op]].target;
  }

  void costIfStays(uint32_t op, int64_t cost) { cut.addEdge(nodes[op], MinimumCut::kSink, cost); }
  void costIfGoes(uint32_t op, int64_t cost) { cut.addEdge(MinimumCut::kSource, nodes[op], cost); }

  /// Paid when `from` stays and any of `ops` goes.
  void costIfAnyGoes(Node from, const std::vector<uint32_t> &ops, int64_t cost) {
    Node any = cut.addNode();
    cut.addEdge(from, any, cost);
    for (uint32_t op : ops)
      cut.addEdge(any, nodes[op], MinimumCut::kInfinite);
  }

  /// Paid when `to` goes and any of `ops` stays.
  void costIfAnyStays(Node to, const std::vector<uint32_t> &ops, int64_t cost) {
    Node any = cut.addNode();
    cut.addEdge(any, to, cost);
    for (uint32_t op : ops)
      cut.addEdge(nodes[op], any, MinimumCut::kInfinite);
  }

  void tie(const Claim &claim) {
    for (uint32_t op : claim.ops) {
      cut.addEdge(nodes[claim.ops.front()], nodes[op], MinimumCut::kInfinite);
      cut.addEdge(nodes[op], nodes[claim.ops.front()], MinimumCut::kInfinite);
    }
  }

  void addOperations() {
    for (uint32_t op = 0; op < problem.ops; ++op) {
      if (labelOf(op) == target)
        costIfStays(op, MinimumCut::kInfinite); // It is there already.
      else if (offered[op] == kUnplaced || now[op] == kUnplaced)
        costIfGoes(op, MinimumCut::kInfinite);
      else if (const Claim &claim = problem.claims[now[op]]; claim.ops.front() == op)
        costIfStays(op, claim.cost);
    }
    for (uint32_t c = 0; c < problem.claims.size(); ++c) {
      const Claim &claim = problem.claims[c];
      if (claim.target == target && claim.ops.size() && labelOf(claim.ops.front()) != target)
        costIfGoes(claim.ops.front(), claim.cost);
      bool isChosen = std::all_of(claim.ops.begin(), claim.ops.end(), [&](uint32_t op) { return now[op] == c; });
      if (claim.target == target || isChosen)
        tie(claim);
    }
  }

  /// Moves of one tensor, by where its producer is now.
  void addTensor(const Tensor &tensor) {
    uint32_t home = labelOf(tensor.producer);
    bool isFixed = home == PlacementProblem::kHost || home == target;
    bool isReadThere = false, isReadElsewhere = tensor.isOutput;
    std::vector<std::vector<uint32_t>> readers(problem.targets); // by present target
    for (uint32_t op : tensor.consumers)
      if (uint32_t label = labelOf(op); label != PlacementProblem::kHost) {
        readers[label].push_back(op);
        isReadThere |= label == target;
        isReadElsewhere |= label != home;
      }
    Node producer = isFixed ? MinimumCut::kSource : nodes[tensor.producer];
    // Into each other target: paid if a reader stays there and the producer is not there.
    for (uint32_t other = 0; other < problem.targets; ++other)
      if (other != target && !readers[other].empty())
        costIfAnyStays(other == home ? producer : MinimumCut::kSink, readers[other], tensor.move[other]);
    int64_t moveThere = tensor.move[target];
    if (home == target) { // out of the target, whatever happens to readers elsewhere
      if (!tensor.isOutput)
        costIfAnyStays(MinimumCut::kSink, elsewhere(tensor), moveThere);
      return;
    }
    if (!isReadThere) // into the target
      costIfAnyGoes(producer, tensor.consumers, moveThere);
    if (home == PlacementProblem::kHost)
      return;
    if (isReadThere)
      costIfStays(tensor.producer, moveThere);
    if (isReadElsewhere) // out of where it is now
      costIfStays(tensor.producer, tensor.move[home]);
    else
      costIfAnyGoes(producer, tensor.consumers, tensor.move[home]);
    if (tensor.isOutput) // out of the target
      costIfGoes(tensor.producer, moveThere);
    else
      costIfAnyStays(producer, elsewhere(tensor), moveThere);
  }

  std::vector<uint32_t> elsewhere(const Tensor &tensor) const {
    std::vector<uint32_t> ops;
    for (uint32_t op : tensor.consumers)
      if (labelOf(op) != target)
        ops.push_back(op);
    return ops;
  }

  const PlacementProblem &problem;
  const Assignment &now;
  uint32_t target;
  std::vector<uint32_t> offered; ///< Per operation: the target's claim on it.
  std::vector<Node> nodes;
  MinimumCut cut;
};

} // namespace

int64_t sinter::costOf(const PlacementProblem &problem, const Assignment &assignment) {
  int64_t cost = 0;
  for (uint32_t op = 0; op < problem.ops; ++op)
    if (uint32_t claim = assignment[op]; claim != kUnplaced && problem.claims[claim].ops.front() == op)
      cost += problem.claims[claim].cost;
  auto labelOf = [&](uint32_t op) {
    return op == PlacementProblem::kHost || assignment[op] == kUnplaced ? PlacementProblem::kHost
                                                                        : problem.claims[assignment[op]].target;
  };
  for (const Tensor &tensor : problem.tensors) {
    uint32_t home = labelOf(tensor.producer);
    std::vector<bool> reads(problem.targets);
    bool leaves = tensor.isOutput;
    for (uint32_t op : tensor.consumers)
      if (uint32_t label = labelOf(op); label != home) {
        leaves = true;
        if (label != PlacementProblem::kHost)
          reads[label] = true;
      }
    if (leaves && home != PlacementProblem::kHost)
      cost += tensor.move[home];
    for (uint32_t target = 0; target < problem.targets; ++target)
      if (reads[target])
        cost += tensor.move[target];
  }
  return cost;
}

Assignment sinter::assign(const PlacementProblem &problem) {
  Assignment best = FirstAssignment(problem).find();
  if (problem.targets < 2)
    return best;
  int64_t cost = costOf(problem, best);
  for (bool improves = true; improves;) {
    improves = false;
    for (uint32_t target = 0; target < problem.targets; ++target) {
      Assignment trial = Expansion(problem, best, target).solve();
      int64_t trialCost = costOf(problem, trial);
      if (trialCost < cost) {
        best = std::move(trial);
        cost = trialCost;
        improves = true;
      }
    }
  }
  return best;
}
