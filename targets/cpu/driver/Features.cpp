// Detection by CPUID on x86-64, by the kernel's auxiliary vector on Arm and RISC-V.
//
// A vector extension counts only if the operating system saves its registers (XCR0). Processors of
// a hybrid machine are assumed to be alike, as operating systems present them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/Features.h"

#include "support/Report.h"

#include <stdint.h>
#include <string.h>

using namespace sinter::cpu;
using sinter::rt::appendText;

namespace {
/// One feature: a bit of a word that detect() fills.
struct Feature {
  char name[16];
  uint8_t word;
  uint8_t bit;
  uint8_t state; // index into the required register states
};
} // namespace

#if defined(__x86_64__)

#include <cpuid.h>

enum Word : uint8_t { Leaf1C, Leaf7B, Leaf7C, Leaf7D, Leaf7Sub1A, LeafExtendedC, WordCount };
enum State : uint8_t { Always, Avx, Avx512, Amx, StateCount };

static const Feature known[] = {{"sse3", Leaf1C, 0, Always},
                                {"ssse3", Leaf1C, 9, Always},
                                {"fma", Leaf1C, 12, Avx},
                                {"cx16", Leaf1C, 13, Always},
                                {"sse4_1", Leaf1C, 19, Always},
                                {"sse4_2", Leaf1C, 20, Always},
                                {"movbe", Leaf1C, 22, Always},
                                {"popcnt", Leaf1C, 23, Always},
                                {"avx", Leaf1C, 28, Avx},
                                {"f16c", Leaf1C, 29, Avx},
                                {"bmi", Leaf7B, 3, Always},
                                {"avx2", Leaf7B, 5, Avx},
                                {"bmi2", Leaf7B, 8, Always},
                                {"avx512f", Leaf7B, 16, Avx512},
                                {"avx512dq", Leaf7B, 17, Avx512},
                                {"avx512ifma", Leaf7B, 21, Avx512},
                                {"avx512cd", Leaf7B, 28, Avx512},
                                {"avx512bw", Leaf7B, 30, Avx512},
                                {"avx512vl", Leaf7B, 31, Avx512},
                                {"avx512vbmi", Leaf7C, 1, Avx512},
                                {"avx512vbmi2", Leaf7C, 6, Avx512},
                                {"avx512vnni", Leaf7C, 11, Avx512},
                                {"avx512bitalg", Leaf7C, 12, Avx512},
                                {"avx512fp16", Leaf7D, 23, Avx512},
                                {"amx_bf16", Leaf7D, 22, Amx},
                                {"amx_tile", Leaf7D, 24, Amx},
                                {"amx_int8", Leaf7D, 25, Amx},
                                {"avx_vnni", Leaf7Sub1A, 4, Avx},
                                {"avx512bf16", Leaf7Sub1A, 5, Avx512},
                                {"lzcnt", LeafExtendedC, 5, Always},
                                {"lahf_lm", LeafExtendedC, 0, Always}};

static uint64_t enabledStates() {
  unsigned a, b, c, d;
  constexpr unsigned osxsave = 1u << 27;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave))
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

static bool stateEnabled(uint8_t state) {
  static const uint64_t needed[StateCount] = {0, 0x6, 0xe6, 0x60000};
  return (enabledStates() & needed[state]) == needed[state];
}

static uint32_t detect(uint8_t word) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  switch (word) {
  case Leaf1C: return __get_cpuid(1, &a, &b, &c, &d) ? c : 0;
  case LeafExtendedC: return __get_cpuid(0x80000001, &a, &b, &c, &d) ? c : 0;
  case Leaf7Sub1A: return __get_cpuid_count(7, 1, &a, &b, &c, &d) ? a : 0;
  }
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return 0;
  return word == Leaf7B ? b : word == Leaf7C ? c : d;
}

const char *sinter::cpu::hostTarget() { return "cpu:x86-64"; }

static void describeName(char *name, size_t capacity) {
  unsigned words[13] = {};
  for (unsigned i = 0; i < 3; ++i) {
    unsigned *part = words + 4 * i;
    if (!__get_cpuid(0x80000002 + i, part, part + 1, part + 2, part + 3))
      return appendText(name, capacity, "x86-64");
  }
  appendText(name, capacity, "%", reinterpret_cast<const char *>(words));
}

#elif defined(__aarch64__)

#include <sys/auxv.h>

static const Feature known[] = {{"asimd", 0, 1, 0}, {"fphp", 0, 9, 0}, {"asimdhp", 0, 10, 0}, {"asimddp", 0, 20, 0},
                                {"sve", 0, 22, 0},  {"sve2", 1, 1, 0}, {"i8mm", 1, 13, 0},    {"bf16", 1, 14, 0}};

static bool stateEnabled(uint8_t) { return true; }
static uint32_t detect(uint8_t word) { return uint32_t(getauxval(word ? AT_HWCAP2 : AT_HWCAP)); }
const char *sinter::cpu::hostTarget() { return "cpu:aarch64"; }
static void describeName(char *name, size_t capacity) { appendText(name, capacity, "aarch64"); }

#elif defined(__riscv) && __riscv_xlen == 64

#include <sys/auxv.h>

// The letters of the ISA string, one bit each; word 1 says whether all of GC (imafdc) are there.
static const Feature known[] = {{"rv64gc", 1, 0, 0}, {"v", 0, 'v' - 'a', 0}};

static bool stateEnabled(uint8_t) { return true; }
static uint32_t detect(uint8_t word) {
  uint32_t letters = uint32_t(getauxval(AT_HWCAP));
  uint32_t gc = 1u << ('i' - 'a') | 1u << ('m' - 'a') | 1u << ('a' - 'a') | 1u << ('f' - 'a') | 1u << ('d' - 'a') |
                1u << ('c' - 'a');
  return word ? (letters & gc) == gc : letters;
}
const char *sinter::cpu::hostTarget() { return "cpu:riscv64"; }
static void describeName(char *name, size_t capacity) { appendText(name, capacity, "riscv64"); }

#else
#error "the CPU driver knows x86-64, aarch64 and riscv64"
#endif

static bool isProvided(const Feature &feature) {
  return (detect(feature.word) >> feature.bit & 1) && stateEnabled(feature.state);
}

bool sinter::cpu::hasFeature(const char *name) {
  for (const Feature &feature : known)
    if (!strcmp(feature.name, name))
      return isProvided(feature);
  return false;
}

void sinter::cpu::describeProcessor(char *name, size_t nameCapacity, char *features, size_t featuresCapacity) {
  name[0] = features[0] = 0;
  describeName(name, nameCapacity);
  for (const Feature &feature : known)
    if (isProvided(feature))
      appendText(features, featuresCapacity, "%%", features[0] ? "," : "", feature.name);
}
