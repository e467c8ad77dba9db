// Tensor values.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/TensorData.h"
#include "compiler/import/ElementTypes.h"
#include "compiler/support/Checked.h"
#include "compiler/support/Limits.h"
#include "dialects/nn/NnShapes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

namespace {

class TensorReader {
public:
  TensorReader(const onnx::TensorProto &proto, StringRef place, ExternalData &external, Diagnostics &diagnostics)
      : proto(proto), place(place), external(external), diagnostics(diagnostics) {}

  std::optional<nn::Tensor> read(MLIRContext *context);

private:
  bool invalid(const Twine &message) {
    diagnostics.error(DiagnosticCode::InvalidModel, place, message);
    return false;
  }
  bool shape(SmallVectorImpl<int64_t> &dims);
  bool values();
  bool packed(StringRef data);
  bool externalValues();
  bool typedValues();
  template <typename Values> bool copyInts(const Values &values, StringRef field);
  bool copySubByte(StringRef bytes);
  uint64_t packedBytes() const { return (uint64_t(count) * bits + 7) / 8; }

  const onnx::TensorProto &proto;
  StringRef place;
  ExternalData &external;
  Diagnostics &diagnostics;
  Type element;
  int64_t count = 0;
  unsigned bits = 0;
  std::vector<uint8_t> bytes;
};

} // namespace

bool TensorReader::shape(SmallVectorImpl<int64_t> &dims) {
  if (proto.dims_size() > limits::tensorRank) {
    diagnostics.error(DiagnosticCode::LimitExceeded, place,
                      "tensor has rank " + Twine(proto.dims_size()) + ", the limit is " + Twine(limits::tensorRank));
    return false;
  }
  for (int64_t dim : proto.dims()) {
    if (dim < 0 || dim > limits::dimension)
      return invalid("tensor has a dimension of " + Twine(dim) + "; dimensions lie between 0 and " +
                     Twine(limits::dimension));
    dims.push_back(dim);
  }
  std::optional<int64_t> elements = checkedElementCount(dims);
  if (!elements || *elements > limits::tensorElements) {
    diagnostics.error(DiagnosticCode::LimitExceeded, place,
                      "tensor of shape " + nn::shapeString(dims) + " has more than " + Twine(limits::tensorElements) +
                          " elements");
    return false;
  }
  count = *elements;
  return true;
}

// Sub-byte elements, the first in the lowest bits, become one byte each, extended by their sign.
bool TensorReader::copySubByte(StringRef data) {
  bool isSigned = element.isSignlessInteger();
  unsigned perByte = 8 / bits, mask = (1u << bits) - 1;
  bytes.resize(count);
  for (int64_t i = 0; i < count; ++i) {
    unsigned value = (static_cast<uint8_t>(data[i / perByte]) >> (bits * (i % perByte))) & mask;
    if (isSigned && (value >> (bits - 1)))
      value |= ~mask;
    bytes[i] = static_cast<uint8_t>(value);
  }
  return true;
}

bool TensorReader::packed(StringRef data) {
  if (data.size() != packedBytes())
    return invalid("tensor holds " + Twine(data.size()) + " bytes of data, its type and dimensions need " +
                   Twine(packedBytes()));
  if (bits < 8 && !element.isInteger(1))
    return copySubByte(data);
  bytes.assign(data.bytes_begin(), data.bytes_end());
  if (element.isInteger(1))
    for (uint8_t &value : bytes)
      value = value != 0;
  return true;
}

// One field value an element, the low bytes kept. The host is little-endian, as the format is.
template <typename Values> bool TensorReader::copyInts(const Values &values, StringRef field) {
  if (bits < 8 && !element.isInteger(1)) {
    std::string data;
    for (auto value : values)
      data.push_back(static_cast<char>(value));
    if (data.size() != packedBytes())
      return invalid(field + " holds " + Twine(data.size()) + " bytes, the dimensions need " + Twine(packedBytes()));
    return copySubByte(data);
  }
  if (values.size() != count)
    return invalid(field + " holds " + Twine(values.size()) + " values, the dimensions need " + Twine(count));
  size_t width = element.isInteger(1) ? 1 : bits / 8;
  bytes.resize(width * count);
  for (int64_t i = 0; i < count; ++i) {
    auto value = values[i];
    if (element.isInteger(1))
      value = value != 0;
    memcpy(bytes.data() + i * width, &value, width);
  }
  return true;
}

bool TensorReader::typedValues() {
  switch (static_cast<ElementType>(proto.data_type())) {
  case ElementType::Float: return copyInts(proto.float_data(), "float_data");
  case ElementType::Double: return copyInts(proto.double_data(), "double_data");
  case ElementType::Int64: return copyInts(proto.int64_data(), "int64_data");
  case ElementType::Uint32:
  case ElementType::Uint64: return copyInts(proto.uint64_data(), "uint64_data");
  default: return copyInts(proto.int32_data(), "int32_data");
  }
}

bool TensorReader::externalValues() {
  StringRef location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const onnx::StringStringEntryProto &entry : proto.external_data()) {
    StringRef value = entry.value();
    uint64_t number = 0;
    if (entry.key() == "location") {
      location = value;
    } else if (entry.key() == "offset" || entry.key() == "length") {
      if (value.getAsInteger(10, number))
        return invalid("external data's " + entry.key() + " is not a number: '" + value + "'");
      if (entry.key() == "offset")
        offset = number;
      else
        length = number;
    }
  }
  if (!length)
    length = packedBytes();
  std::optional<StringRef> data = external.read(location, offset, length, place, diagnostics);
  return data && packed(*data);
}

bool TensorReader::values() {
  int fields = (proto.float_data_size() != 0) + (proto.int32_data_size() != 0) + (proto.int64_data_size() != 0) +
               (proto.double_data_size() != 0) + (proto.uint64_data_size() != 0) + (proto.string_data_size() != 0) +
               (proto.has_raw_data() && !proto.raw_data().empty());
  bool isExternal = proto.data_location() == onnx::TensorProto::EXTERNAL;
  if (fields + isExternal > 1)
    return invalid("tensor has values in more than one data field");
  if (proto.has_segment())
    return invalid("tensor is a segment of another; segments are not part of any released ONNX");
  if (isExternal)
    return externalValues();
  if (fields == 0 || proto.has_raw_data())
    return packed(proto.raw_data());
  return typedValues();
}

std::optional<nn::Tensor> TensorReader::read(MLIRContext *context) {
  SmallVector<int64_t> dims;
  element = elementType(proto.data_type(), context);
  if (!element) {
    diagnostics.error(DiagnosticCode::UnsupportedType, place,
                      "tensor has elements of type " + elementTypeName(proto.data_type()) + ", which is not supported",
                      elementTypeRemedy(proto.data_type()));
    return std::nullopt;
  }
  bits = element.isInteger(1) ? 8 : element.getIntOrFloatBitWidth();
  if (!shape(dims) || !values())
    return std::nullopt;
  return nn::Tensor::fromBytes(RankedTensorType::get(dims, element), std::move(bytes));
}

std::optional<nn::Tensor> sinter::onnx_import::readTensor(const onnx::TensorProto &proto, StringRef place,
                                                          MLIRContext *context, ExternalData &external,
                                                          Diagnostics &diagnostics) {
  return TensorReader(proto, place, external, diagnostics).read(context);
}
