// sinter-run's command line.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_RUN_ARGUMENTS_H
#define SINTER_TOOLS_SINTER_RUN_ARGUMENTS_H

#include "tools/arrays/Array.h"

namespace sinter::tool {

struct Arguments {
  std::string package;
  std::vector<std::string> inputs; ///< FILE.npz or NAME=FILE
  std::string outputs;
  std::string entry;
  std::string device;
  std::vector<std::string> drivers;
  uint32_t threads = 1;
  uint32_t repeat = 1;
  uint32_t warmup = 0;
  uint64_t seed = 0;
  bool steps = false;
  bool profile = false;
  bool json = false;
  bool help = false;
  bool version = false;
};

/// Reads the command line; the problem says what is wrong with it.
Problem parseArguments(int argc, char **argv, Arguments &arguments);

extern const char *const helpText;

} // namespace sinter::tool

#endif
