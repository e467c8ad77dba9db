// What the CUDA driver promises beyond the conformance suite: which code it loads, what it does when CUDA fails, one
// graph a segment.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/cuda/Code.h"
#include "test/cuda/FakeCuda.h"

#include <cts/Harness.h>
#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace sinter;
using namespace sinter::cts;
using namespace sinter::cuda;
using namespace sinter::gpu;

namespace {

class CudaDriver : public testing::Test {
protected:
  void SetUp() override {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    auto find = reinterpret_cast<fake::Control *(*)()>(dlsym(library, "sinterFakeCuda"));
    ASSERT_TRUE(find) << "this is a real libcuda.so.1";
    control = find();
    *control = {};
  }
  void TearDown() override {
    EXPECT_EQ(control->live, 0) << "something of CUDA's was not given back";
    EXPECT_EQ(hooks.outstanding, 0) << "memory was not given back";
  }

  /// Everything up to a finished run of output = input 0 + input 1.
  sinter_code runAll(std::string *text = nullptr) {
    Bench bench(hooks);
    sinter_prepared *prepared = nullptr;
    sinter_code code = bench.open();
    if (!code) {
      bench.dispatch(kCopyKernel, {arena(0), arena(1)});
      bench.dispatch(kAddKernel, {rangeOf(SINTER_RANGE_INPUT, 0), rangeOf(SINTER_RANGE_INPUT, 1), output});
      code = bench.prepare(&prepared);
    }
    if (!code) {
      code = bench.run(prepared);
      sinter_error unused = {};
      unused.size = sizeof(unused);
      if (code) // As the loader does, before anything is released.
        EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &unused), SINTER_OK) << unused.text;
    }
    for (uint32_t i = 0; !code && i < kElements; ++i)
      EXPECT_EQ(bench.output[i], bench.input[0][i] + bench.input[1][i]);
    if (prepared)
      bench.driver->release(prepared);
    if (text)
      *text = bench.error.text;
    return code;
  }

  /// What becomes of a package's code on the device.
  sinter_code load(const std::vector<uint8_t> &code, std::string *text = nullptr) {
    Bench bench(hooks);
    bench.subject.code = code;
    bench.image.length = code.size();
    sinter_code result = bench.open();
    if (text)
      *text = bench.error.text;
    return result;
  }

  static sinter_range arena(uint32_t index) { return rangeOf(SINTER_RANGE_ARENA, index); }
  const sinter_range output = rangeOf(SINTER_RANGE_OUTPUT, 0);
  fake::Control *control = nullptr;
  CountingHooks hooks;
};

// --- code ------------------------------------------------------------------------------------------------------------

TEST_F(CudaDriver, LoadsTheCubinWhereItFitsAndPtxElsewhere) {
  std::vector<uint8_t> code = makeCode(kCopyAndAdd, {2, 3}, kElements, "\177ELF and the rest");
  struct {
    int major, minor;
    bool isCubin;
  } const devices[] = {{8, 0, true}, {8, 9, true}, {9, 0, false}, {10, 0, false}, {12, 1, false}};
  for (const auto &device : devices) {
    control->major = device.major;
    control->minor = device.minor;
    ASSERT_EQ(load(code), SINTER_OK) << device.major << "." << device.minor;
    EXPECT_EQ(control->loadedCubin, device.isCubin) << device.major << "." << device.minor;
  }
}

TEST_F(CudaDriver, AcceptsFeatureLevelsThatTheDeviceHas) {
  struct {
    int major, minor;
    const char *levels;
  } const devices[] = {{7, 5, ""}, {8, 0, "sm_80"}, {8, 9, "sm_80"}, {9, 0, "sm_80 sm_90a"}, {12, 0, "sm_80 sm_100"}};
  for (const auto &device : devices) {
    control->major = device.major;
    control->minor = device.minor;
    sinter_error error = {};
    error.size = sizeof(error);
    sinter_device_info info = {};
    info.size = sizeof(info);
    const sinter_driver &driver = *sinter_cuda_driver(SINTER_DRIVER_ABI, &error);
    ASSERT_EQ(driver.enumerate(&hooks.hooks, 0, &info, &error), SINTER_OK);
    EXPECT_STREQ(info.features, device.levels);
    for (const char *level : {"sm_80", "sm_90a", "sm_100"}) {
      sinter_code_image image = {};
      image.size = sizeof(image);
      image.target = kTarget;
      image.variant = level;
      image.abi = kCodeAbi;
      image.features = &level;
      image.feature_count = 1;
      std::string words = " " + std::string(device.levels) + " ";
      bool has = words.find(" " + std::string(level) + " ") != std::string::npos;
      EXPECT_EQ(driver.accept(&hooks.hooks, 0, &image, &error), has ? SINTER_OK : SINTER_E_UNSUPPORTED) << level;
    }
  }
}

TEST_F(CudaDriver, SaysWhatIsWrongWithPtx) {
  std::string text;
  EXPECT_EQ(load(makeCode("nonsense", {2, 3}, kElements), &text), SINTER_E_UNSUPPORTED);
  EXPECT_NE(text.find("unknown directive 'nonsense'"), std::string::npos) << text;
  EXPECT_EQ(runAll(), SINTER_OK);
}

