// Checked arithmetic, texts, hashing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/support/Checked.h"
#include "runtime/support/Report.h"
#include "runtime/support/Sha256.h"
#include "runtime/support/Types.h"
#include "test/unit/runtime/Loaded.h"

using namespace sinter::rt;

TEST(Checked, RemembersOverflow) {
  EXPECT_TRUE((Checked(3) * 4 + 5).ok());
  EXPECT_EQ((Checked(3) * 4 + 5).value(), 17u);
  EXPECT_FALSE((Checked(UINT64_MAX) + 1).ok());
  EXPECT_FALSE((Checked(UINT64_MAX) + 1 + 5).ok());
  EXPECT_FALSE((Checked(1ull << 32) * (1ull << 32) * 0).ok());
  EXPECT_FALSE((Checked(UINT64_MAX) * 2).atMost(UINT64_MAX));
  EXPECT_EQ(Checked(65).alignedTo(64).value(), 128u);
  EXPECT_FALSE(Checked(UINT64_MAX - 5).alignedTo(64).ok());
  EXPECT_EQ(packedBytes(3, 4).value(), 2u);
  EXPECT_EQ(packedBytes(0, 32).value(), 0u);
  EXPECT_FALSE(packedBytes(1ull << 62, 8).ok());
}

TEST(Checked, RangesDoNotWrap) {
  EXPECT_TRUE(inRange(0, 0, 0));
  EXPECT_TRUE(inRange(4, 4, 8));
  EXPECT_FALSE(inRange(4, 5, 8));
  EXPECT_FALSE(inRange(9, 0, 8));
  EXPECT_FALSE(inRange(UINT64_MAX, 2, 8));
  EXPECT_FALSE(inRange(2, UINT64_MAX, 8));
}

TEST(Report, PutsSentencesTogether) {
  sinter::test::Error error;
  EXPECT_EQ(Report(&error).at(3, 99).limit(5, -6).node("conv").fail(SINTER_E_LIMIT, "a % b % c %%.", 0, INT64_MIN,
                                                                    UINT64_MAX, static_cast<const char *>(nullptr)),
            SINTER_E_LIMIT);
  EXPECT_STREQ(error.text, "a 0 b -9223372036854775808 c 18446744073709551615.");
  EXPECT_EQ(error.section, 3);
  EXPECT_EQ(error.offset, 99u);
  EXPECT_EQ(error.limit, 5);
  EXPECT_EQ(error.value, -6);
  EXPECT_STREQ(error.node, "conv");
}

TEST(Report, CutsWhatDoesNotFit) {
  sinter::test::Error error;
  std::string text(500, 'x');
  Report(&error).fail(SINTER_E_LIMIT, "%%", text.c_str(), 123456);
  EXPECT_EQ(std::string(error.text), text.substr(0, sizeof(error.text) - 1));
}

static std::string digest(const std::string &text, size_t step) {
  Sha256 hash;
  for (size_t i = 0; i < text.size(); i += step)
    hash.update(text.data() + i, std::min(step, text.size() - i));
  uint8_t bytes[32];
  hash.finish(bytes);
  std::string hex;
  for (uint8_t byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

TEST(Sha256, MatchesKnownDigests) {
  EXPECT_EQ(digest("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (size_t step : {1u, 3u, 55u, 56u, 63u, 64u, 65u, 1000u, 1000000u})
    EXPECT_EQ(digest(std::string(1000000, 'a'), step),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        << "in steps of " << step;
}
