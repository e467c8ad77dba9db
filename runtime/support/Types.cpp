// Names and widths of the element types of sinter.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "sinter.h"

namespace {
struct TypeFacts {
  char name[11];
  uint8_t bits;
};
} // namespace

static const TypeFacts facts[] = {{"none", 0},   {"f32", 32},       {"f64", 64},   {"f16", 16},     {"bf16", 16},
                                  {"i8", 8},     {"u8", 8},         {"i16", 16},   {"u16", 16},     {"i32", 32},
                                  {"u32", 32},   {"i64", 64},       {"u64", 64},   {"bool", 8},     {"i4", 4},
                                  {"u4", 4},     {"i2", 2},         {"u2", 2},     {"f8e4m3fn", 8}, {"f8e4m3fnuz", 8},
                                  {"f8e5m2", 8}, {"f8e5m2fnuz", 8}, {"f8e8m0", 8}, {"f4e2m1", 4},   {"string", 0}};

static const TypeFacts &factsOf(uint32_t type) { return facts[type < sizeof(facts) / sizeof(facts[0]) ? type : 0]; }

const char *sinter_type_name(uint32_t type) { return factsOf(type).name; }

uint32_t sinter_type_bits(uint32_t type) { return factsOf(type).bits; }
