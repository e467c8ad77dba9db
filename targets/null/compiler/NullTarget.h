// The null target, to the compiler.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NULL_COMPILER_NULLTARGET_H
#define SINTER_TARGETS_NULL_COMPILER_NULLTARGET_H

#include "compiler/target/Target.h"

namespace sinter::null {

std::unique_ptr<Target> createNullTarget();

} // namespace sinter::null

#endif
