// What sinter-run prints.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter-run/Output.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace sinter::tool;

namespace {

/// The smallest latency that at least a share `p` of the runs did not exceed.
double percentile(std::vector<double> sorted, double p) {
  std::sort(sorted.begin(), sorted.end());
  size_t rank = size_t(std::ceil(p * double(sorted.size())));
  return sorted[rank ? rank - 1 : 0];
}

std::string deviceName(const Session &session) {
  return std::string(session.program.target) +
         (session.program.variant ? std::string("@") + session.program.variant : "");
}

} // namespace

void Profile::add(void *profile, const sinter_profile_row *row) {
  Row &own = static_cast<Profile *>(profile)->rows[{row->kernel, row->node}];
  own.nanoseconds += row->end - row->start;
  ++own.calls;
}

void Profile::print(uint32_t runs) const {
  std::vector<std::pair<std::pair<std::string, std::string>, Row>> sorted(rows.begin(), rows.end());
  std::sort(sorted.begin(), sorted.end(), [](auto &a, auto &b) {
    return std::pair(b.second.nanoseconds, a.first) < std::pair(a.second.nanoseconds, b.first);
  });
  double total = 0;
  for (auto &[key, row] : sorted)
    total += double(row.nanoseconds);
  std::printf("%10s %6s  %-28s %s\n", "us/run", "share", "kernel", "nodes");
  for (auto &[key, row] : sorted)
    std::printf("%10.1f %5.1f%%  %-28s %s\n", double(row.nanoseconds) / 1e3 / runs,
                total ? 100 * double(row.nanoseconds) / total : 0, key.first.c_str(), key.second.c_str());
}

void sinter::tool::printJson(const Figures &figures, const Session &session) {
  const auto &times = figures.latencyMs;
  std::printf(
      "{\"latency_ms\":{\"min\":%.6f,\"p50\":%.6f,\"p90\":%.6f,\"p99\":%.6f},\"load_ms\":%.6f,\"first_ms\":%.6f,"
      "\"arena_bytes\":%llu,\"device\":\"%s\"}\n",
      percentile(times, 0), percentile(times, 0.5), percentile(times, 0.9), percentile(times, 0.99), figures.loadMs,
      figures.firstMs, static_cast<unsigned long long>(session.needs.arena_bytes), deviceName(session).c_str());
}

void sinter::tool::printText(const Arguments &arguments, const Figures &figures, const Session &session,
                             const std::vector<std::pair<std::string, Array>> &results) {
  std::printf("%s on %s, %u thread%s: %.3f ms (median of %zu), load %.2f ms, arena %llu bytes\n",
              session.entryName.c_str(), deviceName(session).c_str(), arguments.threads,
              arguments.threads == 1 ? "" : "s", percentile(figures.latencyMs, 0.5), figures.latencyMs.size(),
              figures.loadMs, static_cast<unsigned long long>(session.needs.arena_bytes));
  for (const auto &[name, array] : results)
    std::printf("  %s: %s %s\n", name.c_str(), sinter_type_name(array.type), spellShape(array.shape).c_str());
}
