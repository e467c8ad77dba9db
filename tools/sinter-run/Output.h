// What sinter-run prints: figures as text or JSON, the profile.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_RUN_OUTPUT_H
#define SINTER_TOOLS_SINTER_RUN_OUTPUT_H

#include "tools/sinter-run/Session.h"

namespace sinter::tool {

struct Figures {
  double loadMs = 0, firstMs = 0;
  std::vector<double> latencyMs;
};

/// Time by kernel and node, added up over runs.
class Profile {
public:
  static void add(void *profile, const sinter_profile_row *row);
  void print(uint32_t runs) const;
  /// A JSON array, the most expensive first.
  std::string json(uint32_t runs) const;

private:
  using Key = std::pair<std::string, std::string>; ///< Kernel and node.
  struct Row {
    uint64_t nanoseconds = 0, calls = 0;
  };
  std::vector<std::pair<Key, Row>> sorted() const;

  std::map<Key, Row> rows;
};

/// One JSON document; `profile` is a part of it, or empty.
void printJson(const Figures &figures, const Session &session, const std::string &profile);
void printText(const Arguments &arguments, const Figures &figures, const Session &session,
               const std::vector<std::pair<std::string, Array>> &results);

} // namespace sinter::tool

#endif
