// One reduction of few elements, by all threads of a workgroup.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/SharedReduction.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "targets/gpu/compiler/LoopElements.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::gpu;

namespace {

constexpr int64_t leastSteps = 4; ///< Of each thread; with fewer, joining what they have costs more than it saves.

/// The operation that joins two partial results, with a value that changes nothing.
struct Join {
  Operation *op;
  TypedAttr neutral;
};

std::optional<Join> joinOf(linalg::GenericOp op) {
  SmallVector<Operation *> combiners;
  if (op.getNumDpsInits() != 1 || !matchReduction(op.getRegionOutputArgs(), 0, combiners) || combiners.size() != 1)
    return std::nullopt;
  std::optional<TypedAttr> neutral = arith::getNeutralElement(combiners.front());
  return neutral ? std::optional<Join>({combiners.front(), *neutral}) : std::nullopt;
}

class Emitter {
public:
  Emitter(RewriterBase &b, linalg::GenericOp op, const ThreadShare &share, int64_t sharers, const Surroundings &around)
      : b(b), op(op), loc(op.getLoc()), join(*joinOf(op)), sharers(sharers), around(around), elements(b, op),
        sizes(op.getStaticLoopRanges()), point(op.getNumLoops()) {
    for (auto [d, type] : llvm::enumerate(op.getIteratorTypesArray())) {
      bool isParallel = type == utils::IteratorType::parallel;
      (isParallel ? parallel : reductions).push_back(d);
      (isParallel ? results : steps) *= sizes[d];
    }
    thread = share.thread;
    lane = arith::RemUIOp::create(b, loc, thread, constant(sharers));
    if (results * sharers < share.threads)
      works = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, thread, constant(results * sharers));
    auto type = MemRefType::get({results * sharers}, join.neutral.getType());
    room = memref::AllocOp::create(b, loc, type);
  }

  void emit() {
    inside(works, [&] {
      place(parallel, arith::DivUIOp::create(b, loc, thread, constant(sharers)));
      put(reduce());
    });
    for (int64_t distance = sharers / 2; distance > 0; distance /= 2) {
      mlir::gpu::BarrierOp::create(b, loc);
      inside(both(works, before(distance)), [&] {
        Value other = arith::AddIOp::create(b, loc, thread, constant(distance));
        put(joined(take(thread), take(other)));
      });
    }
    inside(both(works, before(1)), [&] { // It wrote the root of the tree itself.
      place(parallel, arith::DivUIOp::create(b, loc, thread, constant(sharers)));
      finish(take(thread));
    });
  }

private:
  Value constant(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }

  Value before(int64_t end) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, lane, constant(end)); }

  Value both(Value x, Value y) { return x ? Value(arith::AndIOp::create(b, loc, x, y)) : y; }

  /// Where `condition` holds, or everywhere without one.
  void inside(Value condition, llvm::function_ref<void()> body) {
    OpBuilder::InsertionGuard guard(b);
    if (condition)
      b.setInsertionPointToStart(scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false).thenBlock());
    elements.loaded.clear();
    body();
    elements.loaded.clear();
  }

  /// Sets the indices of `loops` to those of their `number`-th iteration, the last of them being the fastest.
  void place(ArrayRef<unsigned> loops, Value number) {
    for (unsigned d : llvm::reverse(loops)) {
      point[d] = d == loops.front() ? number : Value(arith::RemUIOp::create(b, loc, number, constant(sizes[d])));
      if (d != loops.front())
        number = arith::DivUIOp::create(b, loc, number, constant(sizes[d]));
    }
  }

  /// This thread's steps, neighbours taking neighbouring ones.
  Value reduce() {
    Value neutral = arith::ConstantOp::create(b, loc, join.neutral);
    auto loop = scf::ForOp::create(b, loc, lane, constant(steps), constant(sharers), ValueRange{neutral});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    place(reductions, loop.getInductionVar());
    IRMapping known;
    known.map(op.getRegionOutputArgs().front(), loop.getRegionIterArg(0));
    scf::YieldOp::create(b, loc, elements.emitBody(point, known));
    return loop.getResult(0);
  }

  Value take(Value place) { return memref::LoadOp::create(b, loc, room, place); }
  void put(Value value) { memref::StoreOp::create(b, loc, value, room, thread); }

  Value joined(Value x, Value y) {
    IRMapping known;
    for (Value operand : join.op->getOperands())
      known.map(operand, operand == op.getRegionOutputArgs().front() ? x : y);
    return b.clone(*join.op, known)->getResult(0);
  }

  void finish(Value reduced) {
    OpOperand &output = op.getDpsInitsMutable()[0];
    Value initial = around.initial ? around.initial : elements.load(output, point);
    Value result = joined(initial, reduced);
    if (around.epilogue)
      emitEpilogue(b, op, around.epilogue, elements.indicesOf(output, point), result);
    else
      elements.store(result, output, point);
  }

  RewriterBase &b;
  linalg::GenericOp op;
  Location loc;
  Join join;
  int64_t sharers;
  const Surroundings &around;
  LoopElements elements;
  SmallVector<int64_t> sizes;
  SmallVector<Value> point; ///< An index for each loop.
  SmallVector<unsigned> parallel, reductions;
  int64_t results = 1, steps = 1;
  Value thread, lane, room;
  Value works; ///< Whether this thread has a share; null: all have.
};

} // namespace

int64_t sinter::gpu::sharersOf(linalg::GenericOp op, int64_t threads) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (op.getNumReductionLoops() == 0 || llvm::any_of(sizes, ShapedType::isDynamic) || !joinOf(op))
    return 1;
  int64_t results = 1, steps = 1;
  for (auto [size, type] : llvm::zip(sizes, op.getIteratorTypesArray()))
    (type == utils::IteratorType::parallel ? results : steps) *= size;
  if (results == 0 || results > threads)
    return 1;
  uint64_t most = std::min(threads / results, steps / leastSteps);
  return most ? static_cast<int64_t>(llvm::bit_floor(most)) : 1;
}

void sinter::gpu::emitSharedReduction(RewriterBase &b, linalg::GenericOp op, const ThreadShare &share, int64_t sharers,
                                      const Surroundings &around) {
  b.setInsertionPoint(around.epilogue ? around.epilogue : op);
  Emitter(b, op, share, sharers, around).emit();
  if (around.epilogue)
    b.eraseOp(around.epilogue);
  b.eraseOp(op);
}
