// The cost minimisation against every assignment there is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/Assignment.h"
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace sinter;

namespace {

/// Every operation in a claim whose other operations are in it too.
bool isWhole(const PlacementProblem &problem, const Assignment &assignment) {
  for (uint32_t op = 0; op < problem.ops; ++op) {
    if (assignment[op] == kUnplaced)
      return false;
    for (uint32_t other : problem.claims[assignment[op]].ops)
      if (assignment[other] != assignment[op])
        return false;
  }
  return true;
}

/// The least cost of all assignments, by trying each.
int64_t leastCost(const PlacementProblem &problem) {
  int64_t best = std::numeric_limits<int64_t>::max();
  Assignment trial(problem.ops, 0);
  auto covers = [&](uint32_t op) {
    const std::vector<uint32_t> &ops = problem.claims[trial[op]].ops;
    return std::find(ops.begin(), ops.end(), op) != ops.end();
  };
  for (;;) {
    bool valid = true;
    for (uint32_t op = 0; op < problem.ops; ++op)
      valid &= covers(op);
    if (valid && isWhole(problem, trial))
      best = std::min(best, costOf(problem, trial));
    uint32_t op = 0;
    while (op < problem.ops && ++trial[op] == problem.claims.size())
      trial[op++] = 0;
    if (op == problem.ops)
      return best;
  }
}

/// Operations in a row with shortcuts; the last target takes each of them, the others some, `fused`
/// two together.
PlacementProblem randomProblem(std::mt19937 &random, uint32_t targets, uint32_t ops, bool fused) {
  auto upTo = [&](uint32_t limit) { return static_cast<uint32_t>(random() % (limit + 1)); };
  PlacementProblem problem;
  problem.targets = targets;
  problem.ops = ops;
  for (uint32_t target = 0; target < targets; ++target)
    for (uint32_t op = 0; op < ops; ++op) {
      if (target + 1 < targets && upTo(4) == 0)
        continue;
      if (fused && target == 0 && op + 1 < ops && upTo(2) == 0) {
        problem.claims.push_back({target, {op, op + 1}, upTo(60)});
        ++op;
      } else {
        problem.claims.push_back({target, {op}, upTo(40)});
      }
    }
  auto tensor = [&](uint32_t producer) {
    PlacementProblem::Tensor result{producer, {}, upTo(5) == 0, {}};
    for (uint32_t op = producer + 1; op < ops; ++op) // kHost + 1 is 0
      if (upTo(2) == 0)
        result.consumers.push_back(op);
    for (uint32_t target = 0; target < targets; ++target)
      result.move.push_back(target + 1 < targets ? upTo(15) : 0);
    problem.tensors.push_back(std::move(result));
  };
  tensor(PlacementProblem::kHost);
  for (uint32_t op = 0; op < ops; ++op)
    tensor(op);
  return problem;
}

} // namespace

TEST(Assignment, IsOptimalForTwoTargets) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    PlacementProblem problem = randomProblem(random, 2, 4, /*fused=*/false);
    Assignment found = assign(problem);
    ASSERT_TRUE(isWhole(problem, found));
    ASSERT_EQ(costOf(problem, found), leastCost(problem)) << "round " << round;
  }
}

TEST(Assignment, KeepsFusedClaimsWhole) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    PlacementProblem problem = randomProblem(random, 2, 4, /*fused=*/true);
    Assignment found = assign(problem);
    ASSERT_TRUE(isWhole(problem, found));
    ASSERT_EQ(costOf(problem, found), leastCost(problem)) << "round " << round;
  }
}

TEST(Assignment, NoSingleMoveIsBetterForThreeTargets) {
  std::mt19937 random(3);
  int optimal = 0;
  constexpr int rounds = 100;
  for (int round = 0; round < rounds; ++round) {
    PlacementProblem problem = randomProblem(random, 3, 4, /*fused=*/false);
    Assignment found = assign(problem);
    int64_t cost = costOf(problem, found);
    for (uint32_t claim = 0; claim < problem.claims.size(); ++claim) {
      Assignment other = found;
      other[problem.claims[claim].ops.front()] = claim;
      ASSERT_LE(cost, costOf(problem, other)) << "round " << round;
    }
    optimal += cost == leastCost(problem);
  }
  EXPECT_GE(optimal, rounds * 95 / 100);
}

TEST(Assignment, PrefersTheTargetNamedFirstWhenCostsAreEqual) {
  PlacementProblem problem;
  problem.targets = 2;
  problem.ops = 2;
  problem.claims = {{0, {0}, 5}, {0, {1}, 5}, {1, {0}, 5}, {1, {1}, 5}};
  problem.tensors = {{PlacementProblem::kHost, {0}, false, {0, 0}}, {0, {1}, false, {0, 0}}, {1, {}, true, {0, 0}}};
  EXPECT_EQ(assign(problem), (Assignment{0, 1}));
}

TEST(Assignment, ATransferKeepsNeighboursTogether) {
  PlacementProblem problem;
  problem.targets = 2;
  problem.ops = 3;
  // The middle one is cheaper on the other target, by less than the way there and back.
  problem.claims = {{0, {0}, 1}, {0, {1}, 10}, {0, {2}, 1}, {1, {1}, 1}};
  problem.tensors = {{0, {1}, false, {0, 5}}, {1, {2}, false, {0, 5}}};
  EXPECT_EQ(assign(problem), (Assignment{0, 1, 2}));
  problem.tensors[1].move[1] = 3;
  EXPECT_EQ(assign(problem), (Assignment{0, 3, 2}));
}

TEST(Assignment, WhatOnlyOneClaimCoversIsSettledFirst) {
  PlacementProblem problem;
  problem.targets = 2;
  problem.ops = 3;
  // The first target would take 0 alone, but only the second's pair covers 1; nobody takes 2.
  problem.claims = {{0, {0}, 1}, {1, {0, 1}, 100}};
  EXPECT_EQ(assign(problem), (Assignment{1, 1, kUnplaced}));
}
