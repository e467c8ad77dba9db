// Arrays in files: what is written is read again, and what is damaged is refused or harmless.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Files.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace sinter::tool;

using Bytes = std::vector<uint8_t>;

static Array sample(uint32_t type, std::vector<int64_t> shape) {
  Array array;
  array.type = type;
  array.shape = std::move(shape);
  array.bytes.resize(size_t(array.elements()) * fileBytes(type));
  for (size_t i = 0; i < array.bytes.size(); ++i)
    array.bytes[i] = uint8_t(i * 7 + 1);
  return array;
}

static void expectSame(const Array &a, const Array &b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.bytes, b.bytes);
}

/// A .npy file with this header and so many bytes of data.
static Bytes npyWith(const std::string &header, size_t data, uint8_t version = 1) {
  Bytes bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', version, 0};
  bytes.push_back(uint8_t(header.size()));
  bytes.push_back(uint8_t(header.size() >> 8));
  if (version >= 2)
    bytes.insert(bytes.end(), 2, 0);
  bytes.insert(bytes.end(), header.begin(), header.end());
  for (size_t i = 0; i < data; ++i)
    bytes.push_back(uint8_t(i));
  return bytes;
}

// --- .npy ------------------------------------------------------------------------------------------------------------

TEST(Npy, IsReadAsItWasWritten) {
  for (uint32_t type : {SINTER_F32, SINTER_F64, SINTER_F16, SINTER_I8, SINTER_U8, SINTER_I16, SINTER_U16, SINTER_I32,
                        SINTER_U32, SINTER_I64, SINTER_U64, SINTER_BOOL})
    for (const std::vector<int64_t> &shape : {std::vector<int64_t>{}, {3}, {2, 3}, {1, 0, 4}, {2, 1, 3, 2}}) {
      Array written = sample(type, shape), read;
      Bytes bytes = formatNpy(written);
      EXPECT_EQ((bytes.size() - written.bytes.size()) % 64, 0u) << "data begins at a multiple of 64, as numpy has it";
      ASSERT_EQ(parseNpy(bytes, read), "") << sinter_type_name(type);
      expectSame(written, read);
    }
}

TEST(Npy, ReplacesWhatTheArrayHeld) {
  Array first = sample(SINTER_F32, {2, 3}), second = sample(SINTER_I8, {4}), read;
  ASSERT_EQ(parseNpy(formatNpy(first), read), "");
  ASSERT_EQ(parseNpy(formatNpy(second), read), "");
  expectSame(second, read);
}

TEST(Npy, TypesThatNumpyLacksTravelAsRawIntegers) {
  Array array = sample(SINTER_BF16, {4}), read;
  ASSERT_EQ(parseNpy(formatNpy(array), read), "");
  EXPECT_EQ(read.type, uint32_t(SINTER_U16));
  EXPECT_TRUE(isCompatible(read.type, SINTER_BF16));
  EXPECT_FALSE(isCompatible(read.type, SINTER_F32));
  EXPECT_EQ(read.bytes, array.bytes);
}

TEST(Npy, ReadsLaterVersionsAndColumnMajorOrder) {
  Array array;
  ASSERT_EQ(parseNpy(npyWith("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", 6, 2), array), "");
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array.bytes, (Bytes{0, 2, 4, 1, 3, 5}));
}

TEST(Npy, RefusesWhatLies) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  Array array;
  EXPECT_EQ(parseNpy(npyWith(good, 24), array), "");
  for (size_t data : {0u, 23u, 25u})
    EXPECT_EQ(parseNpy(npyWith(good, data), array = Array()), "the .npy data does not fit its shape") << data;
  EXPECT_NE(parseNpy(npyWith(good, 24, 4), array = Array()), "") << "version 4";
  for (const char *shape : {"(4294967296, 4294967296, 4)", "(9223372036854775807, 9)", "(99999999999999999999,)",
                            "(-6,)", "(2 3 x)", "2, 3"})
    EXPECT_NE(parseNpy(npyWith("{'descr': '<f4', 'fortran_order': False, 'shape': " + std::string(shape) + ", }", 24),
                       array = Array()),
              "")
        << shape;
  EXPECT_NE(parseNpy(npyWith("{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }", 24), array = Array()), "")
      << "big-endian";
  EXPECT_NE(parseNpy(npyWith("{'descr': '|O', 'fortran_order': False, 'shape': (6,), }", 24), array = Array()), "")
      << "objects";
}

