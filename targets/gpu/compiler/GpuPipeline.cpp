// The part of a kernel's way that all GPUs share.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuPipeline.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "passes/distribute/DistributeWorkgroups.h"
#include "passes/legalize/LegalizeMath.h"
#include "passes/legalize/OutParams.h"
#include "passes/lower/NnToLinalg.h"
#include "targets/gpu/compiler/GpuDistributeContractions.h"
#include "targets/gpu/compiler/GpuDistributeProducts.h"
#include "targets/gpu/compiler/GpuDistributeThreads.h"
#include "targets/gpu/compiler/GpuInlinePads.h"
#include "targets/gpu/compiler/GpuLegalize.h"
#include "targets/gpu/compiler/GpuOutline.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

static void cleanUp(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

void sinter::gpu::buildLoweringPipeline(OpPassManager &pm, const GpuFacts &facts) {
  NnToLinalgOptions lowering;
  lowering.vectors = false;
  pm.addPass(createNnToLinalg(lowering)); // No nn operation below; types are storage types.
  cleanUp(pm);
  pm.addNestedPass<func::FuncOp>(createGpuInlinePads()); // No padded copies.
  if (facts.matrix) {
    GpuDistributeProductsOptions products;
    products.rows = facts.matrix->rows;
    products.columns = facts.matrix->columns;
    products.teams = facts.matrix->teams;
    products.threads = facts.threads;
    products.accumulators = facts.matrix->accumulators;
    products.processors = facts.matrix->processors;
    products.loadCost = facts.matrix->loadCost;
    products.sharedBytes = facts.matrix->sharedBytes;
    pm.addNestedPass<func::FuncOp>(createGpuDistributeProducts(products)); // A workgroup has a tile of whole units.
  }
  GpuDistributeContractionsOptions contractions;
  contractions.threads = facts.threads;
  contractions.accumulators = facts.accumulators;
  contractions.busyThreads = facts.busyThreads;
  contractions.loadCost = facts.loadCost;
  contractions.unrolled = facts.unrolled;
  if (facts.busyThreads)
    pm.addNestedPass<func::FuncOp>(createGpuDistributeContractions(contractions)); // A thread has a register tile.
  DistributeWorkgroupsOptions grid;
  grid.workgroupNanoseconds = facts.workgroupNanoseconds;
  grid.largest = facts.mostWorkgroups;
  grid.granule = 4;
  pm.addNestedPass<func::FuncOp>(createDistributeWorkgroups(grid)); // The grid is fixed.
  cleanUp(pm);
}

void sinter::gpu::buildKernelPipeline(OpPassManager &pm, const GpuFacts &facts,
                                      llvm::function_ref<void(OpPassManager &)> addOwn, bool convertsHalf) {
  pm.addNestedPass<func::FuncOp>(createOutParams());
  bufferization::OneShotBufferizePassOptions buffers;
  buffers.bufferizeFunctionBoundaries = true;
  buffers.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(buffers)); // No tensor below.
  cleanUp(pm);
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass()); // Copies onto themselves, now visible, go.
  addOwn(pm.nest<func::FuncOp>());
  GpuDistributeThreadsOptions threads;
  threads.threads = facts.threads;
  threads.accumulators = facts.accumulators;
  threads.loadCost = facts.loadCost;
  threads.unrolled = facts.unrolled;
  threads.gridWidth = facts.gridWidth;
  pm.addNestedPass<func::FuncOp>(createGpuDistributeThreads(threads)); // One thread's work; barriers stand.
  LegalizeMathOptions math;
  math.fma = true;
  math.half = convertsHalf;
  pm.addNestedPass<func::FuncOp>(createLegalizeMath(math)); // The same polynomials on every device.
  pm.addNestedPass<func::FuncOp>(createGpuLegalize());
  pm.addPass(memref::createFoldMemRefAliasOpsPass()); // Kernels read and write their own buffers, no views.
  pm.addPass(createLowerAffinePass());
  pm.addNestedPass<func::FuncOp>(arith::createArithExpandOpsPass());
  cleanUp(pm);
  pm.addNestedPass<func::FuncOp>(createLoopInvariantCodeMotionPass());
  GpuOutlineOptions outline;
  outline.threads = facts.threads;
  pm.addPass(createGpuOutline(outline)); // A gpu.module.
}
