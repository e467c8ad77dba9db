// Kernels become SPIR-V, each a module of its own, one after another in a code section that all variants share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "targets/gpu/compiler/GpuImage.h"
#include "targets/gpu/vulkan/VulkanCode.h"
#include "targets/gpu/vulkan/compiler/VulkanTarget.h"
#include "llvm/Support/ThreadPool.h"

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
  KernelHeader header;
  SmallVector<uint32_t> words;
  SmallVector<StringRef> needs;
  std::string text;   ///< Where it is asked for.
  uint64_t place = 0; ///< In the image, once it is there.
};

/// A kernel for all variants: several may have the same code.
struct Kernel {
  SmallVector<Code, 0> codes;
  SmallVector<size_t> codeOf; ///< For each variant.
  bool failed = false;
};

/// The code of all variants, one image. A kernel has the code of a better variant where that needs nothing more.
class Emitter {
public:
  Emitter(const Facts &facts, const EmitOptions &options) : facts(facts), options(options) {}

  /// Compiles on so many threads; image and errors are in the kernels' order.
  LogicalResult add(ArrayRef<func::FuncOp> funcs, unsigned threads) {
    if (funcs.empty())
      return success();
    std::vector<Kernel> kernels(funcs.size());
    {
      ParallelDiagnosticHandler handler(func::FuncOp(funcs.front()).getContext());
      llvm::DefaultThreadPool pool(llvm::hardware_concurrency(std::max(1u, threads)));
      for (size_t i = 0; i < funcs.size(); ++i)
        pool.async([&, i] {
          handler.setOrderIDForThread(i);
          kernels[i] = compile(funcs[i]);
          handler.eraseOrderIDForThread();
        });
      pool.wait();
    }
    if (llvm::any_of(kernels, [](const Kernel &kernel) { return kernel.failed; }))
      return failure();
    for (Kernel &kernel : kernels)
      append(kernel);
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
    struct Entry {
      uint64_t place;
      SmallVector<StringRef> needs;
    };
    const Variant &variant;
    SmallVector<Entry> kernels;

    SmallVector<uint64_t> places() const {
      return llvm::map_to_vector(kernels, [](const Entry &entry) { return entry.place; });
    }
  };

  EmittedVariant finish(const Emitted &emitted) const {
    EmittedVariant result;
    result.info.name = emitted.variant.info.name;
    for (const Emitted::Entry &entry : emitted.kernels)
      gpu::addEntry(result, entry.place);
    for (const Feature &feature : facts.features)
      if (llvm::any_of(emitted.kernels,
                       [&](const Emitted::Entry &entry) { return llvm::is_contained(entry.needs, feature.name); }))
        result.info.features.push_back(feature.name);
    result.image = image;
    return result;
  }

  Kernel compile(func::FuncOp func) const {
    Kernel kernel;
    for (const Emitted &emitted : variants) {
      auto fits = [&](const Code &code) {
        return llvm::all_of(code.needs, [&](StringRef need) { return emitted.variant.has(need); });
      };
      auto found = llvm::find_if(kernel.codes, fits);
      if (found == kernel.codes.end()) {
        FailureOr<Code> code = compile(func, emitted.variant);
        if (failed(code)) {
          kernel.failed = true;
          return kernel;
        }
        kernel.codes.push_back(std::move(*code));
        found = std::prev(kernel.codes.end());
      }
      kernel.codeOf.push_back(found - kernel.codes.begin());
    }
    return kernel;
  }

  FailureOr<Code> compile(func::FuncOp func, const Variant &variant) const {
    OwningOpRef<ModuleOp> job = gpu::isolate(func);
    PassManager pm(func.getContext());
    buildVariantPipeline(pm, facts, variant);
    if (failed(pm.run(*job)))
      return failure();
    auto module = *job->getOps<spirv::ModuleOp>().begin();
    renameEntry(module);
    Code code;
    spirv::SerializationOptions serialization;
    serialization.emitSymbolName = false;
    if (failed(spirv::serialize(module, code.words, serialization)))
      return func.emitError("internal: cannot be written as SPIR-V");
    code.header = {kMagic,
                   static_cast<uint32_t>(code.words.size()),
                   func.getNumArguments() + func.getNumResults(),
                   static_cast<uint32_t>(facts.threads),
                   workgroupBytes(module),
                   {}};
    code.needs = featuresOf(module, facts);
    if (options.text && options.stage == EmitStage::Llvm) {
      llvm::raw_string_ostream text(code.text);
      module.print(text);
    }
    return code;
  }

  void append(Kernel &kernel) {
    for (Code &code : kernel.codes) {
      code.place = gpu::appendStruct(image, code.header);
      gpu::append(image, {reinterpret_cast<const char *>(code.words.data()), code.words.size() * sizeof(uint32_t)});
      if (options.text)
        *options.text << code.text;
    }
    for (auto [emitted, number] : llvm::zip(variants, kernel.codeOf))
      emitted.kernels.push_back({kernel.codes[number].place, kernel.codes[number].needs});
  }

  const Facts &facts;
  const EmitOptions &options;
  SmallVector<Emitted, 0> variants; ///< Best first.
  SmallVector<char, 0> image;
};

} // namespace

FailureOr<std::vector<EmittedVariant>> sinter::vulkan::emitVariants(ModuleOp kernels, const Facts &facts,
                                                                    const EmitOptions &options, unsigned threads) {
  Emitter emitter(facts, options);
  for (const Variant &variant : facts.variants)
    if (options.variant.empty() || options.variant == variant.info.name)
      emitter.begin(variant);
  if (failed(emitter.add(SmallVector<func::FuncOp>(kernels.getOps<func::FuncOp>()), threads)))
    return failure();
  std::vector<EmittedVariant> result = emitter.finish();
  if (options.text && options.stage == EmitStage::Object)
    for (const EmittedVariant &variant : result)
      options.text->write(variant.image.data(), variant.image.size());
  return result;
}
