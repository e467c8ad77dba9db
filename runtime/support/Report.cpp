// See Report.h. Also the names of codes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/Report.h"

#include <string.h>

using namespace sinter::rt;

static size_t appendNumber(char *out, size_t room, uint64_t number, bool isSigned) {
  char digits[21];
  size_t count = 0;
  bool isNegative = isSigned && int64_t(number) < 0;
  uint64_t rest = isNegative ? 0 - number : number;
  do {
    digits[count++] = char('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (isNegative)
    digits[count++] = '-';
  size_t used = 0;
  while (count && used < room)
    out[used++] = digits[--count];
  return used;
}

void sinter::rt::appendList(char *text, size_t capacity, const char *sentence, Words kinds, va_list words) {
  size_t used = 0;
  while (used + 1 < capacity && text[used])
    ++used;
  for (; *sentence && used + 1 < capacity; ++sentence) {
    Words kind = kinds & 3;
    if (*sentence != '%' || !kind) {
      text[used++] = *sentence;
      continue;
    }
    uint64_t word = va_arg(words, uint64_t);
    kinds >>= 2;
    if (kind != kText) {
      used += appendNumber(text + used, capacity - 1 - used, word, kind == kSigned);
      continue;
    }
    for (const char *c = reinterpret_cast<const char *>(uintptr_t(word)); c && *c && used + 1 < capacity; ++c)
      text[used++] = *c;
  }
  text[used] = 0;
}

void sinter::rt::appendWords(char *text, size_t capacity, const char *sentence, Words kinds, ...) {
  va_list words;
  va_start(words, kinds);
  appendList(text, capacity, sentence, kinds, words);
  va_end(words);
}

Report::Report(sinter_error *given) : error(given) {
  if (!given || given->size < sizeof(sinter_error)) {
    unused.size = sizeof(unused);
    error = &unused;
  }
  size_t size = error->size;
  memset(error, 0, sizeof(sinter_error));
  error->size = size;
  error->section = -1;
}

Report &Report::at(int32_t section, uint64_t offset) {
  error->section = section;
  error->offset = offset;
  return *this;
}

Report &Report::node(const char *name) {
  error->node = name && *name ? name : nullptr;
  return *this;
}

Report &Report::limit(int64_t limit, int64_t value) {
  error->limit = limit;
  error->value = value;
  return *this;
}

sinter_code Report::failList(sinter_code code, const char *sentence, Words kinds, va_list words) {
  error->code = code;
  error->text[0] = 0;
  appendList(error->text, sizeof(error->text), sentence, kinds, words);
  return code;
}

sinter_code Report::failWith(sinter_code code, const char *sentence, Words kinds, ...) {
  va_list words;
  va_start(words, kinds);
  failList(code, sentence, kinds, words);
  va_end(words);
  return code;
}

const char *sinter_code_name(int32_t code) {
  static const char *const names[] = {"ok",       "argument",  "source",      "format",     "version",   "corrupt",
                                      "limit",    "memory",    "unsupported", "not found",  "no device", "unbound",
                                      "buffer",   "alignment", "bound",       "arithmetic", "loop",      "state",
                                      "deadline", "cancelled", "device"};
  return code >= 0 && size_t(code) < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
}

uint32_t sinter_abi_version(void) { return SINTER_ABI_VERSION; }
