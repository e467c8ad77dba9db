// One kernel in the LLVM dialect becomes PTX.
//
// A kernel is pure: LLVM has an instruction for everything in it, or there is no code. With no CUDA toolkit at hand a
// mathematical function would silently become a call of a library that is not there.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/PtxCode.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "targets/gpu/cuda/CudaCode.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>

using namespace sinter;
using namespace sinter::cuda;

namespace {

/// What every buffer's start is a multiple of; see "alignment" in target.json.
constexpr uint64_t bufferAlignment = 256;
constexpr unsigned sharedSpace = 3;
constexpr llvm::StringLiteral headerEnd = ".address_size 64\n";

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
}

std::unique_ptr<llvm::TargetMachine> makeMachine(const Variant &variant, std::string &error) {
  initializeTargets();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  options.MCOptions.AsmVerbose = false;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(triple, variant.info.name, "+" + variant.ptx,
                                                                          options, llvm::Reloc::PIC_, std::nullopt,
                                                                          llvm::CodeGenOptLevel::Aggressive));
}

/// The kernel's function, which gets its name; and all else is named after it, so that kernels can share a module.
llvm::Function *nameKernel(llvm::Module &module, const KernelFacts &facts) {
  llvm::Function *kernel = nullptr;
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      kernel = &function;
  unsigned number = 0;
  for (llvm::GlobalVariable &global : module.globals()) {
    global.setLinkage(llvm::GlobalValue::InternalLinkage);
    global.setName(facts.name + "_" + llvm::Twine(number++));
  }
  kernel->setName(facts.name);
  return kernel;
}

void describe(llvm::Function &kernel, const KernelFacts &facts) {
  for (llvm::Argument &argument : kernel.args()) {
    argument.addAttr(llvm::Attribute::getWithAlignment(kernel.getContext(), llvm::Align(bufferAlignment)));
    argument.addAttr(llvm::Attribute::NonNull);
    if (!llvm::is_contained(facts.shared, argument.getArgNo()))
      argument.addAttr(llvm::Attribute::NoAlias);
  }
  kernel.addFnAttr(llvm::Attribute::NoUnwind);
  kernel.addFnAttr("no-builtins");        // Loops stay loops.
  kernel.addFnAttr("nvvm.minctasm", "1"); // Otherwise ptxas spills a few registers for more workgroups side by side.
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

/// A function that the kernel would call, or "".
std::string foreignFunction(const llvm::Module &module) {
  for (const llvm::Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic())
      return function.getName().str();
  return "";
}

uint64_t sharedBytes(const llvm::Module &module) {
  uint64_t bytes = 0;
  for (const llvm::GlobalVariable &global : module.globals())
    if (global.getAddressSpace() == sharedSpace)
      bytes = llvm::alignTo(bytes, module.getDataLayout().getPreferredAlign(&global)) +
              module.getDataLayout().getTypeAllocSize(global.getValueType());
  return bytes;
}

} // namespace

std::string sinter::cuda::generatePtx(mlir::ModuleOp op, const KernelFacts &facts, const Variant &variant,
                                      bool wantsText, Ptx &ptx) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = makeMachine(variant, error);
  if (!machine)
    return error;
  llvm::LLVMContext context;
  auto kernels = *op.getOps<mlir::gpu::GPUModuleOp>().begin();
  std::unique_ptr<llvm::Module> module = mlir::translateModuleToLLVMIR(kernels, context, "kernel");
  if (!module)
    return "the LLVM dialect cannot be translated";
  module->setSourceFileName("");
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  describe(*nameKernel(*module, facts), facts);
  optimize(*module, *machine);
  if (wantsText)
    llvm::raw_string_ostream(ptx.text) << *module;
  if (std::string name = foreignFunction(*module); !name.empty())
    return "it calls '" + name + "', and kernels call nothing";
  ptx.workgroupBytes = sharedBytes(*module);
  if (ptx.workgroupBytes > kMostWorkgroupBytes)
    return "its temporaries have " + std::to_string(ptx.workgroupBytes) + " bytes, a workgroup has " +
           std::to_string(kMostWorkgroupBytes);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile))
    return "no PTX for " + variant.info.name;
  passes.run(*module);
  size_t end = text.find(headerEnd);
  if (end == llvm::StringRef::npos)
    return "PTX of an unknown form";
  // Instruction selection has calls of its own for what the processor lacks.
  if (text.str().contains(".extern"))
    return "it needs a function from outside, and kernels call nothing";
  ptx.header = text.substr(0, end + headerEnd.size()).str();
  ptx.body = text.substr(end + headerEnd.size()).str();
  return "";
}