TEST_F(CudaDriver, RefusesDamagedHeaders) {
  const std::vector<uint8_t> good = makeCode(kCopyAndAdd, {2, 3}, kElements);
  ASSERT_EQ(load(good), SINTER_OK);
  // Every word but the level's, which any value may stand for, and the threads'.
  for (size_t at = 0; at < entryOf(2); at += 4) {
    bool isHeader = at < sizeof(ModuleHeader) || at >= entryOf(0);
    bool isChecked = isHeader && at != offsetof(ModuleHeader, kernels) && at != offsetof(ModuleHeader, capability);
    for (uint32_t number = 0; number < 2; ++number)
      isChecked &= at != entryOf(number) + offsetof(KernelHeader, threads) &&
                   at != entryOf(number) + offsetof(KernelHeader, workgroupBytes);
    if (!isChecked)
      continue;
    std::vector<uint8_t> code = good;
    memset(code.data() + at, 0xff, 4);
    EXPECT_EQ(load(code), SINTER_E_FORMAT) << "word at " << at;
  }
}

TEST_F(CudaDriver, RefusesWorkgroupsThatTheDeviceLacks) {
  EXPECT_EQ(load(makeCode(kCopyAndAdd, {2, 3}, 1025)), SINTER_E_UNSUPPORTED);
}

// --- running ---------------------------------------------------------------------------------------------------------

TEST_F(CudaDriver, SubmitsOneGraphForASegment) {
  ASSERT_EQ(runAll(), SINTER_OK);
  EXPECT_EQ(control->graphs, 1);
  EXPECT_EQ(control->launches, 2);
}

TEST_F(CudaDriver, ReturnsBeforeTheWorkIsDone) {
  Bench bench(hooks);
  sinter_prepared *prepared = nullptr;
  ASSERT_EQ(bench.open(), SINTER_OK) << bench.error.text;
  bench.dispatch(kAddKernel, {arena(0), arena(1), output});
  ASSERT_EQ(bench.prepare(&prepared), SINTER_OK) << bench.error.text;
  control->holds = true;
  uint64_t soon = hooks.hooks.clock(nullptr) + 20'000'000;
  EXPECT_EQ(bench.run(prepared, nullptr, soon), SINTER_E_DEADLINE);
  EXPECT_EQ(control->launches, 0);
  EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &bench.error), SINTER_OK) << bench.error.text;
  EXPECT_EQ(control->launches, 1) << "after a reset, nothing may still be under way";
  EXPECT_EQ(bench.run(prepared), SINTER_OK) << bench.error.text;
  bench.driver->release(prepared);
}

TEST_F(CudaDriver, ReportsAKernelThatFailsAndLoadsAgain) {
  std::string wild = kCopyAndAdd;
  wild.replace(wild.find("st.global.b32 [%rd2]"), 20, "st.global.b32 [%rd3]");
  {
    Bench bench(hooks);
    bench.subject.code = makeCode(wild, {2, 3}, kElements);
    sinter_prepared *prepared = nullptr;
    ASSERT_EQ(bench.open(), SINTER_OK) << bench.error.text;
    bench.dispatch(kCopyKernel, {arena(0), arena(1)});
    ASSERT_EQ(bench.prepare(&prepared), SINTER_OK) << bench.error.text;
    EXPECT_EQ(bench.run(prepared), SINTER_E_DEVICE);
    EXPECT_NE(std::string(bench.error.text).find("CUDA_ERROR_ILLEGAL_ADDRESS"), std::string::npos) << bench.error.text;
    EXPECT_EQ(bench.driver->reset(bench.stream, bench.timeline, &bench.error), SINTER_E_DEVICE);
    bench.driver->release(prepared);
  }
  EXPECT_EQ(runAll(), SINTER_OK);
}

/// Whichever function fails, at whichever of its calls: a typed error, everything given back, the next load works.
TEST_F(CudaDriver, SurvivesTheFailureOfEveryFunction) {
  const char *const functions[] = {"cuInit",
                                   "cuDeviceGetCount",
                                   "cuDeviceGet",
                                   "cuDeviceGetName",
                                   "cuDeviceGetAttribute",
                                   "cuMemAlloc_v2",
                                   "cuDeviceTotalMem_v2",
                                   "cuModuleLoadDataEx",
                                   "cuModuleGetFunction",
                                   "cuDevicePrimaryCtxRetain",
                                   "cuMemcpyHtoD_v2",
                                   "cuMemcpyDtoH_v2",
                                   "cuMemsetD8_v2",
                                   "cuStreamCreate",
                                   "cuStreamBeginCapture_v2",
                                   "cuLaunchKernel",
                                   "cuStreamEndCapture",
                                   "cuGraphUpload",
                                   "cuGraphInstantiateWithFlags",
                                   "cuGraphLaunch",
                                   "cuEventCreate",
                                   "cuEventRecord",
                                   "cuEventQuery"};
  for (const char *function : functions)
    for (int after = 0;; ++after) {
      *control = {};
      control->failing = function;
      control->failAfter = after;
      control->failure = 2; // CUDA_ERROR_OUT_OF_MEMORY
      std::string text;
      sinter_code code = runAll(&text);
      if (control->failAfter >= 0) { // It was not called that often.
        EXPECT_GT(after, 0) << function << " was never called";
        EXPECT_EQ(code, SINTER_OK) << text;
        break;
      }
      EXPECT_EQ(code, SINTER_E_MEMORY) << function << ", call " << after << ": " << text;
      EXPECT_NE(text.find("CUDA_ERROR_OUT_OF_MEMORY"), std::string::npos) << text;
      EXPECT_EQ(control->live, 0) << function << ", call " << after;
      ASSERT_EQ(runAll(&text), SINTER_OK) << text << " after " << function;
    }
}

TEST_F(CudaDriver, SaysThatThereIsNoDevice) {
  control->devices = 0;
  std::string text;
  EXPECT_EQ(runAll(&text), SINTER_E_NOT_FOUND);
  EXPECT_NE(text.find("CUDA_ERROR_NO_DEVICE"), std::string::npos) << text;
}

} // namespace
