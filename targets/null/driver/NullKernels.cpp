// See NullKernels.h. Memory is read and written bytewise, so bindings need no alignment.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NullKernels.h"

#include <sinter.h>

#include <string.h>

using namespace sinter::null;

static bool canAdd(uint32_t type) {
  return type == SINTER_F32 || type == SINTER_F64 || (type >= SINTER_I8 && type <= SINTER_U64);
}

uint32_t sinter::null::bindingsOf(const Record &record) {
  if (record.operation == uint32_t(Operation::Copy))
    return bytesOf(record) ? 2 : 0;
  if (record.operation == uint32_t(Operation::Add))
    return bytesOf(record) && canAdd(record.type) ? 3 : 0;
  return 0;
}

uint64_t sinter::null::bytesOf(const Record &record) {
  uint64_t bits;
  if (__builtin_mul_overflow(record.count, uint64_t(sinter_type_bits(record.type)), &bits) || bits > UINT64_MAX - 7)
    return 0;
  return (bits + 7) / 8;
}

template <typename T> static void add(const Record &record, void *const *bindings) {
  const char *left = static_cast<const char *>(bindings[0]);
  const char *right = static_cast<const char *>(bindings[1]);
  char *result = static_cast<char *>(bindings[2]);
  for (size_t at = 0; at < size_t(record.count) * sizeof(T); at += sizeof(T)) {
    T a, b;
    memcpy(&a, left + at, sizeof(T));
    memcpy(&b, right + at, sizeof(T));
    a = T(a + b);
    memcpy(result + at, &a, sizeof(T));
  }
}

void sinter::null::execute(const Record &record, void *const *bindings) {
  if (record.operation == uint32_t(Operation::Copy)) {
    memmove(bindings[1], bindings[0], size_t(bytesOf(record)));
    return;
  }
  switch (record.type) {
  case SINTER_F32: return add<float>(record, bindings);
  case SINTER_F64: return add<double>(record, bindings);
  // Unsigned addition wraps, and has the bits of the signed one.
  case SINTER_I8:
  case SINTER_U8: return add<uint8_t>(record, bindings);
  case SINTER_I16:
  case SINTER_U16: return add<uint16_t>(record, bindings);
  case SINTER_I32:
  case SINTER_U32: return add<uint32_t>(record, bindings);
  default: return add<uint64_t>(record, bindings);
  }
}
