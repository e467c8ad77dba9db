// What the CUDA driver promises: which code it loads, and what all drivers like it do (test/fake/DriverTests.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/cuda/Code.h"
#include "test/fake/DriverTests.h"

using namespace sinter;
using namespace sinter::cts;
using namespace sinter::cuda;
using namespace sinter::gpu;

namespace {

struct Cuda {
  static constexpr const char *library = "libcuda.so.1";
  static constexpr const char *outOfMemory = "CUDA_ERROR_OUT_OF_MEMORY";
  static constexpr const char *noDevice = "CUDA_ERROR_NO_DEVICE";
  static constexpr const char *illegalAddress = "CUDA_ERROR_ILLEGAL_ADDRESS";
  static constexpr const char *functions[] = {"cuInit",
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

  static std::vector<uint8_t> code(uint32_t threads) { return makeCode(kCopyAndAdd, {2, 3}, threads); }
  static std::vector<uint8_t> wildCode() {
    std::string wild = kCopyAndAdd;
    wild.replace(wild.find("st.global.b32 [%rd2]"), 20, "st.global.b32 [%rd3]");
    return makeCode(wild, {2, 3}, kElements);
  }
  /// But for the level, which any value may stand for, and the threads.
  static std::vector<size_t> checkedWords() {
    std::vector<size_t> words;
    for (size_t at = 0; at < entryOf(2); at += 4) {
      bool isHeader = at < sizeof(ModuleHeader) || at >= entryOf(0);
      bool isChecked = isHeader && at != offsetof(ModuleHeader, kernels) && at != offsetof(ModuleHeader, capability);
      for (uint32_t number = 0; number < 2; ++number)
        isChecked &= at != entryOf(number) + offsetof(KernelHeader, threads) &&
                     at != entryOf(number) + offsetof(KernelHeader, workgroupBytes);
      if (isChecked)
        words.push_back(at);
    }
    return words;
  }
};

using CudaDriver = fake::PlatformDriver<Cuda>;

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

} // namespace

namespace sinter::fake {
INSTANTIATE_TYPED_TEST_SUITE_P(Cuda, PlatformDriver, ::Cuda);
}
