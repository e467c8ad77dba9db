// The cpu dialect's C++ declarations.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_DIALECT_CPU_H
#define SINTER_TARGETS_CPU_COMPILER_DIALECT_CPU_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"

#include "targets/cpu/compiler/dialect/CpuDialect.h.inc"
#define GET_OP_CLASSES
#include "targets/cpu/compiler/dialect/CpuOps.h.inc"

namespace sinter::cpu {

/// Channels or columns that packed operands hold side by side: a whole number of vectors on every variant.
constexpr int64_t kPackedBlock = 16;
/// Products that an 8-bit dot product adds in a lane.
constexpr int64_t kDotTerms = 4;

} // namespace sinter::cpu

#endif
