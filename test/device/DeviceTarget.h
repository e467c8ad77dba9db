// The test device to the compiler: the null target's kernels, in memory of the device's own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_DEVICE_DEVICETARGET_H
#define SINTER_TEST_DEVICE_DEVICETARGET_H

#include "compiler/target/Target.h"

namespace sinter::device {

std::unique_ptr<Target> createDeviceTarget();

/// "test:abort": as the device, but code generation ends in an abort inside LLVM.
std::unique_ptr<Target> createAbortingTarget();

} // namespace sinter::device

#endif
