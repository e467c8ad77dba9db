// The wire scan: an explicit stack of messages over a table of ONNX's schema.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/WireScan.h"
#include "compiler/support/Checked.h"
#include "compiler/support/Limits.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace sinter;

namespace {

// What a length-delimited field holds. Only messages are entered.
enum class Kind : uint8_t {
  // Messages.
  Model,
  Graph,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  ValueInfo,
  Type,
  TensorType,
  ElementType,
  MapType,
  Shape,
  Dimension,
  Entry,
  OpsetId,
  Function,
  Annotation,
  Training,
  Segment,
  // Leaves.
  String,    // one std::string, or one of many
  Varints64, // packed integers of 8 bytes in memory
  Varints32, // packed integers of 4 bytes in memory
  Fixed,     // packed floats or doubles, or raw bytes: as large in memory as in the file
  Unknown,
};

constexpr unsigned messageKinds = static_cast<unsigned>(Kind::Segment) + 1;

struct Field {
  Kind message;
  uint32_t number;
  Kind holds;
};

// The length-delimited fields of onnx.proto that hold messages, or expand when parsed. Others are
// Unknown.
constexpr Field schema[] = {
    {Kind::Model, 7, Kind::Graph},
    {Kind::Model, 8, Kind::OpsetId},
    {Kind::Model, 14, Kind::Entry},
    {Kind::Model, 20, Kind::Training},
    {Kind::Model, 25, Kind::Function},
    {Kind::Training, 1, Kind::Graph},
    {Kind::Training, 2, Kind::Graph},
    {Kind::Training, 3, Kind::Entry},
    {Kind::Training, 4, Kind::Entry},
    {Kind::Graph, 1, Kind::Node},
    {Kind::Graph, 5, Kind::Tensor},
    {Kind::Graph, 11, Kind::ValueInfo},
    {Kind::Graph, 12, Kind::ValueInfo},
    {Kind::Graph, 13, Kind::ValueInfo},
    {Kind::Graph, 14, Kind::Annotation},
    {Kind::Graph, 15, Kind::SparseTensor},
    {Kind::Node, 1, Kind::String},
    {Kind::Node, 2, Kind::String},
    {Kind::Node, 5, Kind::Attribute},
    {Kind::Attribute, 5, Kind::Tensor},
    {Kind::Attribute, 6, Kind::Graph},
    {Kind::Attribute, 7, Kind::Fixed},
    {Kind::Attribute, 8, Kind::Varints64},
    {Kind::Attribute, 9, Kind::String},
    {Kind::Attribute, 10, Kind::Tensor},
    {Kind::Attribute, 11, Kind::Graph},
    {Kind::Attribute, 14, Kind::Type},
    {Kind::Attribute, 15, Kind::Type},
    {Kind::Attribute, 22, Kind::SparseTensor},
    {Kind::Attribute, 23, Kind::SparseTensor},
    {Kind::Tensor, 1, Kind::Varints64},
    {Kind::Tensor, 3, Kind::Segment},
    {Kind::Tensor, 4, Kind::Fixed},
    {Kind::Tensor, 5, Kind::Varints32},
    {Kind::Tensor, 6, Kind::String},
    {Kind::Tensor, 7, Kind::Varints64},
    {Kind::Tensor, 9, Kind::Fixed},
    {Kind::Tensor, 10, Kind::Fixed},
    {Kind::Tensor, 11, Kind::Varints64},
    {Kind::Tensor, 13, Kind::Entry},
    {Kind::SparseTensor, 1, Kind::Tensor},
    {Kind::SparseTensor, 2, Kind::Tensor},
    {Kind::SparseTensor, 3, Kind::Varints64},
    {Kind::ValueInfo, 2, Kind::Type},
    {Kind::Type, 1, Kind::TensorType},
    {Kind::Type, 4, Kind::ElementType},
    {Kind::Type, 5, Kind::MapType},
    {Kind::Type, 8, Kind::TensorType},
    {Kind::Type, 9, Kind::ElementType},
    {Kind::TensorType, 2, Kind::Shape},
    {Kind::ElementType, 1, Kind::Type},
    {Kind::MapType, 2, Kind::Type},
    {Kind::Shape, 1, Kind::Dimension},
    {Kind::Function, 4, Kind::String},
    {Kind::Function, 5, Kind::String},
    {Kind::Function, 6, Kind::String},
    {Kind::Function, 7, Kind::Node},
    {Kind::Function, 9, Kind::OpsetId},
    {Kind::Function, 11, Kind::Attribute},
    {Kind::Function, 12, Kind::ValueInfo},
    {Kind::Annotation, 2, Kind::Entry},
};

// Bytes that protobuf's object takes, with its slot in a repeated field, rounded up.
uint64_t objectBytes(Kind kind) {
  switch (kind) {
  case Kind::Tensor: return 272;
  case Kind::Attribute: return 288;
  case Kind::Node: return 176;
  case Kind::Graph: return 256;
  case Kind::Function: return 256;
  case Kind::String: return 48;
  default: return 80;
  }
}

struct Frame {
  uint64_t end;
  Kind kind;
};

class Scanner {
public:
  Scanner(StringRef bytes, Diagnostics &diagnostics) : bytes(bytes), diagnostics(diagnostics) {}

