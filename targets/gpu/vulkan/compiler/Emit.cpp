// Kernels become SPIR-V, each a module of its own, one after another in a code section that all variants share.
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

/// The names of the features whose capabilities a kernel uses.
SmallVector<StringRef> featuresOf(spirv::ModuleOp module, const Facts &facts) {
  SmallVector<StringRef> names;
  for (const Feature &feature : facts.features)
    if (llvm::any_of(module.getVceTriple()->getCapabilities(), [&](spirv::Capability capability) {
          return llvm::is_contained(feature.capabilities, spirv::stringifyCapability(capability));
        }))
      names.push_back(feature.name);
  return names;
}

/// A kernel's code, and what a device must have for it.
struct Code {
  uint64_t place = 0;
  SmallVector<StringRef> needs;
};

/// The code of all variants, one image. A kernel has the code of a better variant where that needs nothing more.
class Emitter {
public:
  Emitter(const Facts &facts, const EmitOptions &options) : facts(facts), options(options) {}

  LogicalResult add(func::FuncOp func) {
    SmallVector<Code> made;
    for (Emitted &emitted : variants) {
      auto fits = [&](const Code &code) {
        return llvm::all_of(code.needs, [&](StringRef need) { return emitted.variant.has(need); });
      };
      auto found = llvm::find_if(made, fits);
      if (found == made.end()) {
        FailureOr<Code> code = compile(func, emitted.variant);
        if (failed(code))
          return failure();
        made.push_back(*code);
        found = std::prev(made.end());
      }
      emitted.kernels.push_back(*found);
    }
    return success();
  }

  void begin(const Variant &variant) { variants.push_back({variant, {}}); }

  /// A variant whose code is that of a later one, which other devices have too, is left out.
  std::vector<EmittedVariant> finish() const {
    std::vector<EmittedVariant> result;
    for (size_t v = 0; v < variants.size(); ++v)
      if (llvm::none_of(ArrayRef(variants).drop_front(v + 1),
                        [&](const Emitted &later) { return later.places() == variants[v].places(); }))
        result.push_back(finish(variants[v]));
    return result;
  }

private:
  struct Emitted {
    const Variant &variant;
    SmallVector<Code> kernels;

    SmallVector<uint64_t> places() const {
      return llvm::map_to_vector(kernels, [](const Code &code) { return code.place; });
    }
  };

  EmittedVariant finish(const Emitted &emitted) const {
    EmittedVariant result;
    result.info.name = emitted.variant.info.name;
    for (const Code &code : emitted.kernels)
      gpu::addEntry(result, code.place);
    for (const Feature &feature : facts.features)
      if (llvm::any_of(emitted.kernels, [&](const Code &code) { return llvm::is_contained(code.needs, feature.name); }))
        result.info.features.push_back(feature.name);
    result.image = image;
    return result;
  }

  FailureOr<Code> compile(func::FuncOp func, const Variant &variant) {
    KernelHeader header = {
        kMagic, 0, func.getNumArguments() + func.getNumResults(), static_cast<uint32_t>(facts.threads), 0, {}};
    OwningOpRef<ModuleOp> job = gpu::isolate(func);
    PassManager pm(func.getContext());
    buildVariantPipeline(pm, facts, variant);
    if (failed(pm.run(*job)))
      return failure();
    auto module = *job->getOps<spirv::ModuleOp>().begin();
    renameEntry(module);
    SmallVector<uint32_t> words;
    spirv::SerializationOptions serialization;
    serialization.emitSymbolName = false;
    if (failed(spirv::serialize(module, words, serialization)))
      return func.emitError("internal: cannot be written as SPIR-V");
    header.words = static_cast<uint32_t>(words.size());
    header.workgroupBytes = workgroupBytes(module);
    if (options.text && options.stage == EmitStage::Llvm)
      module.print(*options.text);
    Code code{gpu::appendStruct(image, header), featuresOf(module, facts)};
    gpu::append(image, {reinterpret_cast<const char *>(words.data()), words.size() * sizeof(uint32_t)});
    return code;
  }

  const Facts &facts;
  const EmitOptions &options;
  SmallVector<Emitted, 0> variants; ///< Best first.
  SmallVector<char, 0> image;
};

} // namespace

FailureOr<std::vector<EmittedVariant>> sinter::vulkan::emitVariants(ModuleOp kernels, const Facts &facts,
                                                                    const EmitOptions &options) {
  Emitter emitter(facts, options);
  for (const Variant &variant : facts.variants)
    if (options.variant.empty() || options.variant == variant.info.name)
      emitter.begin(variant);
  for (auto func : kernels.getOps<func::FuncOp>())
    if (failed(emitter.add(func)))
      return failure();
  std::vector<EmittedVariant> result = emitter.finish();
  if (options.text && options.stage == EmitStage::Object)
    for (const EmittedVariant &variant : result)
      options.text->write(variant.image.data(), variant.image.size());
  return result;
}
