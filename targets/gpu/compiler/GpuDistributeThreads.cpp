// A workgroup's work is spread over its threads.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuDistributeThreads.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "targets/gpu/compiler/SharedReduction.h"
#include "targets/gpu/compiler/ThreadLoops.h"
#include "targets/gpu/compiler/Workgroups.h"

namespace sinter {
#define GEN_PASS_DEF_GPUDISTRIBUTETHREADS
#include "targets/gpu/compiler/GpuDistributeThreads.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

bool writesMemory(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return isa<memref::StoreOp, memref::CopyOp>(inner) || isa<linalg::LinalgOp>(inner) ? WalkResult::interrupt()
                                                                                           : WalkResult::advance();
      })
      .wasInterrupted();
}

bool containsLinalg(Operation *op) {
  return op->walk([](linalg::LinalgOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

/// Walks a kernel in program order and keeps track of where threads must meet.
class Distributor {
public:
  Distributor(RewriterBase &b, const sinter::gpu::ThreadShare &share) : b(b), share(share) {}

  LogicalResult visit(Block &block) {
    linalg::FillOp fill;
    SmallVector<Operation *> ops; // What is emitted on the way is not visited.
    for (Operation &op : block.without_terminator())
      ops.push_back(&op);
    llvm::SmallPtrSet<Operation *, 4> taken;
    for (Operation *op : ops) {
      if (taken.contains(op))
        continue;
      sinter::gpu::Surroundings around;
      if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
        around.initial = fill ? takeOver(fill, generic) : Value();
        around.epilogue = findEpilogue(generic);
        taken.insert(around.epilogue);
      }
      bool touches = writesMemory(op) || isa<memref::LoadOp>(op);
      if (fill && around.initial)
        b.eraseOp(fill);
      else if (fill && touches && failed(emit(fill, {})))
        return failure();
      if (touches)
        fill = nullptr;
      if (auto next = dyn_cast<linalg::FillOp>(op))
        fill = next; // Kept back: what follows may begin with its value instead of reading it.
      else if (failed(visit(op, around)))
        return failure();
    }
    return fill ? emit(fill, {}) : success();
  }

  unsigned emitted = 0; ///< Operations that threads share.

private:
  /// The value that `fill` leaves in the result of `op`, where `op` alone sees it.
  static Value takeOver(linalg::FillOp fill, linalg::GenericOp op) {
    if (op.getNumDpsInits() != 1 || op.getOutputs().front() != fill.getOutputs().front())
      return Value();
    bool read = llvm::is_contained(op.getInputs(), fill.getOutputs().front());
    op.getBody()->walk([&](memref::LoadOp load) { read |= load.getMemRef() == fill.getOutputs().front(); });
    return read ? Value() : fill.getInputs().front();
  }

  /// The operation that is next to touch memory and reads the result of `op`, which nobody else needs: it is temporary,
  /// or overwritten element by element.
  static linalg::GenericOp findEpilogue(linalg::GenericOp op) {
    if (op.getNumDpsInits() != 1)
      return nullptr;
    Value result = op.getOutputs().front();
    Operation *next = op->getNextNode();
    while (!writesMemory(next) && !isa<memref::LoadOp>(next) && next->getNextNode())
      next = next->getNextNode();
    auto epilogue = dyn_cast<linalg::GenericOp>(next);
    if (!epilogue || !sinter::gpu::canFollow(op, epilogue))
      return nullptr;
    bool temporary = result.getDefiningOp<memref::AllocOp>() && llvm::all_of(result.getUsers(), [&](Operation *user) {
                       return user == op || user == epilogue || isa<linalg::FillOp>(user);
                     });
    return temporary || sinter::gpu::overwrites(epilogue, result) ? epilogue : nullptr;
  }

  LogicalResult visit(Operation *op, const sinter::gpu::Surroundings &around) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      return emit(linalgOp, around);
    if (auto copy = dyn_cast<memref::CopyOp>(op))
      return emitCopy(copy);
    if (isa<memref::LoadOp>(op)) {
      meet(op);
      shared = true; // Another thread must not write it before all have read it.
      return success();
    }
    if (op->getNumRegions() && containsLinalg(op))
      return visitLoop(op);
    if (writesMemory(op))
      emitAlone(op);
    return success();
  }

  /// A loop or branch that all threads go through together.
  LogicalResult visitLoop(Operation *op) {
    if (!isa<scf::ForOp, scf::IfOp>(op))
      return op->emitOpError("internal: cannot be spread over threads");
    for (Region &region : op->getRegions()) {
      if (region.empty())
        continue;
      shared = true; // What the iteration before left.
      if (failed(visit(region.front())))
        return failure();
    }
    shared = true;
    return success();
  }

  LogicalResult emit(linalg::LinalgOp op, const sinter::gpu::Surroundings &around) {
    b.setInsertionPoint(op);
    meet(op);
    FailureOr<linalg::GenericOp> generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!*generic)
      generic = linalg::generalizeNamedOp(b, op);
    if (failed(generic))
      return op->emitOpError("internal: has no general form");
    int64_t sharers = share.tile.empty() ? sinter::gpu::sharersOf(*generic, share.threads) : 1;
    if (sharers > 1)
      sinter::gpu::emitSharedReduction(b, *generic, share, sharers, around);
    else
      sinter::gpu::emitThreadLoops(b, *generic, share, around);
    ++emitted;
    shared = true;
    return success();
  }

  LogicalResult emitCopy(memref::CopyOp copy) {
    b.setInsertionPoint(copy);
    auto general = linalg::CopyOp::create(b, copy.getLoc(), copy.getSource(), copy.getTarget());
    b.eraseOp(copy);
    return emit(general, {});
  }

  /// Scalar writes are the first thread's.
  void emitAlone(Operation *op) {
    b.setInsertionPoint(op);
    meet(op);
    Value zero = arith::ConstantIndexOp::create(b, op->getLoc(), 0);
    Value first = arith::CmpIOp::create(b, op->getLoc(), arith::CmpIPredicate::eq, share.thread, zero);
    auto branch = scf::IfOp::create(b, op->getLoc(), first, /*withElseRegion=*/false);
    b.moveOpBefore(op, branch.thenBlock()->getTerminator());
    shared = true;
  }

  void meet(Operation *before) {
    if (!shared)
      return;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(before);
    gpu::BarrierOp::create(b, before->getLoc());
    shared = false;
  }

  RewriterBase &b;
  const sinter::gpu::ThreadShare &share;
  bool shared = false; ///< Something was read or written since the threads last met.
};

