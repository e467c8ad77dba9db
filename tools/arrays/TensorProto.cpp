// ONNX's TensorProto, as test data sets hold it (onnx.proto): raw_data or the typed fields.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Files.h"

using namespace sinter::tool;

namespace {

/// A cursor over protobuf's wire format.
struct Wire {
  const uint8_t *at;
  const uint8_t *end;
  bool ok = true;

  bool more() const { return ok && at < end; }

  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end)
        break;
      uint8_t byte = *at++;
      value |= uint64_t(byte & 127) << shift;
      if (byte < 128)
        return value;
    }
    ok = false;
    return 0;
  }

  Wire block(uint64_t length) {
    if (length > uint64_t(end - at)) {
      ok = false;
      return {end, end};
    }
    Wire inner{at, at + length};
    at += length;
    return inner;
  }
};

/// ONNX's TensorProto.DataType.
uint32_t typeOfOnnx(uint64_t type) {
  static const uint32_t types[] = {
      0,          SINTER_F32, SINTER_U8,     SINTER_I8,       SINTER_U16,        SINTER_I16,    SINTER_I32,
      SINTER_I64, 0,          SINTER_BOOL,   SINTER_F16,      SINTER_F64,        SINTER_U32,    SINTER_U64,
      0,          0,          SINTER_BF16,   SINTER_F8E4M3FN, SINTER_F8E4M3FNUZ, SINTER_F8E5M2, SINTER_F8E5M2FNUZ,
      SINTER_U4,  SINTER_I4,  SINTER_F4E2M1, SINTER_F8E8M0,   SINTER_U2,         SINTER_I2};
  return type < sizeof(types) / sizeof(types[0]) ? types[type] : 0;
}

struct Fields {
  std::vector<uint8_t> raw;
  std::vector<uint64_t> numbers; ///< Varints, or the bits of floats and doubles.
  bool hasRaw = false;
};

void readPacked(Wire &wire, uint32_t wireType, std::vector<uint64_t> &numbers) {
  auto fixed = [&](Wire &from, size_t size) {
    Wire bytes = from.block(size);
    if (from.ok)
      numbers.push_back(size == 4 ? readNumber<uint32_t>(bytes.at) : readNumber<uint64_t>(bytes.at));
  };
  if (wireType == 0)
    numbers.push_back(wire.varint());
  else if (wireType == 1)
    fixed(wire, 8);
  else if (wireType == 5)
    fixed(wire, 4);
}

/// A repeated field of numbers: packed, or one by one. `size` is 0 for varints, else the bytes of a fixed number.
void readNumbers(Wire &wire, uint32_t wireType, size_t size, std::vector<uint64_t> &numbers) {
  if (wireType != 2)
    return readPacked(wire, wireType, numbers);
  Wire inner = wire.block(wire.varint());
  while (inner.more())
    readPacked(inner, size == 0 ? 0 : size == 4 ? 5 : 1, numbers);
  wire.ok &= inner.ok;
}

void skip(Wire &wire, uint32_t wireType) {
  switch (wireType) {
  case 0: wire.varint(); break;
  case 1: wire.block(8); break;
  case 2: wire.block(wire.varint()); break;
  case 5: wire.block(4); break;
  default: wire.ok = false;
  }
}

bool isSubByte(uint32_t type) { return sinter_type_bits(type) < 8; }

} // namespace

Problem sinter::tool::parseTensorProto(const std::vector<uint8_t> &bytes, Array &array) {
  array = {};
  Wire wire{bytes.data(), bytes.data() + bytes.size()};
  Fields fields;
  std::vector<uint64_t> dims;
  while (wire.more()) {
    uint64_t tag = wire.varint();
    uint32_t field = uint32_t(tag >> 3), wireType = tag & 7;
    switch (field) {
    case 1: readNumbers(wire, wireType, 0, dims); break;
    case 2: array.type = typeOfOnnx(wire.varint()); break;
    case 4: readNumbers(wire, wireType, 4, fields.numbers); break;
    case 5:
    case 7:
    case 11: readNumbers(wire, wireType, 0, fields.numbers); break;
    case 10: readNumbers(wire, wireType, 8, fields.numbers); break;
    case 9: {
      Wire raw = wire.block(wire.varint());
      fields.raw.assign(raw.at, raw.end);
      fields.hasRaw = true;
      break;
    }
    default: skip(wire, wireType);
    }
  }
  if (!wire.ok)
    return "not a well-formed TensorProto";
  if (!array.type)
    return "the TensorProto's element type is not supported";
  for (uint64_t dim : dims)
    array.shape.push_back(int64_t(dim));
  uint64_t elements;
  if (!sizeOf(array.shape, 1, elements))
    return "the TensorProto's shape is impossible";
  uint32_t size = fileBytes(array.type);
  if (fields.hasRaw)
    array.bytes = isSubByte(array.type) && fields.raw.size() * 8 / sinter_type_bits(array.type) >= elements
                      ? unpacked(fields.raw, array.type, int64_t(elements))
                      : fields.raw;
  else
    for (uint64_t number : fields.numbers)
      for (uint32_t i = 0; i < size; ++i)
        array.bytes.push_back(uint8_t(number >> (8 * i)));
  if (!fields.hasRaw && isSubByte(array.type) && array.bytes.size() * 8 / sinter_type_bits(array.type) >= elements)
    array.bytes = unpacked(array.bytes, array.type, int64_t(elements));
  if (array.bytes.size() / size != elements || array.bytes.size() % size)
    return "the TensorProto's data does not fit its shape";
  return "";
}
