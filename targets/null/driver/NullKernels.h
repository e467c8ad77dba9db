// The null target's two operations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NULL_DRIVER_NULLKERNELS_H
#define SINTER_TARGETS_NULL_DRIVER_NULLKERNELS_H

#include "../NullCode.h"

namespace sinter::null {

/// How many bindings an operation takes; 0 if it is unknown or cannot work on the type.
uint32_t bindingsOf(const Record &record);

/// Bytes of each binding; 0 if the type is unknown or the size overflows.
uint64_t bytesOf(const Record &record);

/// Executes a record for which the functions above gave no 0.
void execute(const Record &record, void *const *bindings);

} // namespace sinter::null

#endif
