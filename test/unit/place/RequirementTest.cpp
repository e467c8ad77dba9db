// The texts of --require.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/place/Requirement.h"
#include <gtest/gtest.h>

using namespace sinter;

TEST(Requirement, IsSplitAtTheLastColon) {
  std::optional<Requirement> requirement = parseRequirement("cpu:x86-64:99.5%macs");
  ASSERT_TRUE(requirement);
  EXPECT_EQ(requirement->target, "cpu:x86-64");
  EXPECT_EQ(requirement->millipercent, 99500u);
  EXPECT_EQ(requirement->unit, Requirement::Unit::Macs);
  EXPECT_TRUE(requirement->includes("cpu:x86-64"));
  EXPECT_FALSE(requirement->includes("cpu:aarch64"));
}

TEST(Requirement, AKindNamesAllOfItsTargets) {
  std::optional<Requirement> requirement = parseRequirement("npu:95%nodes");
  ASSERT_TRUE(requirement);
  EXPECT_TRUE(requirement->includes("npu"));
  EXPECT_TRUE(requirement->includes("npu:small"));
  EXPECT_FALSE(requirement->includes("npus"));
}

TEST(Requirement, RefusesOtherTexts) {
  for (const char *text :
       {"", "npu", "npu:95", "npu:95%", "npu:95%cycles", ":95%macs", "95%macs", "npu:101%macs", "npu:-1%macs",
        "npu:1e1%macs", "npu:5.%macs", "npu:5.1234%macs", "npu:100.001%macs", "npu:95%macs%"})
    EXPECT_FALSE(parseRequirement(text)) << text;
}

TEST(Requirement, IsExactAtTheBorder) {
  std::optional<Requirement> third = parseRequirement("npu:33.333%macs");
  ASSERT_TRUE(third);
  EXPECT_TRUE(isEnough(*third, 33333, 100000));
  EXPECT_FALSE(isEnough(*third, 33332, 100000));
  EXPECT_TRUE(isEnough(*third, uint64_t(1) << 63, ~uint64_t(0)));
  EXPECT_TRUE(isEnough(*third, 0, 0));
}

TEST(Requirement, PercentagesRoundDown) {
  EXPECT_EQ(percentText(99999999, 100000000), "99.999%");
  EXPECT_EQ(percentText(1, 2), "50%");
  EXPECT_EQ(percentText(1, 8), "12.5%");
  EXPECT_EQ(percentText(5, 5), "100%");
}