  bool run(Kind root);

private:
  bool varint(uint64_t &value);
  bool field();
  bool payload(Kind message, uint32_t number, uint64_t length);
  bool enter(Kind kind, uint64_t length);
  bool count(uint64_t &counter, uint64_t limit, const char *what);
  bool charge(uint64_t cost);
  bool malformed(const Twine &message);
  Frame &top() { return stack[depth - 1]; }

  StringRef bytes;
  Diagnostics &diagnostics;
  uint64_t position = 0;
  Frame stack[limits::messageDepth];
  unsigned depth = 0;
  uint64_t nodes = 0, attributes = 0, tensors = 0, valueInfos = 0, strings = 0, parsed = 0;
};

} // namespace

bool Scanner::malformed(const Twine &message) {
  diagnostics.error(DiagnosticCode::Malformed, "", "not a valid ONNX file: byte " + Twine(position) + ": " + message,
                    "check that the file is complete and is an ONNX model");
  return false;
}

bool Scanner::varint(uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (position >= top().end)
      return malformed("the message ends inside a number");
    uint8_t byte = bytes[position++];
    if (shift < 64)
      value |= uint64_t(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return malformed("a number has more than 10 bytes");
}

bool Scanner::charge(uint64_t cost) {
  parsed += cost; // A file has at most 2^31 fields of at most 288 bytes and lengths that sum to
                  // 2^31 per level.
  uint64_t limit = bytes.size() * limits::parsedRatio + limits::parsedBase;
  if (parsed <= limit)
    return true;
  diagnostics.error(DiagnosticCode::LimitExceeded, "",
                    "the file has " + Twine(bytes.size()) + " bytes and would take more than " + Twine(limit) +
                        " bytes of memory to parse (reached at byte " + Twine(position) + ")");
  return false;
}

bool Scanner::count(uint64_t &counter, uint64_t limit, const char *what) {
  if (++counter <= limit)
    return true;
  diagnostics.error(DiagnosticCode::LimitExceeded, "",
                    "the model has more than " + Twine(limit) + " " + what + " (reached at byte " + Twine(position) +
                        ")");
  return false;
}

bool Scanner::enter(Kind kind, uint64_t length) {
  if (depth == limits::messageDepth) {
    diagnostics.error(DiagnosticCode::LimitExceeded, "",
                      "messages are nested deeper than " + Twine(limits::messageDepth) + " levels (byte " +
                          Twine(position) + ")",
                      "flatten nested If, Loop and Scan graphs");
    return false;
  }
  stack[depth++] = {position + length, kind};
  return true;
}

bool Scanner::payload(Kind message, uint32_t number, uint64_t length) {
  Kind holds = Kind::Unknown;
  for (const Field &f : schema)
    if (f.message == message && f.number == number)
      holds = f.holds;
  switch (holds) {
  case Kind::Node:
    if (!count(nodes, limits::nodes, "nodes"))
      return false;
    break;
  case Kind::Attribute:
    if (!count(attributes, limits::attributes, "attributes"))
      return false;
    break;
  case Kind::Tensor:
    if (!count(tensors, limits::tensors, "tensors"))
      return false;
    break;
  case Kind::ValueInfo:
    if (!count(valueInfos, limits::valueInfos, "value descriptions"))
      return false;
    break;
  case Kind::String:
    if (!count(strings, limits::strings, "strings"))
      return false;
    break;
  default: break;
  }
  if (static_cast<unsigned>(holds) < messageKinds)
    return charge(objectBytes(holds)) && enter(holds, length);
  position += length;
  switch (holds) {
  case Kind::Varints64: return charge(8 * length);
  case Kind::Varints32: return charge(4 * length);
  case Kind::Fixed: return charge(length);
  default: return charge(objectBytes(Kind::String) + length);
  }
}

bool Scanner::field() {
  uint64_t tag, value;
  Kind message = top().kind;
  if (!varint(tag))
    return false;
  uint64_t number = tag >> 3;
  if (number == 0 || number >= (1u << 29))
    return malformed("field number " + Twine(number) + " is not valid");
  switch (tag & 7) {
  case 0: return varint(value) && charge(16);
  case 1:
  case 5: {
    uint64_t length = (tag & 7) == 1 ? 8 : 4;
    if (length > top().end - position)
      return malformed("the message ends inside a number");
    position += length;
    return charge(16);
  }
  case 2:
    if (!varint(value))
      return false;
    if (value > top().end - position)
      return malformed("a field of " + Twine(value) + " bytes passes the end of its message at byte " +
                       Twine(top().end));
    return payload(message, static_cast<uint32_t>(number), value);
  default: return malformed("wire type " + Twine(tag & 7) + " is not used by ONNX");
  }
}

bool Scanner::run(Kind root) {
  if (bytes.size() > limits::modelBytes) {
    diagnostics.error(DiagnosticCode::LimitExceeded, "",
                      "the model has " + Twine(bytes.size()) + " bytes, the limit is " + Twine(limits::modelBytes),
                      "store the weights as external data");
    return false;
  }
  stack[depth++] = {bytes.size(), root};
  while (depth != 0) {
    if (position == top().end)
      --depth;
    else if (!field())
      return false;
  }
  return true;
}

bool sinter::onnx_import::scanModel(StringRef bytes, Diagnostics &diagnostics) {
  return Scanner(bytes, diagnostics).run(Kind::Model);
}

bool sinter::onnx_import::scanTensor(StringRef bytes, Diagnostics &diagnostics) {
  return Scanner(bytes, diagnostics).run(Kind::Tensor);
}
