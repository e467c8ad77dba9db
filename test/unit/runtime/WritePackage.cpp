// Writes a package for the null target to a file, for tests of programs and as a seed of fuzzers:
//
//     WriteTestPackage FILE [sum|accumulator|loop|dynamic|read]
//
// The sum, which is the default, is y = (a + b) + {100, 200, 300, 400}.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/TestPackage.h"

#include <optional>
#include <stdio.h>
#include <string>

using namespace sinter;
using namespace sinter::test;

/// The sum, with a host read of its first input.
static TestPackage makeRead() {
  TestPackage made = makeSum();
  programOf(made).scalars = 1;
  fb::LoadT load;
  load.source = std::make_unique<fb::Binding>(bindingOf(fb::BindingClass_input, 0, 4));
  load.width = 4;
  load.min = INT64_MIN;
  load.max = INT64_MAX;
  auto &commands = procedureOf(made).commands;
  commands.insert(commands.begin(), makeCommand(std::move(load)));
  return made;
}

static std::optional<TestPackage> make(const std::string &kind) {
  if (kind == "sum")
    return makeSum();
  if (kind == "accumulator")
    return makeAccumulator(true);
  if (kind == "loop")
    return makeLoop(3, 10);
  if (kind == "dynamic")
    return makeDynamic();
  if (kind == "read")
    return makeRead();
  return std::nullopt;
}

int main(int argc, char **argv) {
  std::optional<TestPackage> package = argc == 2 || argc == 3 ? make(argc == 3 ? argv[2] : "sum") : std::nullopt;
  if (!package)
    return 2;
  Bytes bytes = package->build();
  FILE *file = fopen(argv[1], "wb");
  bool written = file && fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return file && !fclose(file) && written ? 0 : 1;
}
