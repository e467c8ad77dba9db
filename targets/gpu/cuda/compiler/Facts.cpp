// Reads the embedded target.json.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/Facts.h"
#include "compiler/target/TargetJson.h"
#include "targets/gpu/cuda/CudaCode.h"

using namespace sinter;
using namespace sinter::cuda;

namespace sinter::cuda {
extern const char *const cudaTargetJson;
}

Facts sinter::cuda::loadFacts() {
  Facts facts{gpu::readGpuFacts(readTargetJson(cudaTargetJson)), {}};
  facts.gridWidth = kGridWidth;
  for (auto [info, entry] : llvm::zip(facts.info.variants, *facts.info.facts.getArray("variants"))) {
    Variant variant{info, 0, false, entry.getAsObject()->getString("ptx").value_or("").str()};
    llvm::StringRef level = info.name;
    variant.isExact = level.consume_back("a");
    if (!level.consume_front("sm_") || level.getAsInteger(10, variant.capability))
      llvm::report_fatal_error("targets/gpu/cuda/target.json: a variant is no feature level");
    facts.variants.push_back(std::move(variant));
  }
  return facts;
}
