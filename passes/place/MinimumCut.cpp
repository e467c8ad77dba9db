// Minimum cuts by Dinic's algorithm.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/MinimumCut.h"
#include <algorithm>

using namespace sinter;

static constexpr uint32_t kUnreached = ~0u;

MinimumCut::Node MinimumCut::addNode() {
  outgoing.emplace_back();
  return static_cast<Node>(outgoing.size() - 1);
}

void MinimumCut::addEdge(Node from, Node to, int64_t capacity) {
  if (capacity <= 0 || from == to)
    return;
  outgoing[from].push_back(static_cast<uint32_t>(edges.size()));
  edges.push_back({to, capacity});
  outgoing[to].push_back(static_cast<uint32_t>(edges.size()));
  edges.push_back({from, 0});
}

bool MinimumCut::findLevels() {
  level.assign(outgoing.size(), kUnreached);
  level[kSource] = 0;
  std::vector<Node> queue{kSource};
  for (size_t i = 0; i < queue.size(); ++i)
    for (uint32_t edge : outgoing[queue[i]])
      if (Node to = edges[edge].to; edges[edge].left > 0 && level[to] == kUnreached) {
        level[to] = level[queue[i]] + 1;
        queue.push_back(to);
      }
  return level[kSink] != kUnreached;
}

bool MinimumCut::augment() {
  std::vector<uint32_t> path;
  Node node = kSource;
  while (node != kSink) {
    uint32_t &position = next[node];
    while (position < outgoing[node].size()) {
      const Edge &edge = edges[outgoing[node][position]];
      if (edge.left > 0 && level[edge.to] == level[node] + 1)
        break;
      ++position;
    }
    if (position < outgoing[node].size()) {
      path.push_back(outgoing[node][position]);
      node = edges[path.back()].to;
      continue;
    }
    if (path.empty())
      return false;
    // A dead end: back, and past the edge that led here.
    node = edges[path.back() ^ 1].to;
    path.pop_back();
    ++next[node];
  }
  int64_t flow = kInfinite;
  for (uint32_t edge : path)
    flow = std::min(flow, edges[edge].left);
  for (uint32_t edge : path) {
    edges[edge].left -= flow;
    edges[edge ^ 1].left += flow;
  }
  return true;
}

void MinimumCut::markSinkSide() {
  reachesSink.assign(outgoing.size(), false);
  reachesSink[kSink] = true;
  std::vector<Node> queue{kSink};
  for (size_t i = 0; i < queue.size(); ++i)
    for (uint32_t edge : outgoing[queue[i]])
      if (Node from = edges[edge].to; edges[edge ^ 1].left > 0 && !reachesSink[from]) {
        reachesSink[from] = true;
        queue.push_back(from);
      }
}

void MinimumCut::solve() {
  while (findLevels()) {
    next.assign(outgoing.size(), 0);
    while (augment()) {
    }
  }
  markSinkSide();
}
