// Kernels of AMDGPU's LLVM IR, compiled for the host.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/rocm/Wave.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsAMDGPU.h"
#include "llvm/IR/Verifier.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"

#include <map>

using namespace sinter::rocm;

namespace {

/// AMDGPU's address spaces.
enum : unsigned { flatSpace = 0, globalSpace = 1, localSpace = 3 };

// --- what an image holds ---------------------------------------------------------------------------------------------

struct Image {
  std::string processor, problem;
  llvm::StringRef ir; ///< Bitcode or text.
};

Image readImage(const void *image) {
  const char *bytes = static_cast<const char *>(image);
  if (memcmp(bytes, llvm::ELF::ElfMagic, 4))
    return {"gfx942", "", bytes};
  llvm::ELF::Elf64_Ehdr header;
  memcpy(&header, bytes, sizeof(header));
  size_t size = header.e_shoff + size_t(header.e_shnum) * header.e_shentsize; // The sections' table is the last.
  auto file = llvm::object::ObjectFile::createObjectFile({llvm::StringRef(bytes, size), ""});
  if (!file)
    return {"", llvm::toString(file.takeError()), ""};
  auto *elf = llvm::dyn_cast<llvm::object::ELFObjectFileBase>(file->get());
  std::string processor = elf ? elf->tryGetCPUName().value_or("").str() : "";
  for (const llvm::object::SectionRef &section : (*file)->sections()) {
    llvm::Expected<llvm::StringRef> name = section.getName(), contents = section.getContents();
    bool isBitcode = name && contents && *name == ".llvmbc";
    llvm::StringRef found = isBitcode ? *contents : "";
    llvm::consumeError(name.takeError());
    llvm::consumeError(contents.takeError());
    if (isBitcode)
      return {processor, "", found};
  }
  return {processor, "the code object has no LLVM IR: it was compiled without --embed-bitcode", ""};
}

// --- from AMDGPU's IR to the host's ----------------------------------------------------------------------------------

class Rewriter {
public:
  explicit Rewriter(llvm::Module &module) : module(module), context(module.getContext()) {}

