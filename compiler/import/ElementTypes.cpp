// ONNX's element types.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/ElementTypes.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace sinter::onnx_import;

std::string sinter::onnx_import::elementTypeName(int32_t number) {
  static constexpr llvm::StringLiteral names[] = {
      "undefined", "float",      "uint8",      "int8",         "uint16",         "int16",      "int32",
      "int64",     "string",     "bool",       "float16",      "double",         "uint32",     "uint64",
      "complex64", "complex128", "bfloat16",   "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz",
      "uint4",     "int4",       "float4e2m1", "float8e8m0",   "uint2",          "int2"};
  if (number >= 0 && number < static_cast<int32_t>(std::size(names)))
    return names[number].str();
  return "type " + std::to_string(number);
}

Type sinter::onnx_import::elementType(int32_t number, MLIRContext *context) {
  auto integer = [&](unsigned bits) { return IntegerType::get(context, bits); };
  auto natural = [&](unsigned bits) { return IntegerType::get(context, bits, IntegerType::Unsigned); };
  switch (static_cast<ElementType>(number)) {
  case ElementType::Float: return Float32Type::get(context);
  case ElementType::Uint8: return natural(8);
  case ElementType::Int8: return integer(8);
  case ElementType::Uint16: return natural(16);
  case ElementType::Int16: return integer(16);
  case ElementType::Int32: return integer(32);
  case ElementType::Int64: return integer(64);
  case ElementType::Bool: return integer(1);
  case ElementType::Float16: return Float16Type::get(context);
  case ElementType::Double: return Float64Type::get(context);
  case ElementType::Uint32: return natural(32);
  case ElementType::Uint64: return natural(64);
  case ElementType::Bfloat16: return BFloat16Type::get(context);
  case ElementType::Float8E4M3FN: return Float8E4M3FNType::get(context);
  case ElementType::Float8E4M3FNUZ: return Float8E4M3FNUZType::get(context);
  case ElementType::Float8E5M2: return Float8E5M2Type::get(context);
  case ElementType::Float8E5M2FNUZ: return Float8E5M2FNUZType::get(context);
  case ElementType::Uint4: return natural(4);
  case ElementType::Int4: return integer(4);
  case ElementType::Float4E2M1: return Float4E2M1FNType::get(context);
  case ElementType::Float8E8M0: return Float8E8M0FNUType::get(context);
  case ElementType::Uint2: return natural(2);
  case ElementType::Int2: return integer(2);
  case ElementType::Undefined:
  case ElementType::String:
  case ElementType::Complex64:
  case ElementType::Complex128: return {};
  }
  return {};
}

llvm::StringRef sinter::onnx_import::elementTypeRemedy(int32_t number) {
  switch (static_cast<ElementType>(number)) {
  case ElementType::String: return "strings are not supported yet; tokenize outside of the model";
  case ElementType::Complex64:
  case ElementType::Complex128: return "export the model with real and imaginary parts as separate tensors";
  default: return "";
  }
}
