// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/compiler/Facts.h"
#include "compiler/target/TargetJson.h"
#include "targets/gpu/rocm/RocmCode.h"

using namespace sinter;
using namespace sinter::rocm;

namespace sinter::rocm {
extern const char *const rocmTargetJson;
}

Facts sinter::rocm::loadFacts() {
  Facts facts{gpu::readGpuFacts(readTargetJson(rocmTargetJson))};
  facts.gridWidth = kGridWidth;
  return facts;
}
