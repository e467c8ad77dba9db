// ONNX's element types: number, name, MLIR type.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_ELEMENTTYPES_H
#define SINTER_COMPILER_IMPORT_ELEMENTTYPES_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace sinter::onnx_import {

/// Numbers of TensorProto.DataType, those newer than ONNX 1.12 included.
enum class ElementType : int32_t {
  Undefined = 0,
  Float = 1,
  Uint8 = 2,
  Int8 = 3,
  Uint16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  Uint32 = 12,
  Uint64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  Bfloat16 = 16,
  Float8E4M3FN = 17,
  Float8E4M3FNUZ = 18,
  Float8E5M2 = 19,
  Float8E5M2FNUZ = 20,
  Uint4 = 21,
  Int4 = 22,
  Float4E2M1 = 23,
  Float8E8M0 = 24,
  Uint2 = 25,
  Int2 = 26,
};

/// "float16", or "type 99" for a number that ONNX does not define.
std::string elementTypeName(int32_t number);

/// The type in nn: signless for signed integers, ui8… for unsigned, i1 for bool. Null for strings,
/// complex and unknown numbers.
mlir::Type elementType(int32_t number, mlir::MLIRContext *context);

/// Remedy text for a type without counterpart in nn.
llvm::StringRef elementTypeRemedy(int32_t number);

} // namespace sinter::onnx_import

#endif
