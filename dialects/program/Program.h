// The program dialect's C++ declarations. Include this, not the generated files.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_PROGRAM_PROGRAM_H
#define SINTER_DIALECTS_PROGRAM_PROGRAM_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/program/ProgramDialect.h.inc"
#include "dialects/program/ProgramEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/program/ProgramAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/program/ProgramOps.h.inc"

namespace sinter::program {

/// Bytes that a tensor takes in a buffer: booleans one byte an element, 4- and 2-bit integers packed. Fails on types
/// that have no storage and on sizes beyond 2^62.
mlir::FailureOr<uint64_t> storageSize(mlir::ShapedType type);

/// The element type that is stored: the storage type of a quantised one, itself otherwise.
mlir::Type storageType(mlir::Type type);

} // namespace sinter::program

#endif
