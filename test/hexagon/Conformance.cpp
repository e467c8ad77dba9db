// The Hexagon driver joins the driver conformance suite.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/hexagon/Code.h"

#include <cts/Conformance.h>

sinter::cts::Subject sinter::cts::subject() {
  Subject result;
  result.entry = sinter_hexagon_driver;
  result.target = hexagon::kTarget;
  result.abi = hexagon::kCodeAbi;
  result.memory = hexagon::kDeviceMemory;
  result.code = hexagon::readCode();
  result.entries[kCopyKernel] = hexagon::kCopyEntry;
  result.entries[kAddKernel] = hexagon::kAddEntry;
  return result;
}
