// The null driver joins the driver conformance suite.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "../NullCode.h"

#include <cts/Conformance.h>
#include <sinter_driver.h>

#include <string.h>

extern "C" const sinter_driver *sinter_null_driver(uint32_t host_abi, sinter_error *error);

sinter::cts::Subject sinter::cts::subject() {
  using namespace sinter::null;
  const Record records[] = {{uint32_t(Operation::Copy), SINTER_F32, kElements},
                            {uint32_t(Operation::Add), SINTER_F32, kElements}};
  Subject result;
  result.entry = sinter_null_driver;
  result.target = kTarget;
  result.abi = kCodeAbi;
  result.code.resize(sizeof(records));
  memcpy(result.code.data(), records, sizeof(records));
  result.entries[kAddKernel] = sizeof(Record);
  return result;
}
