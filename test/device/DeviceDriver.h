// A device that exists for tests: memory of its own behind handles, work on a thread of its own,
// and every way to fail.
//
// It executes the null target's records (targets/null/NullCode.h) in memory that no host pointer
// leads to, except what it allocates as "staging". The loader's tests and compiled programs run on
// it as on any asynchronous device.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_DEVICE_DEVICEDRIVER_H
#define SINTER_TEST_DEVICE_DEVICEDRIVER_H

#include <sinter_driver.h>

#include <atomic>

namespace sinter::device {

constexpr const char *kTarget = "test:device";
constexpr const char *kDriver = "test-device";
constexpr const char *kMemory = "device";   ///< Where kernels work; the host does not see it.
constexpr const char *kStaging = "staging"; ///< Host and device see it; only copies use it.

/// What a test asks of the device, and what the device has seen. One for the process.
struct Control {
  // Failures: the n-th call from now on fails, 0 the next; -1 none.
  std::atomic<int64_t> failAllocation{-1}, failSubmission{-1};
  std::atomic<int64_t> loseAtWork{-1}; ///< The n-th piece of work: the device is lost, for this stream for ever.
  std::atomic<bool> hangs{false};      ///< Work never ends until the stream is reset.
  std::atomic<bool> givesNoHostPointer{false}; ///< For staging memory.
  std::atomic<uint64_t> largestMemory{uint64_t(1) << 30};

  // Observed.
  std::atomic<int64_t> memories{0};    ///< That are allocated now.
  std::atomic<int64_t> submissions{0}; ///< In all.
  std::atomic<int64_t> overlapped{0};  ///< Submissions that returned before their work had ended.
  std::atomic<int64_t> uploads{0};     ///< Constants that were put on the device.

  void reset();
};

Control &control();

} // namespace sinter::device

extern "C" const sinter_driver *sinter_test_device_driver(uint32_t host_abi, sinter_error *error);

#endif
