// The only way to combine sizes in the loader: 64-bit arithmetic that remembers an overflow, and range tests that
// cannot wrap.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_CHECKED_H
#define SINTER_RUNTIME_SUPPORT_CHECKED_H

#include <stddef.h>
#include <stdint.h>

namespace sinter::rt {

/// An unsigned 64-bit value that becomes invalid when an operation on it overflows, and stays so.
class Checked {
public:
  constexpr Checked(uint64_t value) : number(value) {}

  Checked operator+(Checked other) const {
    Checked result(0);
    result.valid = !__builtin_add_overflow(number, other.number, &result.number) && valid && other.valid;
    return result;
  }

  Checked operator*(Checked other) const {
    Checked result(0);
    result.valid = !__builtin_mul_overflow(number, other.number, &result.number) && valid && other.valid;
    return result;
  }

  /// The next multiple of `alignment`, a power of two.
  Checked alignedTo(uint64_t alignment) const {
    Checked result = *this + (alignment - 1);
    result.number &= ~(alignment - 1);
    return result;
  }

  bool ok() const { return valid; }

  /// Whether the value is valid and at most `limit`.
  bool atMost(uint64_t limit) const { return valid && number <= limit; }

  /// Only meaningful if ok().
  uint64_t value() const { return number; }

private:
  uint64_t number;
  bool valid = true;
};

/// Whether [offset, offset + length) lies in [0, size).
inline bool inRange(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}

inline bool isPowerOfTwo(uint64_t value) { return value && !(value & (value - 1)); }

/// Whether this machine can address so many bytes.
inline bool isAddressable(uint64_t bytes) { return bytes <= SIZE_MAX / 2; }

inline bool isAligned(const void *pointer, uint64_t alignment) {
  return !(reinterpret_cast<uintptr_t>(pointer) & (alignment - 1));
}

} // namespace sinter::rt

#endif
