// A metadata section with every table of the schema in it, as bytes: for tests that read the schema with the loader's
// own copy of FlatBuffers, which does not go together with TestPackage.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_UNIT_RUNTIME_SAMPLEMETADATA_H
#define SINTER_TEST_UNIT_RUNTIME_SAMPLEMETADATA_H

#include <stdint.h>
#include <vector>

namespace sinter::test {

std::vector<uint8_t> sampleMetadata();

} // namespace sinter::test

#endif
