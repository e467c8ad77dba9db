// The code section that Kernels.cpp became.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_HEXAGON_CODE_H
#define SINTER_TEST_HEXAGON_CODE_H

#include "targets/npu/hexagon/HexagonCode.h"

#include <fstream>
#include <iterator>
#include <vector>

namespace sinter::hexagon {

enum : uint64_t { kCopyEntry = 0, kAddEntry = 256, kHangEntry = 512, kCrashEntry = 768 };

inline std::vector<uint8_t> readCode() {
  std::ifstream file(SINTER_HEXAGON_TEST_CODE, std::ios::binary);
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

} // namespace sinter::hexagon

#endif
