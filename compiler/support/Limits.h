// Limits on what the compiler accepts. A model beyond one of them is refused with the limit and the
// value, before memory is spent on it. They are far above any model known today and far below what
// would exhaust a machine or wrap 64-bit sizes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_SUPPORT_LIMITS_H
#define SINTER_COMPILER_SUPPORT_LIMITS_H

#include <cstdint>

namespace sinter::limits {

/// Protobuf cannot parse more. Larger models keep their weights in external data files.
inline constexpr uint64_t modelBytes = (uint64_t(1) << 31) - 1;

/// Nesting of protobuf messages. A graph inside an If takes three levels; protobuf itself stops at
/// 100.
inline constexpr unsigned messageDepth = 64;

/// Occurrences in one file, all graphs together.
inline constexpr uint64_t nodes = 1 << 20;
inline constexpr uint64_t attributes = 1 << 22;
inline constexpr uint64_t tensors = 1 << 20;
inline constexpr uint64_t valueInfos = 1 << 21;
inline constexpr uint64_t strings = 1 << 24;

/// What protobuf may allocate for a file: the size of the file times `parsedRatio`, plus
/// `parsedBase`.
inline constexpr uint64_t parsedRatio = 12;
inline constexpr uint64_t parsedBase = uint64_t(64) << 20;

/// Nodes after functions are inlined and loops unrolled, and the depth of functions calling
/// functions.
inline constexpr uint64_t importedNodes = 1 << 20;
inline constexpr unsigned callDepth = 32;

/// Tensors. The bounds on a dimension and on an attribute keep every product in shape inference
/// within 63 bits.
inline constexpr int64_t tensorRank = 16;
inline constexpr int64_t dimension = (int64_t(1) << 31) - 1;
inline constexpr int64_t tensorElements = int64_t(1) << 38;
inline constexpr int64_t windowAttribute = int64_t(1) << 28;

/// Nesting of arrays and objects in a device file.
inline constexpr unsigned jsonDepth = 32;

/// Largest constant that the importer evaluates itself; larger ones are left to the simplify stage.
inline constexpr int64_t foldedElements = 1 << 16;

} // namespace sinter::limits

#endif