  /// Returns what there is no model of, or "".
  std::string rewrite() {
    std::vector<llvm::Function *> kernels; // Each gets an entry beside it.
    for (llvm::Function &function : module)
      if (!function.isDeclaration())
        kernels.push_back(&function);
    for (llvm::Function *kernel : kernels)
      rewrite(*kernel);
    for (llvm::Function &function : llvm::make_early_inc_range(module))
      if (function.isDeclaration() && function.getName().starts_with("llvm.amdgcn."))
        replaceCalls(function);
    for (llvm::GlobalVariable &global : module.globals())
      if (global.getAddressSpace() == localSpace)
        global.setLinkage(llvm::GlobalValue::ExternalLinkage);
    return problem;
  }

private:
  void rewrite(llvm::Function &function) {
    function.setCallingConv(llvm::CallingConv::C);
    function.setAttributes({});
    function.setVisibility(llvm::GlobalValue::DefaultVisibility);
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    for (llvm::Instruction &instruction : llvm::make_early_inc_range(llvm::instructions(function))) {
      if (auto *alloca = llvm::dyn_cast<llvm::AllocaInst>(&instruction))
        moveToHostStack(*alloca);
      else if (instruction.isLifetimeStartOrEnd())
        instruction.eraseFromParent();
      else if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
        check(*load, load->getPointerOperand(), load->getType());
      else if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction))
        check(*store, store->getPointerOperand(), store->getValueOperand()->getType());
    }
    addEntry(function);
  }

  void moveToHostStack(llvm::AllocaInst &alloca) {
    llvm::IRBuilder<> b(&alloca);
    auto *moved = b.CreateAlloca(alloca.getAllocatedType(), flatSpace, alloca.getArraySize());
    moved->setAlignment(alloca.getAlign());
    alloca.replaceAllUsesWith(b.CreateAddrSpaceCast(moved, alloca.getType()));
    alloca.eraseFromParent();
  }

  /// Accesses to buffers; those to workgroup memory, tables and the stack are the compiler's own.
  void check(llvm::Instruction &access, llvm::Value *pointer, llvm::Type *type) {
    if (unsigned space = pointer->getType()->getPointerAddressSpace(); space != globalSpace && space != flatSpace)
      return;
    llvm::IRBuilder<> b(&access);
    call(b, "sinter.check", b.getVoidTy(),
         {b.CreateAddrSpaceCast(pointer, b.getPtrTy()),
          b.getInt64(module.getDataLayout().getTypeStoreSize(type).getFixedValue())});
  }

  /// void <name>.entry(void *const *parameters)
  void addEntry(llvm::Function &kernel) {
    auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {llvm::PointerType::get(context, flatSpace)},
                                         /*isVarArg=*/false);
    auto *entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, kernel.getName() + ".entry", module);
    llvm::IRBuilder<> b(llvm::BasicBlock::Create(context, "", entry));
    std::vector<llvm::Value *> arguments;
    for (llvm::Argument &argument : kernel.args())
      arguments.push_back(
          b.CreateLoad(argument.getType(), b.CreateConstGEP1_64(b.getPtrTy(), entry->getArg(0), argument.getArgNo())));
    b.CreateCall(&kernel, arguments);
    b.CreateRetVoid();
  }

  llvm::Value *call(llvm::IRBuilder<> &b, llvm::StringRef name, llvm::Type *result,
                    llvm::ArrayRef<llvm::Value *> arguments) {
    std::vector<llvm::Type *> types;
    for (llvm::Value *argument : arguments)
      types.push_back(argument->getType());
    return b.CreateCall(module.getOrInsertFunction(name, llvm::FunctionType::get(result, types, false)), arguments);
  }

  void replaceCalls(llvm::Function &intrinsic) {
    for (llvm::User *user : llvm::make_early_inc_range(intrinsic.users())) {
      auto *old = llvm::cast<llvm::CallInst>(user);
      llvm::IRBuilder<> b(old);
      llvm::Value *made = model(b, *old);
      if (made && !old->getType()->isVoidTy())
        old->replaceAllUsesWith(made);
      else if (!old->getType()->isVoidTy())
        old->replaceAllUsesWith(llvm::PoisonValue::get(old->getType()));
      old->eraseFromParent();
    }
    intrinsic.eraseFromParent();
  }

  llvm::Value *model(llvm::IRBuilder<> &b, llvm::CallInst &old) {
    using namespace llvm::Intrinsic;
    auto workgroup = [&](unsigned dimension) {
      return call(b, "sinter.workgroup", b.getInt32Ty(), {b.getInt32(dimension)});
    };
    switch (old.getIntrinsicID()) {
    case amdgcn_workitem_id_x: return call(b, "sinter.thread", b.getInt32Ty(), {});
    case amdgcn_workgroup_id_x: return workgroup(0);
    case amdgcn_workgroup_id_y: return workgroup(1);
    case amdgcn_workgroup_id_z: return workgroup(2);
    case amdgcn_s_barrier: return call(b, "sinter.barrier", b.getVoidTy(), {});
    case amdgcn_mfma_f32_16x16x16f16: return product(b, old, mfmaF16, 0, 1, 2);
    case amdgcn_mfma_f32_16x16x16bf16_1k: return product(b, old, mfmaBf16, 0, 1, 2);
    case amdgcn_mfma_i32_16x16x32_i8: return product(b, old, mfmaI8 | productSignedA | productSignedB, 0, 1, 2);
    case amdgcn_wmma_f32_16x16x16_f16: return product(b, old, wmmaF16, 0, 1, 2);
    case amdgcn_wmma_f32_16x16x16_bf16: return product(b, old, wmmaBf16, 0, 1, 2);
    case amdgcn_wmma_i32_16x16x16_iu8: {
      auto flag = [&](unsigned operand, uint32_t bit) {
        return llvm::cast<llvm::ConstantInt>(old.getArgOperand(operand))->isOne() ? bit : 0;
      };
      return product(b, old, wmmaI8 | flag(0, productSignedA) | flag(2, productSignedB), 1, 3, 4);
    }
    default: problem = "there is no model of " + old.getCalledFunction()->getName().str(); return nullptr;
    }
  }

  /// Operands and result travel through the lane's stack.
  llvm::Value *product(llvm::IRBuilder<> &b, llvm::CallInst &old, uint32_t kind, unsigned first, unsigned second,
                       unsigned sum) {
    llvm::IRBuilder<> entry(&old.getFunction()->getEntryBlock().front());
    std::vector<llvm::Value *> arguments = {b.getInt32(kind)};
    for (unsigned operand : {first, second, sum}) {
      arguments.push_back(entry.CreateAlloca(old.getArgOperand(operand)->getType()));
      b.CreateStore(old.getArgOperand(operand), arguments.back());
    }
    arguments.push_back(entry.CreateAlloca(old.getType()));
    call(b, "sinter.product", b.getVoidTy(), arguments);
    return b.CreateLoad(old.getType(), arguments.back());
  }

  llvm::Module &module;
  llvm::LLVMContext &context;
  std::string problem;
};

