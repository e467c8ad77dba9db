// Filling a caller's sinter_error: where the fault is, which limit was passed, and a sentence put together without a
// formatting library.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_REPORT_H
#define SINTER_RUNTIME_SUPPORT_REPORT_H

#include "sinter.h"

#include <initializer_list>
#include <type_traits>

namespace sinter::rt {

/// A part of a sentence: a string (NULL is empty) or an integer. Sentences are put together in many places and only when
/// something is wrong, so a piece is made for little code: two words, of which a string sets one.
struct Piece {
  static const char isUnsigned[1], isSigned[1]; ///< Their addresses mark numbers.

  Piece(const char *string) : string(string) {}
  template <typename T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
  Piece(T value) : string(std::is_signed<T>::value ? isSigned : isUnsigned), number(uint64_t(value)) {}

  const char *string;
  uint64_t number;
};

/// Appends pieces to a NUL-terminated text of limited size; what does not fit is cut.
void appendText(char *text, size_t capacity, std::initializer_list<Piece> pieces);

/// Describes one failure. `return report.at(section, offset).fail(SINTER_E_FORMAT, {"..."});`
class Report {
public:
  /// `error` may be NULL, or too small to be filled: then only the code is returned.
  explicit Report(sinter_error *error);

  Report &at(int32_t section, uint64_t offset);
  Report &node(const char *name);
  Report &limit(int64_t limit, int64_t value);
  sinter_code fail(sinter_code code, std::initializer_list<Piece> pieces);

  /// For handing on to a driver: never NULL, of full size.
  sinter_error *raw() { return error; }

private:
  sinter_error *error;
  sinter_error unused;
};

} // namespace sinter::rt

#endif
