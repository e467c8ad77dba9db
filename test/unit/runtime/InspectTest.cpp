// What a package says about itself.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/runtime/Loaded.h"

#include <string.h>

using namespace sinter;
using namespace sinter::test;

TEST(Inspect, Counts) {
  TestPackage made = makeAccumulator(false);
  addForeignProgram(made);
  Bytes bytes = made.build();
  Package package(bytes);
  ASSERT_CODE_OK(package);
  sinter_package_info info = sized<sinter_package_info>();
  ASSERT_EQ(sinter_package_get_info(package, &info, nullptr), SINTER_OK);
  EXPECT_EQ(info.bytes, bytes.size());
  EXPECT_EQ(info.entry_count, 1u);
  EXPECT_EQ(info.state_count, 1u);
  EXPECT_EQ(info.program_count, 2u);
  EXPECT_EQ(info.program, 1);
  EXPECT_STREQ(info.producer, "hand");
}

TEST(Inspect, FindsEntryPoints) {
  Package package(makeSum().build());
  uint32_t entry = 7;
  Error error;
  EXPECT_EQ(sinter_entry_find(package, "main", &entry, &error), SINTER_OK);
  EXPECT_EQ(entry, 0u);
  EXPECT_EQ(sinter_entry_find(package, nullptr, &entry, &error), SINTER_OK);
  EXPECT_EQ(sinter_entry_find(package, "other", &entry, &error), SINTER_E_NOT_FOUND);
  EXPECT_NE(strstr(error.text, "other"), nullptr);
  EXPECT_EQ(sinter_entry_find(package, "main", nullptr, &error), SINTER_E_ARGUMENT);
  sinter_entry_info info = sized<sinter_entry_info>();
  ASSERT_EQ(sinter_entry_get_info(package, 0, &info, &error), SINTER_OK);
  EXPECT_STREQ(info.name, "main");
  EXPECT_EQ(info.input_count, 2u);
  EXPECT_EQ(info.output_count, 1u);
  EXPECT_EQ(sinter_entry_get_info(package, 1, &info, &error), SINTER_E_NOT_FOUND);
}

TEST(Inspect, DescribesValues) {
  TestPackage made = makeSum();
  fb::ValueT &a = *entryOf(made).inputs[0];
  a.type = fb::ElementType_i8;
  a.dims = {fb::Dim(2, -1, -1), fb::Dim(2, -1, -1), fb::Dim(4, -1, -1)};
  a.alignment = 16;
  a.quantization = std::make_unique<fb::QuantizationT>();
  a.quantization->axis = 1;
  a.quantization->scale = {0.5f, 0.25f};
  a.quantization->zero_point = {3, -4};
  Package package(made.build());
  ASSERT_CODE_OK(package);
  sinter_value_info info = sized<sinter_value_info>();
  Error error;
  ASSERT_EQ(sinter_value_get_info(package, 0, SINTER_INPUT, 0, &info, &error), SINTER_OK) << error.text;
  EXPECT_STREQ(info.name, "a");
  EXPECT_EQ(info.type, uint32_t(SINTER_I8));
  EXPECT_EQ(info.rank, 3u);
  EXPECT_EQ(info.stride[0], 8);
  EXPECT_EQ(info.stride[1], 4);
  EXPECT_EQ(info.stride[2], 1);
  EXPECT_EQ(info.symbol[0], nullptr);
  EXPECT_EQ(info.bytes, 16u);
  EXPECT_EQ(info.alignment, 16u);
  EXPECT_EQ(info.state, -1);
  EXPECT_EQ(info.quant_axis, 1);
  ASSERT_EQ(info.scale_count, 2u);
  EXPECT_EQ(info.scale[1], 0.25f);
  EXPECT_EQ(info.zero_point[1], -4);
  ASSERT_EQ(sinter_value_get_info(package, 0, SINTER_OUTPUT, 0, &info, &error), SINTER_OK);
  EXPECT_STREQ(info.name, "y");
  EXPECT_EQ(info.scale, nullptr);
  EXPECT_EQ(sinter_value_get_info(package, 0, SINTER_OUTPUT, 1, &info, &error), SINTER_E_NOT_FOUND);
  EXPECT_EQ(sinter_value_get_info(package, 1, SINTER_INPUT, 0, &info, &error), SINTER_E_NOT_FOUND);
  EXPECT_EQ(sinter_value_get_info(package, 0, 5, 0, &info, &error), SINTER_E_ARGUMENT);
  EXPECT_EQ(sinter_value_get_info(package, 0, SINTER_INPUT, 0, nullptr, &error), SINTER_E_ARGUMENT);
}

TEST(Inspect, TypesHaveNamesAndSizes) {
  EXPECT_STREQ(sinter_type_name(SINTER_F32), "f32");
  EXPECT_STREQ(sinter_type_name(SINTER_F8E4M3FNUZ), "f8e4m3fnuz");
  EXPECT_STREQ(sinter_type_name(SINTER_STRING), "string");
  EXPECT_STREQ(sinter_type_name(200), "none");
  EXPECT_EQ(sinter_type_bits(SINTER_I4), 4u);
  EXPECT_EQ(sinter_type_bits(SINTER_BOOL), 8u);
  EXPECT_EQ(sinter_type_bits(SINTER_F64), 64u);
  EXPECT_EQ(sinter_type_bits(SINTER_STRING), 0u);
  // The numbers of sinter.h are those of the format.
  EXPECT_EQ(int(SINTER_F4E2M1), int(fb::ElementType_f4e2m1));
  EXPECT_EQ(int(SINTER_STRING), int(fb::ElementType_string));
}

TEST(Inspect, WhatIsNoPackageIsRefused) {
  Block zeros(4096);
  const sinter_package *none = static_cast<sinter_package *>(zeros.data());
  Error error;
  for (const sinter_package *package : {none, static_cast<const sinter_package *>(nullptr)}) {
    EXPECT_EQ(sinter_package_get_info(package, nullptr, &error), SINTER_E_ARGUMENT);
    EXPECT_EQ(sinter_entry_get_info(package, 0, nullptr, &error), SINTER_E_ARGUMENT);
    EXPECT_EQ(sinter_state_get_info(package, 0, nullptr, &error), SINTER_E_ARGUMENT);
    EXPECT_EQ(sinter_program_get_info(package, 0, nullptr, &error), SINTER_E_ARGUMENT);
  }
}
