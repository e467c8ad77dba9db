// Kernels, one after another in the code section of a package.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuImage.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sinter;

OwningOpRef<ModuleOp> sinter::gpu::isolate(func::FuncOp func) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(func.getLoc());
  OpBuilder::atBlockEnd(module->getBody()).clone(*func);
  return module;
}

uint64_t sinter::gpu::append(llvm::SmallVectorImpl<char> &image, ArrayRef<char> bytes) {
  image.resize(llvm::alignTo(image.size(), kEntryAlignment));
  uint64_t place = image.size();
  image.append(bytes.begin(), bytes.end());
  return place;
}

void sinter::gpu::addEntry(EmittedVariant &variant, uint64_t entry) {
  variant.entries.push_back(entry);
  variant.scratch.push_back(0);
}
