// See LlvmKernel.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/LlvmKernel.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>

using namespace sinter;
using namespace sinter::gpu;

namespace {

/// What every buffer's start is a multiple of; see "alignment" in the targets' target.json.
constexpr uint64_t bufferAlignment = 256;
/// Of workgroup memory, in the back ends of NVIDIA's and AMD's GPUs alike.
constexpr unsigned workgroupSpace = 3;

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
}

void nameAll(llvm::Module &module, const KernelJob &job) {
  unsigned number = 0;
  for (llvm::GlobalVariable &global : module.globals()) {
    global.setLinkage(llvm::GlobalValue::InternalLinkage);
    global.setName(job.name + "_" + llvm::Twine(number++));
  }
  kernelOf(module).setName(job.name);
}

void describe(llvm::Function &kernel, const KernelJob &job) {
  for (llvm::Argument &argument : kernel.args()) {
    argument.addAttr(llvm::Attribute::getWithAlignment(kernel.getContext(), llvm::Align(bufferAlignment)));
    argument.addAttr(llvm::Attribute::NonNull);
    if (!llvm::is_contained(job.shared, argument.getArgNo()))
      argument.addAttr(llvm::Attribute::NoAlias);
  }
  kernel.addFnAttr(llvm::Attribute::NoUnwind);
  kernel.addFnAttr("no-builtins"); // Loops stay loops.
}

} // namespace

std::unique_ptr<llvm::TargetMachine> sinter::gpu::makeMachine(llvm::StringRef name, llvm::StringRef processor,
                                                              llvm::StringRef features, std::string &error) {
  initializeTargets();
  llvm::Triple triple(name);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  options.MCOptions.AsmVerbose = false;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, processor, features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

std::unique_ptr<llvm::Module> sinter::gpu::translateKernel(const KernelJob &job, const llvm::TargetMachine &machine,
                                                           llvm::LLVMContext &context) {
  auto kernels = *mlir::ModuleOp(*job.module).getOps<mlir::gpu::GPUModuleOp>().begin();
  std::unique_ptr<llvm::Module> module = mlir::translateModuleToLLVMIR(kernels, context, "kernel");
  if (!module)
    return nullptr;
  module->setSourceFileName("");
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
  nameAll(*module, job);
  describe(kernelOf(*module), job);
  return module;
}

llvm::Function &sinter::gpu::kernelOf(llvm::Module &module) {
  return *llvm::find_if(module, [](const llvm::Function &function) { return !function.isDeclaration(); });
}

void sinter::gpu::optimize(llvm::Module &module, llvm::TargetMachine &machine) {
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

std::string sinter::gpu::checkKernel(const llvm::Module &module, uint64_t mostBytes) {
  for (const llvm::Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic())
      return "it calls '" + function.getName().str() + "', and kernels call nothing";
  uint64_t bytes = workgroupBytes(module);
  return bytes <= mostBytes
             ? ""
             : "its temporaries have " + std::to_string(bytes) + " bytes, a workgroup has " + std::to_string(mostBytes);
}

uint64_t sinter::gpu::workgroupBytes(const llvm::Module &module) {
  uint64_t bytes = 0;
  for (const llvm::GlobalVariable &global : module.globals())
    if (global.getAddressSpace() == workgroupSpace)
      bytes = llvm::alignTo(bytes, module.getDataLayout().getPreferredAlign(&global)) +
              module.getDataLayout().getTypeAllocSize(global.getValueType());
  return bytes;
}
