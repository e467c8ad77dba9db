// The null target's code: what its compiler writes into a code section and its driver executes.
//
// A kernel is one record; a variant's entry offset points at it. Little-endian, 16 bytes, at multiples of 16.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NULL_NULLCODE_H
#define SINTER_TARGETS_NULL_NULLCODE_H

#include <stdint.h>

namespace sinter::null {

/// Kernel ABI number of the code sections.
constexpr uint32_t kCodeAbi = 1;

constexpr const char *kTarget = "null";
constexpr const char *kDriver = "null";

enum class Operation : uint32_t {
  Copy = 1, ///< Bindings: input, output.
  Add = 2,  ///< Bindings: left, right, output. Floats of 32 and 64 bits; integers, which wrap.
};

struct Record {
  uint32_t operation;
  uint32_t type;  ///< ElementType of package.fbs, which is sinter_type of sinter.h.
  uint64_t count; ///< Elements of each binding.
};
static_assert(sizeof(Record) == 16);

} // namespace sinter::null

#endif
