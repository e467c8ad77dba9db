// See CodeObject.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/compiler/CodeObject.h"
#include "compiler/support/LinkElf.h"
#include "targets/gpu/compiler/LlvmKernel.h"
#include "targets/gpu/rocm/RocmCode.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Linker/Linker.h"

using namespace sinter;
using namespace sinter::rocm;

namespace {

constexpr unsigned globalSpace = 1;

/// Of code objects that HIP 5.3 and later load: the back end's newest needs 6.3.
constexpr uint32_t codeObjectVersion = 500;

std::unique_ptr<llvm::TargetMachine> makeMachine(llvm::StringRef processor, std::string &error) {
  return gpu::makeMachine("amdgcn-amd-amdhsa", processor, "", error);
}

/// Buffers lie in global memory: of a kernel's parameter that says so, the back end need not ask which memory it is.
void takeGlobalPointers(llvm::Module &module) {
  llvm::Function &old = gpu::kernelOf(module);
  llvm::LLVMContext &context = module.getContext();
  llvm::SmallVector<llvm::Type *> types(old.arg_size(), llvm::PointerType::get(context, globalSpace));
  auto *type = llvm::FunctionType::get(old.getReturnType(), types, /*isVarArg=*/false);
  llvm::Function *made = llvm::Function::Create(type, old.getLinkage(), old.getAddressSpace(), "", &module);
  made->copyAttributesFrom(&old);
  made->copyMetadata(&old, 0);
  made->splice(made->begin(), &old);
  llvm::IRBuilder<> b(&made->getEntryBlock(), made->getEntryBlock().begin());
  for (auto [from, to] : llvm::zip_equal(old.args(), made->args()))
    from.replaceAllUsesWith(b.CreateAddrSpaceCast(&to, from.getType()));
  made->takeName(&old);
  old.eraseFromParent();
}

std::string parse(llvm::ArrayRef<OptimizedKernel> kernels, llvm::Module &all) {
  llvm::Linker linker(all);
  for (const OptimizedKernel &kernel : kernels) {
    auto module = llvm::parseBitcodeFile({{kernel.bitcode.data(), kernel.bitcode.size()}, ""}, all.getContext());
    if (!module)
      return llvm::toString(module.takeError());
    if (linker.linkInModule(std::move(*module)))
      return "the kernels cannot share a module";
  }
  return "";
}

} // namespace

std::string sinter::rocm::optimizeKernel(const gpu::KernelJob &job, llvm::StringRef processor, int64_t threads,
                                         bool wantsText, OptimizedKernel &kernel) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(processor, error);
  if (!machine)
    return error;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = gpu::translateKernel(job, *machine, context);
  if (!module)
    return "the LLVM dialect cannot be translated";
  module->setModuleFlag(llvm::Module::Error, "amdhsa_code_object_version", codeObjectVersion);
  takeGlobalPointers(*module);
  gpu::kernelOf(*module).setVisibility(llvm::GlobalValue::ProtectedVisibility);
  // It decides how many registers there are for each thread.
  std::string size = std::to_string(threads);
  gpu::kernelOf(*module).addFnAttr("amdgpu-flat-work-group-size", size + "," + size);
  gpu::optimize(*module, *machine);
  if (wantsText)
    llvm::raw_string_ostream(kernel.text) << *module;
  if (error = gpu::checkKernel(*module, kMostWorkgroupBytes); !error.empty())
    return error;
  kernel.workgroupBytes = gpu::workgroupBytes(*module);
  llvm::raw_svector_ostream stream(kernel.bitcode);
  llvm::WriteBitcodeToFile(*module, stream);
  return "";
}

std::string sinter::rocm::makeCodeObject(llvm::ArrayRef<OptimizedKernel> kernels, llvm::StringRef processor,
                                         bool embedsBitcode, std::string &object) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(processor, error);
  if (!machine)
    return error;
  llvm::LLVMContext context;
  llvm::Module module("kernels", context);
  module.setSourceFileName("");
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  if (error = parse(kernels, module); !error.empty())
    return error;
  if (embedsBitcode)
    llvm::embedBitcodeInModule(module, llvm::MemoryBufferRef(), /*EmbedBitcode=*/true, /*EmbedCmdline=*/false, {});
  llvm::SmallVector<char, 0> code;
  llvm::raw_svector_ostream stream(code);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return "no object files for " + processor.str();
  passes.run(module);
  return linkElf({"-shared", "--no-undefined"}, {code.data(), code.size()}, object);
}
