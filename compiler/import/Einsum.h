// Einsum as transposes, reductions and one matrix product for each pair of operands.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_EINSUM_H
#define SINTER_COMPILER_IMPORT_EINSUM_H

#include "compiler/import/Node.h"

namespace sinter::onnx_import {

void buildEinsum(Node &n);

} // namespace sinter::onnx_import

#endif
