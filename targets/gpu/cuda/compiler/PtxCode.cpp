// One kernel in the LLVM dialect becomes PTX.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/PtxCode.h"
#include "targets/gpu/compiler/LlvmKernel.h"
#include "targets/gpu/cuda/CudaCode.h"
#include "llvm/IR/LegacyPassManager.h"

using namespace sinter;
using namespace sinter::cuda;

static constexpr llvm::StringLiteral headerEnd = ".address_size 64\n";

std::string sinter::cuda::generatePtx(const gpu::KernelJob &job, const Variant &variant, bool wantsText, Ptx &ptx) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine =
      gpu::makeMachine("nvptx64-nvidia-cuda", variant.info.name, "+" + variant.ptx, error);
  if (!machine)
    return error;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = gpu::translateKernel(job, *machine, context);
  if (!module)
    return "the LLVM dialect cannot be translated";
  // Otherwise ptxas spills a few registers for more workgroups side by side.
  gpu::kernelOf(*module).addFnAttr("nvvm.minctasm", "1");
  gpu::optimize(*module, *machine);
  if (wantsText)
    llvm::raw_string_ostream(ptx.text) << *module;
  if (error = gpu::checkKernel(*module, kMostWorkgroupBytes); !error.empty())
    return error;
  ptx.workgroupBytes = gpu::workgroupBytes(*module);
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
