// What the ROCm driver promises: which code it loads, and what all drivers like it do (test/fake/DriverTests.h).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/fake/DriverTests.h"
#include "test/rocm/Code.h"

using namespace sinter;
using namespace sinter::cts;
using namespace sinter::gpu;
using namespace sinter::rocm;

namespace {

struct Rocm {
  static constexpr const char *library = "libamdhip64.so";
  static constexpr const char *outOfMemory = "hipErrorOutOfMemory";
  static constexpr const char *noDevice = "hipErrorNoDevice";
  static constexpr const char *illegalAddress = "hipErrorIllegalAddress";
  static constexpr const char *functions[] = {"hipInit",
                                              "hipGetDeviceCount",
                                              "hipDeviceGet",
                                              "hipGetDevicePropertiesR0600",
                                              "hipMalloc",
                                              "hipModuleLoadData",
                                              "hipModuleGetFunction",
                                              "hipMemcpyHtoD",
                                              "hipMemcpyDtoH",
                                              "hipMemsetD8",
                                              "hipStreamCreateWithFlags",
                                              "hipStreamBeginCapture",
                                              "hipModuleLaunchKernel",
                                              "hipStreamEndCapture",
                                              "hipGraphUpload",
                                              "hipGraphInstantiateWithFlags",
                                              "hipGraphLaunch",
                                              "hipEventCreateWithFlags",
                                              "hipEventRecord",
                                              "hipEventQuery"};

  static std::vector<uint8_t> code(uint32_t threads) { return makeCode(kCopyAndAdd, {2, 3}, threads); }
  static std::vector<uint8_t> wildCode() {
    std::string wild = kCopyAndAdd;
    const std::string good = "store i32 %word, ptr addrspace(1) %to";
    wild.replace(wild.find(good), good.size(),
                 "store i32 %word, ptr addrspace(1) inttoptr (i64 64 to ptr addrspace(1))");
    return makeCode(wild, {2, 3}, kElements);
  }
  /// But for how many kernels the module has and what a workgroup needs, of which large numbers are no damage.
  static std::vector<size_t> checkedWords() {
    std::vector<size_t> words;
    for (size_t at = 0; at < entryOf(2); at += 4) {
      bool isChecked = at != offsetof(ModuleHeader, kernels);
      for (uint32_t number = 0; number < 2; ++number)
        isChecked &= at != entryOf(number) + offsetof(KernelHeader, threads) &&
                     at != entryOf(number) + offsetof(KernelHeader, workgroupBytes);
      if (isChecked)
        words.push_back(at);
    }
    return words;
  }
};

using RocmDriver = fake::PlatformDriver<Rocm>;

TEST_F(RocmDriver, AcceptsCodeForItsProcessorAlone) {
  struct {
    const char *processor, *features;
  } const devices[] = {{"gfx942:sramecc+:xnack-", "gfx942"}, {"gfx1100", "gfx1100"}, {"gfx90a:sramecc+:xnack-", ""}};
  for (const auto &device : devices) {
    control->processor = device.processor;
    sinter_error error = {};
    error.size = sizeof(error);
    sinter_device_info info = {};
    info.size = sizeof(info);
    const sinter_driver &driver = *sinter_rocm_driver(SINTER_DRIVER_ABI, &error);
    ASSERT_EQ(driver.enumerate(&hooks.hooks, 0, &info, &error), SINTER_OK);
    EXPECT_STREQ(info.features, device.features);
    for (const char *processor : {"gfx942", "gfx1100"}) {
      sinter_code_image image = {};
      image.size = sizeof(image);
      image.target = kTarget;
      image.variant = processor;
      image.abi = kCodeAbi;
      image.features = &processor;
      image.feature_count = 1;
      bool isIts = !strcmp(processor, device.features);
      EXPECT_EQ(driver.accept(&hooks.hooks, 0, &image, &error), isIts ? SINTER_OK : SINTER_E_UNSUPPORTED) << processor;
    }
  }
}

TEST_F(RocmDriver, RefusesCodeThatHipRefuses) {
  std::string text;
  EXPECT_EQ(
      load(makeCode("\177ELF and no more, for as long as a header of an ELF file is: 64 bytes", {2, 3}, kElements),
           &text),
      SINTER_E_UNSUPPORTED);
  EXPECT_NE(text.find("hipErrorInvalidImage"), std::string::npos) << text;
  control->processor = "gfx1100";
  EXPECT_EQ(load(Rocm::code(kElements), &text), SINTER_E_UNSUPPORTED);
  EXPECT_NE(text.find("hipErrorNoBinaryForGpu"), std::string::npos) << text;
  control->processor = "gfx942";
  EXPECT_EQ(runAll(), SINTER_OK);
}

} // namespace

namespace sinter::fake {
INSTANTIATE_TYPED_TEST_SUITE_P(Rocm, PlatformDriver, ::Rocm);
}
