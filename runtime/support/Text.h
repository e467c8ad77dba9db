// The few functions on NUL-terminated strings that the loader needs; a freestanding build has only mem*.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_TEXT_H
#define SINTER_RUNTIME_SUPPORT_TEXT_H

#include <stddef.h>

namespace sinter::rt {

inline size_t textLength(const char *text) {
  size_t length = 0;
  while (text[length])
    ++length;
  return length;
}

inline bool sameText(const char *a, const char *b) {
  while (*a && *a == *b)
    ++a, ++b;
  return *a == *b;
}

/// The last place of `wanted` in the text, or NULL.
inline const char *findLast(const char *text, char wanted) {
  const char *found = nullptr;
  for (; *text; ++text)
    if (*text == wanted)
      found = text;
  return found;
}

} // namespace sinter::rt

#endif
