// What the host's PTX machine makes of asynchronous copies: data is not there before it is waited for, and nobody else
// sees it before a barrier.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/ptx/Machine.h"

#include <gtest/gtest.h>
#include <string.h>

using namespace sinter::ptx;

namespace {

class Everything : public Memory {
public:
  bool has(uint64_t, uint64_t) const override { return true; }
};

/// Each of 32 threads copies 4 bytes to its place in shared memory, and stores what it finds at its neighbour's after
/// `between`. `valid` bytes of each are copied.
std::string runCopy(const std::string &between, uint32_t (&output)[32], const std::string &valid = "4",
                    const std::string &neighbour = "1") {
  std::string text = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry k0(.param .u64 k0_param_0, .param .u64 k0_param_1) {
  .reg .b32 %r<8>;
  .reg .b64 %rd<6>;
  .shared .align 16 .b8 room[128];
  ld.param.b64 %rd1, [k0_param_0];
  ld.param.b64 %rd2, [k0_param_1];
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %rd3, %r1, 4;
  add.s64 %rd1, %rd1, %rd3;
  add.s64 %rd2, %rd2, %rd3;
  shl.b32 %r2, %r1, 2;
  mov.b32 %r3, room;
  add.s32 %r4, %r3, %r2;
  add.s32 %r5, %r1, )" +
                     neighbour +
                     R"(;
  and.b32 %r5, %r5, 31;
  shl.b32 %r5, %r5, 2;
  add.s32 %r5, %r5, %r3;
  cp.async.ca.shared.global [%r4], [%rd1], 4, )" +
                     valid + ";\n" + between + R"(
  ld.shared.b32 %r6, [%r5];
  st.global.b32 [%rd2], %r6;
  ret;
}
)";
  Module module;
  if (std::string error = module.parse(text.c_str()); !error.empty())
    return error;
  uint32_t input[32];
  for (uint32_t i = 0; i < 32; ++i)
    input[i] = 1000 + i;
  Everything memory;
  Launch launch;
  launch.module = &module;
  launch.entry = module.find("k0");
  launch.memory = &memory;
  launch.parameters = {uint64_t(reinterpret_cast<uintptr_t>(input)), uint64_t(reinterpret_cast<uintptr_t>(output))};
  launch.block[0] = 32;
  return execute(launch);
}

constexpr const char *kCommit = "cp.async.commit_group;\n", *kWait = "cp.async.wait_group 0;\n",
                     *kMeet = "bar.sync 0;\n";

TEST(PtxCopy, ArrivesBehindCommitWaitAndBarrier) {
  uint32_t output[32] = {};
  ASSERT_EQ(runCopy(std::string(kCommit) + kWait + kMeet, output), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(output[i], 1000 + (i + 1) % 32);
}

TEST(PtxCopy, IsNotThereWithoutAnyOfThem) {
  for (const std::string &between :
       {std::string(kCommit) + kMeet, std::string(kWait) + kMeet, std::string(kCommit) + kWait,
        std::string(kCommit) + "cp.async.wait_group 1;\n" + kMeet}) {
    uint32_t output[32] = {};
    ASSERT_EQ(runCopy(between, output), "");
    EXPECT_EQ(output[0], 0xcdcdcdcd) << between;
  }
}

TEST(PtxCopy, ItsOwnThreadNeedsNoBarrier) {
  uint32_t output[32] = {};
  ASSERT_EQ(runCopy(std::string(kCommit) + kWait, output, "4", "0"), "");
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(output[i], 1000 + i);
}

TEST(PtxCopy, FillsWithZerosBehindWhatIsValid) {
  uint32_t output[32] = {};
  ASSERT_EQ(runCopy(std::string(kCommit) + kWait + kMeet, output, "2"), "");
  EXPECT_EQ(output[0], 1001u);
  ASSERT_EQ(runCopy(std::string(kCommit) + kWait + kMeet, output, "0"), "");
  EXPECT_EQ(output[0], 0u);
  EXPECT_NE(runCopy(std::string(kCommit) + kWait + kMeet, output, "5"), "");
}

} // namespace
