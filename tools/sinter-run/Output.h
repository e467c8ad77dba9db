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

private:
  struct Row {
    uint64_t nanoseconds = 0, calls = 0;
  };
  std::map<std::pair<std::string, std::string>, Row> rows;
};

void printJson(const Figures &figures, const Session &session);
void printText(const Arguments &arguments, const Figures &figures, const Session &session,
               const std::vector<std::pair<std::string, Array>> &results);

} // namespace sinter::tool

#endif
