// A tensor with its bytes, as files hold it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_ARRAYS_ARRAY_H
#define SINTER_TOOLS_ARRAYS_ARRAY_H

#include "sinter.h"

#include <map>
#include <string>
#include <vector>

namespace sinter::tool {

/// What went wrong, in one sentence; empty: nothing.
using Problem = std::string;

/// Row-major, dense. Types narrower than a byte take a whole one in files and are packed for the loader.
struct Array {
  uint32_t type = 0; ///< sinter_type
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  int64_t elements() const;
};

using Arrays = std::map<std::string, Array>;

/// Bytes of one element in a file: at least one.
uint32_t fileBytes(uint32_t type);

/// numpy's type code for what a file holds: bfloat16, float8 and sub-byte types travel as raw unsigned integers.
std::string numpyCode(uint32_t type);
/// The type that a numpy code names, 0 if none: '<f4' is f32.
uint32_t typeOfNumpyCode(const std::string &code);

/// Whether an array of type `given` may be taken for a value of type `wanted`: the same, or its raw form.
bool isCompatible(uint32_t given, uint32_t wanted);

/// Between a byte an element and the packed form of 4- and 2-bit types. Other types pass.
std::vector<uint8_t> packed(const Array &array, uint32_t type);
std::vector<uint8_t> unpacked(const std::vector<uint8_t> &bytes, uint32_t type, int64_t elements);

/// "1x3x48x320"
std::string spellShape(const std::vector<int64_t> &shape);

} // namespace sinter::tool

#endif
