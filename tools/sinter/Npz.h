// NumPy's files: .npz archives of .npy arrays, as numpy.savez writes them (stored, not compressed).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_NPZ_H
#define SINTER_TOOLS_SINTER_NPZ_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace sinter {

struct NpyArray {
  std::string name;  ///< Of the member, without ".npy".
  std::string dtype; ///< "<f4"
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes; ///< Row-major, little-endian.
};

/// All arrays of an archive. What is wrong goes to `error`, and nothing is returned.
std::vector<NpyArray> readNpz(llvm::StringRef bytes, std::string &error);

/// An archive with the arrays in order; no time is recorded.
std::vector<char> writeNpz(llvm::ArrayRef<NpyArray> arrays);

/// Bytes that an element of a dtype takes; 0 for a dtype that is not plain little-endian numbers.
unsigned dtypeBytes(llvm::StringRef dtype);

} // namespace sinter

#endif