struct GpuDistributeThreads : sinter::impl::GpuDistributeThreadsBase<GpuDistributeThreads> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    IRRewriter b(&getContext());
    b.setInsertionPointToStart(&func.getBody().front());
    Value thread = gpu::ThreadIdOp::create(b, func.getLoc(), gpu::Dimension::x);
    SmallVector<scf::ForallOp> foralls(func.getOps<scf::ForallOp>());
    for (scf::ForallOp forall : foralls)
      placeWorkgroup(b, forall);
    func.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
    if (func->removeAttr(sinter::gpu::kSharedOut)) {
      if (failed(useWorkgroupMemory(b, func)))
        signalPassFailure();
      return;
    }
    auto tile = func->getAttrOfType<DenseI64ArrayAttr>(sinter::gpu::threadTileName);
    sinter::gpu::ThreadShare share{thread, threads, {accumulators, threads, loadCost, unrolled}, {}};
    if (tile)
      share = shareOfGrid(b, func, share, tile.asArrayRef());
    Distributor distributor(b, share);
    if (foralls.size() > 1 || failed(distributor.visit(func.getBody().front())) || failed(useWorkgroupMemory(b, func)))
      return signalPassFailure();
    if (tile && (distributor.emitted != 1 || !foralls.empty() || !func.getOps<memref::AllocOp>().empty())) {
      func.emitError("internal: threads of a grid cannot share more than one operation");
      signalPassFailure();
    }
  }

  /// All threads of the grid share the kernel's one operation.
  sinter::gpu::ThreadShare shareOfGrid(RewriterBase &b, func::FuncOp func, sinter::gpu::ThreadShare share,
                                       ArrayRef<int64_t> tile) {
    Location loc = func.getLoc();
    int64_t grid = func->getAttrOfType<IntegerAttr>("program.grid").getInt();
    auto [number, launched] = sinter::gpu::numberWorkgroup(b, loc, grid, gridWidth);
    AffineExpr workgroup = b.getAffineDimExpr(0), thread = b.getAffineDimExpr(1);
    share.thread =
        affine::AffineApplyOp::create(b, loc, workgroup * threads + thread, ValueRange{number, share.thread});
    share.threads = launched * threads;
    share.tile = tile;
    return share;
  }

  /// The forall's body runs for the workgroup whose number it is; the last dimension is fastest.
  void placeWorkgroup(RewriterBase &b, scf::ForallOp forall) {
    Location loc = forall.getLoc();
    b.setInsertionPoint(forall);
    SmallVector<int64_t> lower(forall.getStaticLowerBound()), upper(forall.getStaticUpperBound()),
        step(forall.getStaticStep());
    SmallVector<int64_t> trips(forall.getRank());
    int64_t total = 1;
    for (int64_t d = 0; d < forall.getRank(); ++d)
      total *= trips[d] = (upper[d] - lower[d] + step[d] - 1) / step[d];
    auto constant = [&](int64_t value) -> Value { return arith::ConstantIndexOp::create(b, loc, value); };
    auto [number, launched] = sinter::gpu::numberWorkgroup(b, loc, total, gridWidth);
    if (launched > total) {
      auto branch = sinter::gpu::onlyWorkgroupsBelow(b, loc, number, total);
      b.moveOpBefore(forall, branch.thenBlock()->getTerminator());
      b.setInsertionPoint(forall);
    }
    SmallVector<Value> indices(forall.getRank());
    for (int64_t d = forall.getRank() - 1; d >= 0; --d) {
      Value place = d == 0 ? number : Value(arith::RemUIOp::create(b, loc, number, constant(trips[d])));
      indices[d] =
          arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, place, constant(step[d])), constant(lower[d]));
      if (d)
        number = arith::DivUIOp::create(b, loc, number, constant(trips[d]));
    }
    b.eraseOp(forall.getTerminator());
    b.inlineBlockBefore(forall.getBody(), forall, indices);
    b.eraseOp(forall);
  }

  /// Temporary buffers are all threads' together. One of varying size has room for the largest.
  LogicalResult useWorkgroupMemory(RewriterBase &b, func::FuncOp func) {
    auto space = gpu::AddressSpaceAttr::get(&getContext(), gpu::AddressSpace::Workgroup);
    SmallVector<memref::AllocOp> allocs;
    func.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
    for (memref::AllocOp alloc : allocs) {
      if (alloc->use_empty()) {
        b.eraseOp(alloc);
        continue;
      }
      if (alloc.getType().getMemorySpace() == space)
        continue;
      FailureOr<MemRefType> largest = boundedType(alloc);
      if (failed(largest))
        return alloc.emitOpError("internal: a temporary buffer has no bound");
      b.setInsertionPointToStart(&func.getBody().front());
      Value room = memref::AllocOp::create(
          b, alloc.getLoc(),
          MemRefType::get(largest->getShape(), largest->getElementType(), MemRefLayoutAttrInterface(), space));
      if (failed(replaceUses(b, alloc, room)))
        return failure();
      b.eraseOp(alloc);
    }
    return success();
  }

  static FailureOr<MemRefType> boundedType(memref::AllocOp alloc) {
    SmallVector<int64_t> shape(alloc.getType().getShape());
    unsigned dynamic = 0;
    for (int64_t &size : shape) {
      if (!ShapedType::isDynamic(size))
        continue;
      FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
          presburger::BoundType::UB, {alloc.getDynamicSizes()[dynamic++]}, nullptr, /*closedUB=*/true);
      if (failed(bound))
        return failure();
      size = *bound;
    }
    return MemRefType::get(shape, alloc.getType().getElementType());
  }

  /// Views of `buffer` become views of `room`, of the same place in a larger shape.
  static LogicalResult replaceUses(RewriterBase &b, Value buffer, Value room) {
    for (OpOperand &use : llvm::make_early_inc_range(buffer.getUses())) {
      Operation *user = use.getOwner();
      b.setInsertionPoint(user);
      Value view;
      if (auto slice = dyn_cast<memref::SubViewOp>(user)) {
        MemRefType type = memref::SubViewOp::inferRankReducedResultType(
            slice.getType().getShape(), cast<MemRefType>(room.getType()), slice.getMixedOffsets(),
            slice.getMixedSizes(), slice.getMixedStrides());
        view = memref::SubViewOp::create(b, user->getLoc(), type, room, slice.getMixedOffsets(), slice.getMixedSizes(),
                                         slice.getMixedStrides());
      } else if (auto collapse = dyn_cast<memref::CollapseShapeOp>(user)) {
        view = memref::CollapseShapeOp::create(b, user->getLoc(), room, collapse.getReassociationIndices());
      } else if (auto expand = dyn_cast<memref::ExpandShapeOp>(user);
                 expand && expand.getResultType().hasStaticShape()) {
        view = memref::ExpandShapeOp::create(b, user->getLoc(), expand.getResultType().getShape(), room,
                                             expand.getReassociationIndices());
      } else if (auto cast = dyn_cast<memref::CastOp>(user)) {
        view = room;
      } else if (isa<memref::LoadOp, memref::StoreOp>(user)) {
        use.set(room);
        continue;
      } else {
        return user->emitOpError("internal: not known how it uses a temporary buffer");
      }
      if (failed(replaceUses(b, user->getResult(0), view)))
        return failure();
      b.eraseOp(user);
    }
    return success();
  }
};

} // namespace