/// Every byte changed and every length cut: a problem, or an array that is whole.
template <typename ParseT> static void exercise(const Bytes &whole, ParseT parse) {
  for (size_t i = 0; i < whole.size(); ++i)
    for (uint8_t mask : {0x01, 0x20, 0x80, 0xff}) {
      Bytes changed = whole;
      changed[i] ^= mask;
      parse(changed);
    }
  for (size_t length = 0; length < whole.size(); ++length)
    parse(Bytes(whole.begin(), whole.begin() + long(length)));
}

static void expectWhole(const Array &array) {
  ASSERT_GT(fileBytes(array.type), 0u);
  EXPECT_EQ(uint64_t(array.elements()) * fileBytes(array.type), array.bytes.size());
}

TEST(Npy, SurvivesAnyDamage) {
  exercise(formatNpy(sample(SINTER_F32, {2, 3})), [](const Bytes &bytes) {
    Array array;
    if (parseNpy(bytes, array).empty())
      expectWhole(array);
  });
}

// --- .npz ------------------------------------------------------------------------------------------------------------

static Arrays sampleArchive() {
  return {{"a/b:0", sample(SINTER_F32, {2, 2})}, {"", sample(SINTER_I64, {})}, {"z", sample(SINTER_U8, {0})}};
}

TEST(Npz, IsReadAsItWasWritten) {
  Arrays written = sampleArchive(), read;
  ASSERT_EQ(parseNpz(formatNpz(written), read), "");
  ASSERT_EQ(read.size(), written.size());
  for (const auto &[name, array] : written)
    expectSame(array, read[name]);
  Arrays none;
  ASSERT_EQ(parseNpz(formatNpz({}), none), "");
  EXPECT_TRUE(none.empty());
}

TEST(Npz, NoticesDamagedData) {
  Bytes bytes = formatNpz({{"a", sample(SINTER_U8, {256})}});
  Bytes pattern = sample(SINTER_U8, {256}).bytes;
  auto at = std::search(bytes.begin(), bytes.end(), pattern.begin(), pattern.end());
  ASSERT_NE(at, bytes.end());
  at[100] ^= 1;
  Arrays arrays;
  EXPECT_EQ(parseNpz(bytes, arrays), "member 'a.npy': its data is damaged");
}

TEST(Npz, RefusesCompressedMembers) {
  Bytes bytes = formatNpz({{"a", sample(SINTER_U8, {4})}});
  const uint8_t central[] = {0x50, 0x4b, 0x01, 0x02};
  auto at = std::search(bytes.begin(), bytes.end(), central, central + 4);
  ASSERT_NE(at, bytes.end());
  at[10] = 8; // deflate
  Arrays arrays;
  EXPECT_NE(parseNpz(bytes, arrays).find("savez_compressed"), std::string::npos);
}

TEST(Npz, SurvivesAnyDamage) {
  exercise(formatNpz(sampleArchive()), [](const Bytes &bytes) {
    Arrays arrays;
    if (parseNpz(bytes, arrays).empty())
      for (const auto &[name, array] : arrays)
        expectWhole(array);
  });
}

// --- .pb -------------------------------------------------------------------------------------------------------------

/// A TensorProto of dims {2, 2}, FLOAT, raw_data.
static Bytes sampleProto() {
  Bytes bytes = {0x08, 2, 0x08, 2, 0x10, 1, 0x4a, 16};
  for (uint8_t i = 0; i < 16; ++i)
    bytes.push_back(i);
  return bytes;
}

TEST(TensorProto, IsRead) {
  Array array;
  ASSERT_EQ(parseTensorProto(sampleProto(), array), "");
  EXPECT_EQ(array.type, uint32_t(SINTER_F32));
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(array.bytes[15], 15);
}

TEST(TensorProto, SurvivesAnyDamage) {
  exercise(sampleProto(), [](const Bytes &bytes) {
    Array array;
    if (parseTensorProto(bytes, array).empty())
      expectWhole(array);
  });
}

// --- narrow types ----------------------------------------------------------------------------------------------------

TEST(Arrays, NarrowTypesArePacked) {
  Array array;
  array.type = SINTER_U8;
  array.shape = {5};
  array.bytes = {1, 2, 3, 15, 9};
  EXPECT_EQ(packed(array, SINTER_U4), (Bytes{0x21, 0xf3, 0x09}));
  EXPECT_EQ(unpacked({0x21, 0xf3, 0x09}, SINTER_U4, 5), array.bytes);
  EXPECT_EQ(packed(array, SINTER_U8), array.bytes);
}
