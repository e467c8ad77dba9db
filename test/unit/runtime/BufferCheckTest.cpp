// The loader's table of the schema against the schema itself, and its walk against the verifier that flatc generates.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/verify/BufferSchema.h"

#include "flatbuffers/reflection_generated.h"
#include "runtime/verify/BufferCheck.h"
#include "test/unit/runtime/SampleMetadata.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <string.h>
#include <string>

using namespace sinter::rt;
using namespace sinter::rt::schema;

namespace {

/// Bytes at a multiple of 64, with nothing behind them that a sanitizer would not notice.
class Aligned {
public:
  explicit Aligned(const std::vector<uint8_t> &bytes)
      : size(bytes.size()), data(static_cast<uint8_t *>(aligned_alloc(64, (size + 64) / 64 * 64))) {
    if (size)
      memcpy(data, bytes.data(), size);
  }
  ~Aligned() { free(data); }
  Aligned(const Aligned &) = delete;

  const size_t size;
  uint8_t *const data;
};

std::vector<uint8_t> readFile(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
}

const char *const tableNames[] = {"Package",  "Symbol",   "Quantization", "Value",      "State",    "EntryPoint",
                                  "Constant", "Variant",  "Kernel",       "Executable", "Dispatch", "Copy",
                                  "Fill",     "Segment",  "Scalar",       "Load",       "Branch",   "Jump",
                                  "End",      "WorkItem", "CommandItem",  "Procedure",  "Arena",    "ArenaTensor",
                                  "Program",  "Refusal",  "Provenance"};

std::string nameOf(uint8_t table) { return std::string("sinter.fb.") + tableNames[table]; }

uint8_t bytesOf(const reflection::Schema &schema, reflection::BaseType type, int32_t index) {
  static const std::map<reflection::BaseType, uint8_t> sizes = {
      {reflection::UType, 1}, {reflection::Bool, 1},   {reflection::Byte, 1},  {reflection::UByte, 1},
      {reflection::Short, 2}, {reflection::UShort, 2}, {reflection::Int, 4},   {reflection::UInt, 4},
      {reflection::Float, 4}, {reflection::Long, 8},   {reflection::ULong, 8}, {reflection::Double, 8}};
  return type == reflection::Obj ? uint8_t(schema.objects()->Get(uint32_t(index))->bytesize()) : sizes.at(type);
}

bool isStruct(const reflection::Schema &schema, int32_t index) {
  return schema.objects()->Get(uint32_t(index))->is_struct();
}

std::string objectName(const reflection::Schema &schema, int32_t index) {
  return schema.objects()->Get(uint32_t(index))->name()->str();
}

/// What the table should say of a field.
void expectField(const reflection::Schema &schema, const reflection::Field &wanted, const Field &given) {
  const reflection::Type &type = *wanted.type();
  EXPECT_EQ(given.slot, wanted.id());
  if (type.base_type() == reflection::String) {
    EXPECT_EQ(given.kind, Kind::String);
    EXPECT_EQ(given.required, wanted.required());
  } else if (type.base_type() == reflection::Union) {
    EXPECT_EQ(given.kind, Kind::Union);
    const auto &members = *schema.enums()->Get(uint32_t(type.index()))->values();
    ASSERT_EQ(given.required + 1u, members.size()); // and NONE
    for (uint8_t i = 0; i < given.required; ++i) {
      EXPECT_EQ(members.Get(i + 1u)->value(), i + 1);
      EXPECT_EQ(nameOf(uint8_t(given.detail + i)), objectName(schema, members.Get(i + 1u)->union_type()->index()));
    }
  } else if (type.base_type() == reflection::Vector) {
    EXPECT_FALSE(wanted.required());
    bool ofTables = type.element() == reflection::Obj && !isStruct(schema, type.index());
    EXPECT_EQ(given.kind, ofTables                               ? Kind::TableVector
                          : type.element() == reflection::String ? Kind::StringVector
                                                                 : Kind::Vector);
    if (ofTables)
      EXPECT_EQ(nameOf(given.detail), objectName(schema, type.index()));
    else if (type.element() != reflection::String)
      EXPECT_EQ(given.detail, bytesOf(schema, type.element(), type.index()));
  } else if (type.base_type() == reflection::Obj && !isStruct(schema, type.index())) {
    EXPECT_EQ(given.kind, Kind::Table);
    EXPECT_EQ(nameOf(given.detail), objectName(schema, type.index()));
  } else {
    EXPECT_EQ(given.kind, Kind::Inline);
    EXPECT_EQ(given.detail, bytesOf(schema, type.base_type(), type.index()));
  }
}

bool acceptedByFlatc(const Aligned &bytes) {
  flatbuffers::Verifier verifier(bytes.data, bytes.size);
  return sinter::fb_reader::VerifyPackageBuffer(verifier);
}

} // namespace

