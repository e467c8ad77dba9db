// One kernel in the LLVM dialect becomes an object file.
//
// Every call makes its own TargetMachine and pass managers, and works in the caller's LLVMContext, so kernels are
// compiled side by side. The module carries no names, paths or dates: equal kernels give equal bytes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/image/ObjectCode.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/IntegerDivision.h"
#include <mutex>

using namespace sinter;
using namespace sinter::cpu;

namespace {

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
}

/// The body's pointers are aligned and, but for shared ones, distinct.
void describeArguments(llvm::Function &body, const KernelFacts &facts) {
  llvm::LLVMContext &context = body.getContext();
  for (unsigned i = 0; i < facts.bindings; ++i) {
    body.addParamAttr(i, llvm::Attribute::getWithAlignment(context, llvm::Align(64)));
    body.addParamAttr(i, llvm::Attribute::NonNull);
    if (!llvm::is_contained(facts.shared, i))
      body.addParamAttr(i, llvm::Attribute::NoAlias);
  }
  body.addParamAttr(facts.bindings + 2, llvm::Attribute::NoAlias);
}

/// void name(void *const *bindings, const int64_t *scalars, uint64_t first, uint64_t count, void *scratch)
void addEntryPoint(llvm::Module &module, llvm::Function &body, const KernelFacts &facts) {
  llvm::LLVMContext &context = module.getContext();
  llvm::IRBuilder<> b(context);
  llvm::Type *pointer = b.getPtrTy(), *i64 = b.getInt64Ty();
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {pointer, pointer, i64, i64, pointer}, false);
  auto *entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, facts.name, module);
  entry->setVisibility(llvm::GlobalValue::HiddenVisibility);
  entry->setDSOLocal(true);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "", entry));
  llvm::SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < facts.bindings; ++i)
    arguments.push_back(b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, entry->getArg(0), i)));
  // The body counts in the processor's index type.
  for (unsigned i : {2, 3})
    arguments.push_back(b.CreateZExtOrTrunc(entry->getArg(i), body.getArg(facts.bindings + i - 2)->getType()));
  arguments.push_back(entry->getArg(4));
  b.CreateCall(&body, arguments);
  b.CreateRetVoid();
}

/// No library exists at run time, so the optimiser must not recognise loops as memset and the like.
void setFunctionAttributes(llvm::Module &module, const CpuVariant &variant) {
  std::string width = std::to_string(variant.vectorBytes * 8);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr("no-builtins");
    function.addFnAttr("target-cpu", variant.cpu);
    if (!variant.llvmFeatures.empty())
      function.addFnAttr("target-features", variant.llvmFeatures);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.setUWTableKind(llvm::UWTableKind::None);
  }
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine, const CpuVariant &variant) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = variant.loopVectors;
  tuning.SLPVectorization = variant.loopVectors;
  // Register tiles are written out already. LLVM would write out the loops around them too, whose counts are constants,
  // for twice the code and the time, and no speed.
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

/// What would become calls of a library that no kernel has.
void expandDivisions(llvm::Module &module) {
  llvm::SmallVector<llvm::BinaryOperator *> divisions;
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *op = llvm::dyn_cast<llvm::BinaryOperator>(&instruction))
        if (op->isIntDivRem() && !llvm::isa<llvm::Constant>(op->getOperand(1)))
          divisions.push_back(op);
  for (llvm::BinaryOperator *op : divisions)
    if (op->getOpcode() == llvm::Instruction::SDiv || op->getOpcode() == llvm::Instruction::UDiv)
      llvm::expandDivisionUpTo64Bits(op);
    else
      llvm::expandRemainderUpTo64Bits(op);
}

} // namespace

std::unique_ptr<llvm::Module> sinter::cpu::translateKernel(mlir::ModuleOp op, const KernelFacts &facts,
                                                           llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> module = mlir::translateModuleToLLVMIR(op, context, "kernel");
  if (!module)
    return nullptr;
  llvm::Function *body = module->getFunction(facts.name);
  body->setName(facts.name + ".body");
  body->setLinkage(llvm::GlobalValue::InternalLinkage);
  describeArguments(*body, facts);
  addEntryPoint(*module, *body, facts);
  module->setSourceFileName("");
  return module;
}

std::string sinter::cpu::generateObject(llvm::Module &module, const CpuArchitecture &arch, const CpuVariant &variant,
                                        llvm::SmallVectorImpl<char> &object, std::string *text) {
  initializeTargets();
  std::string error;
  llvm::Triple triple(arch.triple);
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return error;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(triple, variant.cpu, variant.llvmFeatures,
                                                                           options, llvm::Reloc::PIC_, std::nullopt,
                                                                           llvm::CodeGenOptLevel::Aggressive));
  module.setTargetTriple(triple);
  module.setDataLayout(machine->createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
  setFunctionAttributes(module, variant);
  optimize(module, *machine, variant);
  if (!variant.divides)
    expandDivisions(module);
  if (text)
    llvm::raw_string_ostream(*text) << module;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return "no object files for " + arch.triple;
  passes.run(module);
  return "";
}
