// The pipelines of a CPU kernel.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/kernel/KernelPipeline.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "passes/distribute/DistributeWorkgroups.h"
#include "passes/legalize/LegalizeMath.h"
#include "passes/legalize/OutParams.h"
#include "targets/cpu/compiler/contraction/CpuDistributeContractions.h"
#include "targets/cpu/compiler/contraction/CpuExpandContractions.h"
#include "targets/cpu/compiler/contraction/CpuLowerNn.h"
#include "targets/cpu/compiler/kernel/CpuGridLoop.h"
#include "targets/cpu/compiler/kernel/CpuLowerVectors.h"
#include "targets/cpu/compiler/kernel/CpuPlaceBuffers.h"
#include "targets/cpu/compiler/kernel/CpuVectorize.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

void sinter::cpu::buildLoweringPipeline(OpPassManager &pm, const IntegerForm &form) {
  CpuLowerNnOptions lowering;
  lowering.doubles = form.doubles;
  lowering.columns = form.columns;
  pm.addPass(createCpuLowerNn(lowering)); // No nn operation below; types are storage types.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createCpuDistributeContractions());
  pm.addNestedPass<func::FuncOp>(createDistributeWorkgroups()); // The grid is fixed.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

static void addTensorPasses(OpPassManager &pm, const CpuVariant &variant) {
  CpuVectorizeOptions options;
  options.vectorBytes = variant.vectorBytes;
  options.registers = variant.registers;
  options.fma = variant.fma;
  pm.addNestedPass<func::FuncOp>(createCpuVectorize(options)); // Inner loops are vectors.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

static void addBufferPasses(OpPassManager &pm, const CpuVariant &variant) {
  pm.addNestedPass<func::FuncOp>(createOutParams());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  options.bufferAlignment = 64;
  pm.addPass(bufferization::createOneShotBufferizePass(options)); // No tensor below.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass()); // Copies onto themselves, now visible, go.
  CpuExpandContractionsOptions tiles;
  tiles.vectorBytes = variant.vectorBytes;
  tiles.registers = variant.registers;
  tiles.integerDot = variant.integerDot;
  pm.addNestedPass<func::FuncOp>(createCpuExpandContractions(tiles)); // Contractions are loops over register tiles.
  pm.addNestedPass<func::FuncOp>(createCpuGridLoop());
  pm.addNestedPass<func::FuncOp>(createCpuPlaceBuffers()); // No allocation below; the signature is final.
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
}

static void addLlvmPasses(OpPassManager &pm, const CpuVariant &variant) {
  pm.addNestedPass<func::FuncOp>(createCpuLowerVectors()); // One-dimensional vectors only.
  LegalizeMathOptions math;
  math.fma = variant.fma;
  math.half = variant.half;
  pm.addNestedPass<func::FuncOp>(createLegalizeMath(math)); // Nothing that becomes a library call.
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  // Vectors of several dimensions, which this pass rewrites first, come from loops alone. It counts in 64 bits.
  if (variant.loopVectors)
    pm.addPass(createConvertVectorToLLVMPass());
  // The module's data layout has the width of indices, which only the dynamic form of this pass looks at.
  ConvertToLLVMPassOptions bodies;
  bodies.filterDialects = {"arith", "cf", "index", "math", "ub", "vector"};
  bodies.useDynamic = true;
  pm.addPass(createConvertToLLVMPass(bodies));
  FinalizeMemRefToLLVMConversionPassOptions buffers;
  buffers.indexBitwidth = variant.indexBits;
  pm.addPass(createFinalizeMemRefToLLVMConversionPass(buffers));
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  functions.indexBitwidth = variant.indexBits;
  pm.addPass(createConvertFuncToLLVMPass(functions));
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void sinter::cpu::buildVariantPipeline(OpPassManager &pm, const CpuVariant &variant) {
  if (variant.loopVectors)
    addTensorPasses(pm, variant);
  addBufferPasses(pm, variant);
  addLlvmPasses(pm, variant);
}
