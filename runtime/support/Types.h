// Sizes of element types and of tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_TYPES_H
#define SINTER_RUNTIME_SUPPORT_TYPES_H

#include "support/Checked.h"

namespace sinter::rt {

/// Bytes of `elements` elements of so many bits, packed, rounded up.
inline Checked packedBytes(Checked elements, uint32_t bits) {
  Checked total = elements * bits + 7;
  return total.ok() ? Checked(total.value() / 8) : total;
}

} // namespace sinter::rt

#endif
