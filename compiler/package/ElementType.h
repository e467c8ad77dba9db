// Element types as packages number them (runtime/format/package.fbs).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PACKAGE_ELEMENTTYPE_H
#define SINTER_COMPILER_PACKAGE_ELEMENTTYPE_H

#include "mlir/IR/Types.h"

namespace sinter {

/// The number of an element type, a quantised one's that of its storage integer; 0 for types that packages do not hold.
uint8_t elementTypeNumber(mlir::Type type);

} // namespace sinter

#endif
