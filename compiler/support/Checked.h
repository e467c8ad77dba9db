// The only way to combine sizes that come from a file: arithmetic that remembers an overflow.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_CHECKED_H
#define SINTER_COMPILER_SUPPORT_CHECKED_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>

namespace sinter {

/// An integer that becomes invalid when an operation on it overflows, and stays so.
template <typename T> class CheckedInt {
public:
  constexpr CheckedInt(T value) : number(value) {}

  friend CheckedInt operator+(CheckedInt a, CheckedInt b) {
    CheckedInt result(0);
    result.valid = !__builtin_add_overflow(a.number, b.number, &result.number) && a.valid && b.valid;
    return result;
  }
  friend CheckedInt operator-(CheckedInt a, CheckedInt b) {
    CheckedInt result(0);
    result.valid = !__builtin_sub_overflow(a.number, b.number, &result.number) && a.valid && b.valid;
    return result;
  }
  friend CheckedInt operator*(CheckedInt a, CheckedInt b) {
    CheckedInt result(0);
    result.valid = !__builtin_mul_overflow(a.number, b.number, &result.number) && a.valid && b.valid;
    return result;
  }

  bool ok() const { return valid; }
  /// Whether the value is valid and at most `limit`.
  bool atMost(T limit) const { return valid && number <= limit; }
  /// Only meaningful if ok().
  T value() const { return number; }

private:
  T number;
  bool valid = true;
};

using CheckedU64 = CheckedInt<uint64_t>;
using CheckedI64 = CheckedInt<int64_t>;

/// The product of dimensions that are not negative; nothing if one is, or if it overflows.
inline std::optional<int64_t> checkedElementCount(llvm::ArrayRef<int64_t> shape) {
  CheckedI64 count(1);
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return std::nullopt;
    empty |= dim == 0;
    count = count * CheckedI64(dim == 0 ? 1 : dim);
  }
  if (!count.ok())
    return std::nullopt;
  return empty ? 0 : count.value();
}

} // namespace sinter

#endif
