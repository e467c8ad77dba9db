// Who runs what, at the least cost: arithmetic on costs, without MLIR.
//
// Memory is a star: a tensor lies where its producer ran, is brought to the host's memory once if
// anyone else reads it, and from there once to each other target that does. The sum of the claims'
// costs and of these moves is made small by expansion moves (Boykov, Veksler, Zabih): for one
// target after the other, the best set of operations to hand to it is a minimum cut, until no
// target's set makes the sum smaller. With two targets the first move is the optimum. Costs are
// whole numbers and ties keep what the earlier target has, so the result depends on nothing else.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_PLACE_ASSIGNMENT_H
#define SINTER_PASSES_PLACE_ASSIGNMENT_H

#include <cstdint>
#include <vector>

namespace sinter {

/// Targets and operations are numbers; targets in order of preference.
struct PlacementProblem {
  static constexpr uint32_t kHost = ~0u;

  /// Operations that a target takes together or not at all.
  struct Claim {
    uint32_t target;
    std::vector<uint32_t> ops;
    int64_t cost; ///< Picoseconds.
  };
  struct Tensor {
    uint32_t producer;               ///< An operation, or kHost: an entry point's input.
    std::vector<uint32_t> consumers; ///< Operations, each once.
    bool isOutput;                   ///< The host reads it too.
    std::vector<int64_t> move;       ///< Per target: between its memory and the host's, picoseconds.
  };

  uint32_t targets = 0;
  uint32_t ops = 0;
  std::vector<Claim> claims; ///< An operation is in at most one claim of a target.
  std::vector<Tensor> tensors;
};

/// For each operation the number of the claim that it runs in, or kUnplaced.
using Assignment = std::vector<uint32_t>;
constexpr uint32_t kUnplaced = ~0u;

/// Operations that no claim can cover stay unplaced; the others are placed so that all is cheap.
Assignment assign(const PlacementProblem &problem);

/// What an assignment takes, moves included.
int64_t costOf(const PlacementProblem &problem, const Assignment &assignment);

} // namespace sinter

#endif
