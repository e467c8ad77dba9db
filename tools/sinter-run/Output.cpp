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

std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof(escaped), "\\u%04x", c);
      result += escaped;
    } else {
      if (c == '"' || c == '\\')
        result += '\\';
      result += c;
    }
  return result + '"';
}

} // namespace

void Profile::add(void *profile, const sinter_profile_row *row) {
  Row &own = static_cast<Profile *>(profile)->rows[{row->kernel, row->node}];
  own.nanoseconds += row->end - row->start;
  ++own.calls;
}

std::vector<std::pair<Profile::Key, Profile::Row>> Profile::sorted() const {
  std::vector<std::pair<Key, Row>> list(rows.begin(), rows.end());
  std::sort(list.begin(), list.end(), [](auto &a, auto &b) {
    return std::pair(b.second.nanoseconds, a.first) < std::pair(a.second.nanoseconds, b.first);
  });
  return list;
}

void Profile::print(uint32_t runs) const {
  double total = 0;
  for (auto &[key, row] : rows)
    total += double(row.nanoseconds);
  std::printf("%10s %6s  %-28s %s\n", "us/run", "share", "kernel", "nodes");
  for (auto &[key, row] : sorted())
    std::printf("%10.1f %5.1f%%  %-28s %s\n", double(row.nanoseconds) / 1e3 / runs,
                total ? 100 * double(row.nanoseconds) / total : 0, key.first.c_str(), key.second.c_str());
}

std::string Profile::json(uint32_t runs) const {
  std::string text;
  for (auto &[key, row] : sorted()) {
    char number[32];
    std::snprintf(number, sizeof(number), "%.3f", double(row.nanoseconds) / 1e3 / runs);
    text += std::string(text.empty() ? "[" : ",") + "{\"kernel\":" + quoted(key.first) +
            ",\"nodes\":" + quoted(key.second) + ",\"us_per_run\":" + number + "}";
  }
  return (text.empty() ? "[" : text) + "]";
}

void sinter::tool::printJson(const Figures &figures, const Session &session, const std::string &profile) {
  const auto &times = figures.latencyMs;
  std::printf(
      "{\"latency_ms\":{\"min\":%.6f,\"p50\":%.6f,\"p90\":%.6f,\"p99\":%.6f},\"load_ms\":%.6f,\"first_ms\":%.6f,"
      "\"arena_bytes\":%llu,\"device\":%s%s%s}\n",
      percentile(times, 0), percentile(times, 0.5), percentile(times, 0.9), percentile(times, 0.99), figures.loadMs,
      figures.firstMs, static_cast<unsigned long long>(session.needs.arena_bytes), quoted(deviceName(session)).c_str(),
      profile.empty() ? "" : ",\"profile\":", profile.c_str());
}

void sinter::tool::printText(const Arguments &arguments, const Figures &figures, const Session &session,
                             const std::vector<std::pair<std::string, Array>> &results) {
  double median = percentile(figures.latencyMs, 0.5);
  std::printf("%s on %s, %u thread%s: %.*f ms (median of %zu), load %.2f ms, arena %llu bytes\n",
              session.entryName.c_str(), deviceName(session).c_str(), arguments.threads,
              arguments.threads == 1 ? "" : "s", median < 0.1 ? 6 : 3, median, figures.latencyMs.size(), figures.loadMs,
              static_cast<unsigned long long>(session.needs.arena_bytes));
  for (const auto &[name, array] : results)
    std::printf("  %s: %s %s\n", name.c_str(), sinter_type_name(array.type), spellShape(array.shape).c_str());
}
