// Filling a caller's sinter_error: where the fault is, which limit was passed, and a sentence put
// together without a formatting library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_REPORT_H
#define SINTER_RUNTIME_SUPPORT_REPORT_H

#include "sinter.h"

#include <stdarg.h>
#include <type_traits>

namespace sinter::rt {

/// What stands for each % of a sentence: text (NULL is empty) or an integer. Sentences are put
/// together in many places and only when something is wrong, so a call is made for little code:
/// words in registers and one number that says what they are.
using Words = uint32_t; // two bits for each word, the first lowest
enum : Words { kText = 1, kUnsigned = 2, kSigned = 3 };

template <typename T> constexpr Words kindOf() {
  return std::is_pointer<T>::value ? kText : std::is_signed<T>::value ? kSigned : kUnsigned;
}
inline uint64_t wordOf(const char *text) { return uint64_t(reinterpret_cast<uintptr_t>(text)); }
template <typename T> std::enable_if_t<std::is_integral<T>::value, uint64_t> wordOf(T number) {
  return uint64_t(number);
}

template <typename... T> constexpr Words kindsOf() {
  static_assert(sizeof...(T) <= 16, "two bits for each");
  Words kinds = 0;
  uint32_t at = 0;
  ((kinds |= kindOf<T>() << at, at += 2), ...);
  return kinds;
}

void appendList(char *text, size_t capacity, const char *sentence, Words kinds, va_list words);
void appendWords(char *text, size_t capacity, const char *sentence, Words kinds, ...);

/// Appends a sentence to a NUL-terminated text of limited size; what does not fit is cut.
template <typename... T> void appendText(char *text, size_t capacity, const char *sentence, T... values) {
  appendWords(text, capacity, sentence, kindsOf<T...>(), wordOf(values)...);
}

/// Describes one failure. `return report.at(section, offset).fail(SINTER_E_FORMAT, "kernel % is
/// empty", i);`
class Report {
public:
  /// `error` may be NULL, or too small to be filled: then only the code is returned.
  explicit Report(sinter_error *error);

  Report &at(int32_t section, uint64_t offset);
  Report &node(const char *name);
  Report &limit(int64_t limit, int64_t value);

  template <typename... T> sinter_code fail(sinter_code code, const char *sentence, T... values) {
    return failWith(code, sentence, kindsOf<T...>(), wordOf(values)...);
  }
  sinter_code failList(sinter_code code, const char *sentence, Words kinds, va_list words);

  /// For handing on to a driver: never NULL, of full size.
  sinter_error *raw() { return error; }

private:
  sinter_code failWith(sinter_code code, const char *sentence, Words kinds, ...);

  sinter_error *error;
  sinter_error unused;
};

} // namespace sinter::rt

#endif
