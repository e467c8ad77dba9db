// A tensor with its bytes, as files hold it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Array.h"

using namespace sinter::tool;

int64_t Array::elements() const {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  return count;
}

uint32_t sinter::tool::fileBytes(uint32_t type) { return (sinter_type_bits(type) + 7) / 8; }

std::string sinter::tool::numpyCode(uint32_t type) {
  switch (type) {
  case SINTER_F32: return "<f4";
  case SINTER_F64: return "<f8";
  case SINTER_F16: return "<f2";
  case SINTER_I8: return "|i1";
  case SINTER_I16: return "<i2";
  case SINTER_U16: return "<u2";
  case SINTER_I32: return "<i4";
  case SINTER_U32: return "<u4";
  case SINTER_I64: return "<i8";
  case SINTER_U64: return "<u8";
  case SINTER_BOOL: return "|b1";
  case SINTER_BF16: return "<u2";
  default: return "|u1";
  }
}

uint32_t sinter::tool::typeOfNumpyCode(const std::string &code) {
  static const std::pair<const char *, uint32_t> codes[] = {
      {"<f4", SINTER_F32}, {"<f8", SINTER_F64}, {"<f2", SINTER_F16}, {"|i1", SINTER_I8},
      {"|u1", SINTER_U8},  {"<i2", SINTER_I16}, {"<u2", SINTER_U16}, {"<i4", SINTER_I32},
      {"<u4", SINTER_U32}, {"<i8", SINTER_I64}, {"<u8", SINTER_U64}, {"|b1", SINTER_BOOL}};
  for (auto &[name, type] : codes)
    if (code == name)
      return type;
  return 0;
}

bool sinter::tool::isCompatible(uint32_t given, uint32_t wanted) {
  if (given == wanted)
    return true;
  bool raw =
      given == SINTER_U8 || given == SINTER_U16 || (given == SINTER_I8 && (wanted == SINTER_I4 || wanted == SINTER_I2));
  return raw && numpyCode(wanted) == numpyCode(given == SINTER_I8 ? uint32_t(SINTER_U8) : given);
}

std::vector<uint8_t> sinter::tool::packed(const Array &array, uint32_t type) {
  uint32_t bits = sinter_type_bits(type);
  if (bits >= 8)
    return array.bytes;
  uint32_t perByte = 8 / bits;
  std::vector<uint8_t> result((array.bytes.size() + perByte - 1) / perByte);
  for (size_t i = 0; i < array.bytes.size(); ++i)
    result[i / perByte] |= uint8_t((array.bytes[i] & ((1u << bits) - 1)) << (i % perByte * bits));
  return result;
}

std::vector<uint8_t> sinter::tool::unpacked(const std::vector<uint8_t> &bytes, uint32_t type, int64_t elements) {
  uint32_t bits = sinter_type_bits(type);
  if (bits >= 8)
    return bytes;
  uint32_t perByte = 8 / bits, mask = (1u << bits) - 1;
  bool isSigned = type == SINTER_I4 || type == SINTER_I2;
  std::vector<uint8_t> result(static_cast<size_t>(elements));
  for (size_t i = 0; i < result.size(); ++i) {
    uint32_t value = bytes[i / perByte] >> (i % perByte * bits) & mask;
    bool negative = isSigned && value >> (bits - 1);
    result[i] = uint8_t(negative ? value | ~mask : value);
  }
  return result;
}

std::string sinter::tool::spellShape(const std::vector<int64_t> &shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text;
}
