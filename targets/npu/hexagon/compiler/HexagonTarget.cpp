// Hexagon as a target: the CPU target's kernels, for a processor with vectors of 128 bytes and without floats.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/compiler/HexagonTarget.h"
#include "compiler/target/TargetJson.h"
#include "targets/cpu/compiler/contraction/CpuPackConstants.h"
#include "targets/cpu/compiler/image/Emit.h"
#include "targets/cpu/compiler/kernel/KernelPipeline.h"
#include "targets/npu/hexagon/HexagonCode.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::hexagon;

namespace sinter::hexagon {
extern const char *const hexagonTargetJson;
}

static constexpr cpu::IntegerForm integerForm{/*doubles=*/false, /*columns=*/kVectorBytes / 4};

HexagonTarget::HexagonTarget() {
  core.info = readTargetJson(hexagonTargetJson);
  const llvm::json::Object &object = core.info.facts;
  core.triple = object.getString("triple").value_or("").str();
  bytesPerCycle = object.getNumber("vector_bytes_per_cycle").value_or(bytesPerCycle);
  macsPerCycle = object.getNumber("macs_per_cycle").value_or(macsPerCycle);
  for (const llvm::json::Value &entry : *object.getArray("variants"))
    core.variants.push_back(cpu::readVariant(*entry.getAsObject()));
}

std::unique_ptr<Target> HexagonTarget::refined(TargetInfo device) const {
  auto target = std::make_unique<HexagonTarget>(*this);
  target->core.info = std::move(device);
  return target;
}

void HexagonTarget::addLayoutPasses(OpPassManager &pm) const {
  CpuPackConstantsOptions packing;
  packing.doubles = integerForm.doubles;
  packing.columns = integerForm.columns;
  pm.addPass(createCpuPackConstants(packing));
}

LogicalResult HexagonTarget::lower(ModuleOp kernels) const {
  PassManager pm(kernels.getContext());
  cpu::buildLoweringPipeline(pm, integerForm);
  return pm.run(kernels);
}

FailureOr<std::vector<EmittedVariant>> HexagonTarget::emit(ModuleOp kernels, const EmitOptions &options,
                                                           unsigned threads) const {
  SmallVector<cpu::CpuVariant> variants;
  llvm::copy_if(core.variants, std::back_inserter(variants), [&](const cpu::CpuVariant &variant) {
    return options.variant.empty() || options.variant == variant.info.name;
  });
  return cpu::emitVariants(kernels, core, variants, options, threads);
}

std::unique_ptr<Target> sinter::hexagon::createHexagonTarget() { return std::make_unique<HexagonTarget>(); }
