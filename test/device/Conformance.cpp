// The test device joins the driver conformance suite.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/device/DeviceDriver.h"

#include "targets/null/NullCode.h"
#include <cts/Conformance.h>

#include <string.h>

sinter::cts::Subject sinter::cts::subject() {
  using namespace sinter::null;
  const Record records[] = {{uint32_t(Operation::Copy), SINTER_F32, kElements},
                            {uint32_t(Operation::Add), SINTER_F32, kElements}};
  Subject result;
  result.entry = sinter_test_device_driver;
  result.target = device::kTarget;
  result.abi = kCodeAbi;
  result.memory = device::kMemory;
  result.code.resize(sizeof(records));
  memcpy(result.code.data(), records, sizeof(records));
  result.entries[kAddKernel] = sizeof(Record);
  return result;
}
