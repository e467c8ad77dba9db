// Kernels become SPIR-V, each a module of its own, one after another in the code section.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "targets/gpu/compiler/GpuImage.h"
#include "targets/gpu/vulkan/VulkanCode.h"
#include "targets/gpu/vulkan/compiler/VulkanTarget.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::vulkan;

namespace {

/// Every kernel's entry point has one name, whatever the function was called.
void renameEntry(spirv::ModuleOp module) {
  for (auto entry : module.getOps<spirv::EntryPointOp>()) {
    auto function = cast<spirv::FuncOp>(SymbolTable::lookupNearestSymbolFrom(module, entry.getFnAttr()));
    for (auto mode : module.getOps<spirv::ExecutionModeOp>())
      mode.setFnAttr(FlatSymbolRefAttr::get(module.getContext(), kEntry));
    function.setName(kEntry);
    entry.setFnAttr(FlatSymbolRefAttr::get(module.getContext(), kEntry));
  }
}

uint32_t workgroupBytes(spirv::ModuleOp module) {
  int64_t bytes = 0;
  for (auto variable : module.getOps<spirv::GlobalVariableOp>())
    if (variable.storageClass() == spirv::StorageClass::Workgroup)
      bytes += cast<spirv::SPIRVType>(cast<spirv::PointerType>(variable.getType()).getPointeeType())
                   .getSizeInBytes()
                   .value_or(0);
  return static_cast<uint32_t>(bytes);
}

/// What the driver calls the features behind capabilities, in the order in which a package lists them.
constexpr std::pair<spirv::Capability, const char *> featureOf[] = {
    {spirv::Capability::StorageBuffer8BitAccess, "storage8"},
    {spirv::Capability::StorageBuffer16BitAccess, "storage16"},
    {spirv::Capability::Int8, "int8"},
    {spirv::Capability::Int16, "int16"},
    {spirv::Capability::Int64, "int64"},
    {spirv::Capability::Float16, "float16"},
    {spirv::Capability::Float64, "float64"},
};

/// A package needs of a device what its kernels use, no more.
class UsedFeatures {
public:
  void add(spirv::ModuleOp module) {
    for (spirv::Capability capability : module.getVceTriple()->getCapabilities())
      used.insert(capability);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (auto [capability, name] : featureOf)
      if (used.contains(capability))
        result.push_back(name);
    return result;
  }

private:
  llvm::SmallDenseSet<spirv::Capability> used;
};

} // namespace

FailureOr<EmittedVariant> sinter::vulkan::emitVariant(ModuleOp kernels, const Facts &facts, const Variant &variant,
                                                      const EmitOptions &options) {
  EmittedVariant result;
  result.info = variant.info;
  UsedFeatures features;
  for (auto func : kernels.getOps<func::FuncOp>()) {
    KernelHeader header = {
        kMagic, 0, func.getNumArguments() + func.getNumResults(), static_cast<uint32_t>(facts.threads), 0, {}};
    OwningOpRef<ModuleOp> job = gpu::isolate(func);
    PassManager pm(kernels.getContext());
    buildVariantPipeline(pm, facts, variant);
    if (failed(pm.run(*job)))
      return failure();
    auto module = *job->getOps<spirv::ModuleOp>().begin();
    renameEntry(module);
    features.add(module);
    SmallVector<uint32_t> words;
    spirv::SerializationOptions serialization;
    serialization.emitSymbolName = false;
    if (failed(spirv::serialize(module, words, serialization)))
      return func.emitError("internal: cannot be written as SPIR-V");
    header.words = static_cast<uint32_t>(words.size());
    header.workgroupBytes = workgroupBytes(module);
    if (options.text && options.stage == EmitStage::Llvm)
      module.print(*options.text);
    gpu::addEntry(result, gpu::appendStruct(result.image, header));
    gpu::append(result.image, {reinterpret_cast<const char *>(words.data()), words.size() * sizeof(uint32_t)});
  }
  llvm::append_range(result.info.features, features.names());
  if (options.text && options.stage == EmitStage::Object)
    options.text->write(result.image.data(), result.image.size());
  return result;
}