std::unique_ptr<llvm::orc::LLJIT> makeJit(std::string &problem) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto machine = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!machine)
    return problem = llvm::toString(machine.takeError()), nullptr;
  machine->addFeatures({"-avx512bf16", "-avxneconvert"}); // Their conversions flush what is subnormal.
  auto jit = llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(*machine)).create();
  if (!jit)
    return problem = llvm::toString(jit.takeError()), nullptr;
  llvm::orc::SymbolMap symbols;
  for (const LaneFunction &each : laneFunctions())
    symbols[(*jit)->mangleAndIntern(each.name)] = {llvm::orc::ExecutorAddr::fromPtr(each.function),
                                                   llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  if (llvm::Error error = (*jit)->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return problem = llvm::toString(std::move(error)), nullptr;
  return std::move(*jit);
}

} // namespace

struct Program::Code {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  std::map<std::string, Kernel> kernels;

  /// What is in the module, before it is given away: addresses come later.
  std::vector<std::pair<Kernel *, std::pair<std::string, uint64_t>>> locals;

  void list(llvm::Module &module, uint32_t waveSize) {
    for (llvm::Function &function : module)
      if (!function.isDeclaration()) {
        kernels[function.getName().str()].parameters = function.arg_size();
        kernels[function.getName().str()].waveSize = waveSize;
      }
    for (llvm::GlobalVariable &global : module.globals())
      if (global.getAddressSpace() == localSpace) // "k3_0" is k3's.
        locals.push_back(
            {&kernels[global.getName().split('_').first.str()],
             {global.getName().str(), module.getDataLayout().getTypeAllocSize(global.getValueType()).getFixedValue()}});
  }

  std::string find() {
    auto lookup = [&](const std::string &name, auto *&place) {
      auto found = jit->lookup(name);
      if (!found)
        return llvm::toString(found.takeError());
      place = found->toPtr<std::remove_reference_t<decltype(place)>>();
      return std::string();
    };
    for (auto &[name, kernel] : kernels)
      if (std::string problem = lookup(name + ".entry", kernel.run); !problem.empty())
        return problem;
    for (auto &[kernel, local] : locals) {
      uint8_t *start = nullptr;
      if (std::string problem = lookup(local.first, start); !problem.empty())
        return problem;
      kernel->local.push_back({start, local.second});
    }
    return "";
  }
};

Program::Program() = default;
Program::~Program() = default;

std::string Program::load(const void *image) {
  Image read = readImage(image);
  target = read.processor;
  if (!read.problem.empty())
    return read.problem;
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseIR({read.ir, ""}, diagnostic, *context);
  if (!module)
    return "the LLVM IR cannot be read: " + diagnostic.getMessage().str();
  code = std::make_unique<Code>();
  code->list(*module, read.processor.starts_with("gfx9") ? 64 : 32);
  std::string problem;
  code->jit = makeJit(problem);
  if (!code->jit)
    return problem;
  module->setTargetTriple(code->jit->getTargetTriple());
  module->setDataLayout(code->jit->getDataLayout());
  if (problem = Rewriter(*module).rewrite(); !problem.empty())
    return problem;
  llvm::raw_string_ostream text(problem);
  if (llvm::verifyModule(*module, &text))
    return problem;
  if (llvm::Error error = code->jit->addIRModule({std::move(module), std::move(context)}))
    return llvm::toString(std::move(error));
  return code->find();
}

const Kernel *Program::find(const std::string &name) const {
  auto found = code->kernels.find(name);
  return found == code->kernels.end() ? nullptr : &found->second;
}