TEST(BufferSchema, IsTheCompiledSchema) {
  Aligned bytes(readFile(SINTER_COMPILED_SCHEMA));
  flatbuffers::Verifier verifier(bytes.data, bytes.size);
  ASSERT_TRUE(reflection::VerifySchemaBuffer(verifier));
  const reflection::Schema &schema = *reflection::GetSchema(bytes.data);
  uint32_t tables = 0;
  for (const reflection::Object *object : *schema.objects())
    tables += !object->is_struct();
  EXPECT_EQ(tables, uint32_t(kTableCount));
  ASSERT_EQ(sizeof(tableNames) / sizeof(tableNames[0]), size_t(kTableCount));
  const Field *at = fields;
  for (uint8_t table = 0; table < kTableCount; ++table, ++at) {
    SCOPED_TRACE(nameOf(table));
    const reflection::Object *object = schema.objects()->LookupByKey(nameOf(table).c_str());
    ASSERT_TRUE(object);
    std::map<uint16_t, const reflection::Field *> byId;
    for (const reflection::Field *field : *object->fields())
      byId[field->id()] = field;
    for (const auto &[id, field] : byId) {
      SCOPED_TRACE(field->name()->str());
      ASSERT_NE(at->kind, Kind::Last);
      expectField(schema, *field, *at++);
    }
    ASSERT_EQ(at->kind, Kind::Last);
  }
}

TEST(BufferCheck, AcceptsWhatIsWellFormed) {
  Aligned sample(sinter::test::sampleMetadata());
  EXPECT_TRUE(isWellFormed(sample.data, sample.size));
  EXPECT_TRUE(acceptedByFlatc(sample));
}

// Each byte changed in several ways. Ours may refuse more (vectors of 8 bytes whose elements are misaligned), never
// less.
TEST(BufferCheck, RefusesWhatFlatcRefuses) {
  std::vector<uint8_t> bytes = sinter::test::sampleMetadata();
  uint32_t refused = 0, stricter = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    for (uint8_t mask : {0x01, 0x02, 0x04, 0x08, 0x10, 0x40, 0x80, 0xff}) {
      bytes[i] ^= mask;
      Aligned changed(bytes);
      bool ours = isWellFormed(changed.data, changed.size), theirs = acceptedByFlatc(changed);
      EXPECT_TRUE(theirs || !ours) << "byte " << i << " ^ " << int(mask);
      refused += !ours;
      stricter += theirs && !ours;
      bytes[i] ^= mask;
    }
  EXPECT_GT(refused, 1000u);
  EXPECT_LT(stricter, refused / 20);
}

TEST(BufferCheck, RefusesABufferCutAnywhere) {
  const std::vector<uint8_t> whole = sinter::test::sampleMetadata();
  for (size_t length = 0; length < whole.size(); ++length) {
    Aligned cut(std::vector<uint8_t>(whole.begin(), whole.begin() + long(length)));
    bool ours = isWellFormed(cut.data, cut.size);
    EXPECT_TRUE(!ours || acceptedByFlatc(cut)) << length;
  }
}
