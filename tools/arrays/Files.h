// Reading arrays from files and writing them: .npz, .npy, .bin, ONNX .pb.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_ARRAYS_FILES_H
#define SINTER_TOOLS_ARRAYS_FILES_H

#include "tools/arrays/Array.h"

namespace sinter::tool {

/// A regular file or a pipe, to its end.
Problem readFile(const std::string &path, std::vector<uint8_t> &bytes);
/// As tools/support/OutputFile.h says.
Problem writeFile(const std::string &path, const std::vector<uint8_t> &bytes);

/// One array from .npy, .pb, or .bin (raw: type 0 and the shape left empty).
Problem readArray(const std::string &path, Array &array);
/// All arrays of a .npz by name.
Problem readArchive(const std::string &path, Arrays &arrays);

Problem parseNpy(const std::vector<uint8_t> &bytes, Array &array);
std::vector<uint8_t> formatNpy(const Array &array);
Problem parseNpz(const std::vector<uint8_t> &bytes, Arrays &arrays);
std::vector<uint8_t> formatNpz(const Arrays &arrays);
Problem parseTensorProto(const std::vector<uint8_t> &bytes, Array &array);

/// Little-endian integers in files. The caller has checked the range.
template <typename T> T readNumber(const uint8_t *bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i)
    value |= T(T(bytes[i]) << (8 * i));
  return value;
}
template <typename T> void appendNumber(std::vector<uint8_t> &bytes, T value) {
  for (size_t i = 0; i < sizeof(T); ++i)
    bytes.push_back(uint8_t(uint64_t(value) >> (8 * i)));
}

/// Elements of a shape times the element's size, or false on overflow or a negative dimension.
bool sizeOf(const std::vector<int64_t> &shape, uint64_t elementBytes, uint64_t &bytes);

} // namespace sinter::tool

#endif
