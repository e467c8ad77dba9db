// Minimum cuts of directed graphs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_PASSES_PLACE_MINIMUMCUT_H
#define SINTER_PASSES_PLACE_MINIMUMCUT_H

#include <cstdint>
#include <vector>

namespace sinter {

/// Divides nodes between a source and a sink so that the capacities of edges from the source's side
/// to the sink's are least in sum. Of several such cuts it finds the one with the largest source
/// side, which no order of edges changes.
class MinimumCut {
public:
  using Node = uint32_t;
  static constexpr Node kSource = 0, kSink = 1;
  /// Never cut.
  static constexpr int64_t kInfinite = int64_t(1) << 60;

  Node addNode();
  void addEdge(Node from, Node to, int64_t capacity);
  void solve();
  /// After solve().
  bool isSourceSide(Node node) const { return !reachesSink[node]; }

private:
  struct Edge {
    Node to;
    int64_t left; ///< Residual capacity. Edge i ^ 1 is its reverse.
  };
  /// Distances from the source over edges with capacity left; false if the sink is not reached.
  bool findLevels();
  /// Sends one path's worth of flow along rising levels; false if there is no path.
  bool augment();
  void markSinkSide();

  std::vector<Edge> edges;
  std::vector<std::vector<uint32_t>> outgoing{2};
  std::vector<uint32_t> level, next;
  std::vector<bool> reachesSink;
};

} // namespace sinter

#endif
