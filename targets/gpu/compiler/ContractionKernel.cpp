// Kernels that are one sum of products.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/ContractionKernel.h"
#include "targets/gpu/compiler/ThreadLoops.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::distribute;

namespace {

/// Whether `op` computes nothing on the device.
bool isFree(Operation *op) {
  return isa<arith::ConstantOp, tensor::EmptyOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::ExtractSliceOp,
             linalg::FillOp, func::ReturnOp>(op);
}

/// The contraction that is all of a kernel, with what follows it; nothing where the kernel has another form.
std::optional<Chain> findChain(func::FuncOp func) {
  Chain chain;
  for (Operation &op : func.getBody().front()) {
    if (isFree(&op))
      continue;
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (!generic || chain.consumer || generic.getNumDpsInits() != 1)
      return std::nullopt;
    (chain.producer ? chain.consumer : chain.producer) = generic;
  }
  if (!chain.producer || !sinter::gpu::isContraction(chain.producer))
    return std::nullopt;
  Operation *last = chain.consumer ? chain.consumer : chain.producer, *ret = func.getBody().front().getTerminator();
  if (ret->getNumOperands() != 1 || throughReshapes(ret->getOperand(0)).getDefiningOp() != last)
    return std::nullopt;
  if (chain.consumer && (!chain.producer->hasOneUse() || !sinter::gpu::canFollow(chain.producer, chain.consumer)))
    return std::nullopt;
  return chain;
}

} // namespace

LogicalResult sinter::gpu::prepareContraction(RewriterBase &rewriter, func::FuncOp func, std::optional<Chain> &chain) {
  chain.reset();
  if (failed(simplifyLoops(func)))
    return failure();
  SmallVector<linalg::GenericOp> generics(func.getOps<linalg::GenericOp>());
  if (generics.size() == 2 && hidesProducer(generics.back())) {
    Chain last = {generics.back(), nullptr};
    if (failed(collapseDims(rewriter, last)) || failed(dropUnitDims(func))) // Reshapes meet, and go.
      return failure();
  }
  chain = findChain(func);
  if (!chain)
    return success();
  if (failed(collapseDims(rewriter, *chain)) || failed(foldEmptyReshapes(func)))
    return failure();
  chain = findChain(func); // The same operations, on the merged loops.
  return success();
}
