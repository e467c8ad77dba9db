// How much an operator computes, by its definition: the same numbers for placement, the kernel
// table and profiles.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_WORK_H
#define SINTER_DIALECTS_NN_WORK_H

#include "mlir/IR/Operation.h"

namespace sinter::nn {

/// Counts of one operator; they saturate.
struct Work {
  uint64_t macs = 0;  ///< Multiply-accumulates of convolutions, matrix products and recurrences; padding counts.
  uint64_t flops = 0; ///< Arithmetic on elements of any type: two for each of `macs`, one for each
                      ///< other operation.
  uint64_t bytes = 0; ///< Operands and results, each read or written once, as they are stored.

  Work &operator+=(const Work &other);
};

/// Of an operator on static tensors. Moving data is no arithmetic; a function such as exp is one
/// operation.
Work workOf(mlir::Operation *op);

/// Bytes of a static tensor in memory: a bool takes one, other elements of less than 8 bits are
/// packed.
uint64_t storedBytes(mlir::Type tensor);

} // namespace sinter::nn

#endif
