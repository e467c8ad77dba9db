// What compiler and driver of the Hexagon target have in common.
//
// A code section is a flat image, as the CPU target's: bytes that run wherever they lie, and for each kernel the offset
// of its entry point,
//
//     void kernel(void *const *bindings, const int64_t *scalars, uint64_t first, uint64_t count, void *scratch)
//
// in Hexagon's C calling convention. Bindings and scratch are aligned to a vector.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_HEXAGONCODE_H
#define SINTER_TARGETS_NPU_HEXAGON_HEXAGONCODE_H

#include <stdint.h>

namespace sinter::hexagon {

constexpr const char *kTarget = "npu:hexagon";
constexpr const char *kDriver = "hexagon";
constexpr const char *kDeviceMemory = "device";
constexpr const char *kFeature = "hvx-v68"; ///< What the one variant needs.
constexpr uint32_t kCodeAbi = 1;
constexpr uint32_t kVectorBytes = 128;

} // namespace sinter::hexagon

#endif
