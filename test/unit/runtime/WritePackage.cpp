// Writes the package y = (a + b) + {100, 200, 300, 400} for the null target to a file, for tests of programs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/TestPackage.h"

#include <stdio.h>

int main(int argc, char **argv) {
  sinter::test::Bytes bytes = sinter::test::makeSum().build();
  FILE *file = argc == 2 ? fopen(argv[1], "wb") : nullptr;
  bool written = file && fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return file && !fclose(file) && written ? 0 : 1;
}
