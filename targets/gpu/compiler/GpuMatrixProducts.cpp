// Matrix products on a device's matrix units.
//
// A workgroup computes one tile. Pieces of its rows of a and columns of b pass through two stages of workgroup memory:
// while units work on one, the next piece is on its way to the other. Threads that use a unit together are a team;
// teams divide the tile, and carry its sums in registers. In the end the sums take the stages' place, and whatever
// follows is done for each element by the thread that stores it, in the order of the result.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuMatrixProducts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/gpu/compiler/LoopElements.h"
#include "targets/gpu/compiler/ProductStaging.h"
#include "targets/gpu/compiler/ThreadLoops.h"
#include "targets/gpu/compiler/Workgroups.h"

namespace sinter {
#define GEN_PASS_DEF_GPUMATRIXPRODUCTS
#include "targets/gpu/compiler/GpuMatrixProducts.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter::gpu;

namespace {

/// How teams divide a tile: `down` · `across` teams, each with some of the tile's units.
struct Teams {
  int64_t down, across, unitsDown, unitsAcross;
};

std::optional<Teams> divide(const ProductTile &tile, const MatrixUnit &unit, int64_t threads) {
  if (tile.rows % unit.m != 0 || tile.columns % unit.n != 0 || threads % unit.lanes() != 0)
    return std::nullopt;
  const int64_t teams = threads / unit.lanes(), down = tile.rows / unit.m, across = tile.columns / unit.n;
  std::optional<Teams> best;
  for (int64_t high = 1; high <= teams; high *= 2) {
    int64_t wide = teams / high;
    if (high * wide != teams || down % high != 0 || across % wide != 0)
      continue;
    Teams each{high, wide, down / high, across / wide};
    if (!best || each.unitsDown + each.unitsAcross < best->unitsDown + best->unitsAcross)
      best = each;
  }
  return best;
}

/// Writes the work of one workgroup.
class Emitter {
public:
  Emitter(OpBuilder &b, MatrixProduct &product, linalg::GenericOp epilogue, const ProductTile &tile,
          const MatrixUnit &unit, const Teams &teams, int64_t threads, const AsyncCopies *copies)
      : b(b), product(product), epilogue(epilogue), tile(tile), unit(unit), teams(teams), loc(product.op.getLoc()),
        threads(threads), depth(tile.depthBytes / product.elementBytes()), copies(copies) {
    makeSigned(product.a, aFlipped);
    makeSigned(product.b, bFlipped);
  }

  void emit(Value workgroup) {
    Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    place(workgroup);
    auto space = gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
    memory = memref::AllocOp::create(
        b, loc, MemRefType::get({tile.sharedBytes()}, b.getI8Type(), MemRefLayoutAttrInterface(), space));
    cast<memref::AllocOp>(memory.getDefiningOp()).setAlignment(memoryAlignment);
    Value stages = view(product.a.element.getType(), {tile.sharedBytes() / product.elementBytes()});
    const int64_t stage = (tile.rows + tile.columns) * depth;
    StagedFactor a(b, product, product.a, product.m, {stages, 0, stage, tile.rows, depth}, {thread, threads}, copies);
    StagedFactor b_(b, product, product.b, product.n, {stages, tile.rows * depth, stage, tile.columns, depth},
                    {thread, threads}, copies);
    if (aFlipped)
      a.flip();
    if (bFlipped)
      b_.flip();
    factorA = &a;
    factorB = &b_;
    placeTeam(thread);
    SmallVector<Value> sums = sumUp();
    gpu::BarrierOp::create(b, loc);
    storeSums(finished(sums));
    gpu::BarrierOp::create(b, loc);
    emitResults(thread);
  }

private:
  static constexpr int64_t memoryAlignment = 1024; ///< Of which swizzling patterns are a part.

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value word(int64_t value) { return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value); }
  Value multiply(Value x, int64_t y) { return arith::MulIOp::create(b, loc, x, index(y)); }
  Value divide(Value x, int64_t y) { return arith::DivUIOp::create(b, loc, x, index(y)); }
  Value remainder(Value x, int64_t y) { return arith::RemUIOp::create(b, loc, x, index(y)); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, index(y)) : x; }

  /// Where the unit knows signed factors alone: x - z is (x - 128) - (z - 128), and the first is what flipping x's
  /// upper bit gives.
  void makeSigned(ProductFactor &factor, bool &isFlipped) {
    isFlipped = factor.isUnsigned && !unit.takesUnsigned;
    if (!isFlipped)
      return;
    factor.isUnsigned = false;
    factor.zeroPoint =
        factor.zeroPoint ? Value(arith::SubIOp::create(b, loc, factor.zeroPoint, word(128))) : word(-128);
  }

  Value view(Type element, ArrayRef<int64_t> shape) {
    auto space = cast<MemRefType>(memory.getType()).getMemorySpace();
    auto type = MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
    return memref::ViewOp::create(b, loc, type, memory, index(0), ValueRange());
  }

  //===--- where ------------------------------------------------------------------------------------------------===//

  /// The workgroup's tile. Neighbours have neighbouring columns.
  void place(Value workgroup) {
    const int64_t tall = (product.count(product.m) + tile.rows - 1) / tile.rows;
    const int64_t wide = (product.count(product.n) + tile.columns - 1) / tile.columns;
    firstColumn = multiply(remainder(workgroup, wide), tile.columns);
    Value rest = divide(workgroup, wide);
    firstRow = multiply(remainder(rest, tall), tile.rows);
    batch.assign(product.sizes.size(), Value());
    product.setLoops(b, loc, batch, product.batch, divide(rest, tall));
  }

  void placeTeam(Value thread) {
    Value lane = remainder(thread, unit.lanes()), team = divide(thread, unit.lanes());
    inA = unit.a.firstOf(b, loc, lane);
    inB = unit.b.firstOf(b, loc, lane);
    inC = unit.c.firstOf(b, loc, lane);
    teamRow = multiply(divide(team, teams.across), teams.unitsDown * unit.m);
    teamColumn = multiply(remainder(team, teams.across), teams.unitsAcross * unit.n);
  }

  //===--- sums -------------------------------------------------------------------------------------------------===//

  Type sumElement() const { return cast<MemRefType>(product.op.getOutputs().front().getType()).getElementType(); }
  VectorType sumType() const { return VectorType::get({unit.c.elements()}, sumElement()); }

  /// The team's sums, unit by unit along rows; behind them, where there are zero points, sums of b over k (for each of
  /// the units across, equal in all rows) and of a (for each down, equal in all columns).
  SmallVector<Value> sumUp() {
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(sumType()));
    SmallVector<Value> sums(teams.unitsDown * teams.unitsAcross + (product.a.zeroPoint ? teams.unitsAcross : 0) +
                                (product.b.zeroPoint ? teams.unitsDown : 0),
                            zero);
    const int64_t steps = (product.count(product.k) + depth - 1) / depth;
    bring(index(0), index(0));
    keep(index(0));
    if (steps > 1) {
      auto loop = scf::ForOp::create(b, loc, index(0), index(steps - 1), index(1), sums);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value step = loop.getInductionVar(), next = add(step, 1);
      meet();
      bring(multiply(next, depth), remainder(next, 2));
      sums = addStage(remainder(step, 2), SmallVector<Value>(loop.getRegionIterArgs()));
      keep(remainder(next, 2));
      scf::YieldOp::create(b, loc, sums);
      sums.assign(loop.getResults().begin(), loop.getResults().end());
    }
    meet();
    return addStage(index((steps - 1) % 2), sums);
  }

  /// Begins to bring a piece of both factors into a stage. What is copied meanwhile is a group.
  void bring(Value k, Value stage) {
    factorA->begin(batch, firstRow, k, stage);
    factorB->begin(batch, firstColumn, k, stage);
    if (factorA->isAsync() || factorB->isAsync())
      copies->close(b, loc);
  }

  void keep(Value stage) {
    factorA->finish(stage);
    factorB->finish(stage);
  }

  /// The stage that was begun last is there for all threads, and all have done with the one before.
  void meet() {
    if (factorA->isAsync() || factorB->isAsync())
      copies->wait(b, loc, 0);
    gpu::BarrierOp::create(b, loc);
  }

  SmallVector<Value> addStage(Value stage, SmallVector<Value> sums) {
    const bool aUnsigned = product.a.isUnsigned, bUnsigned = product.b.isUnsigned;
    for (int64_t k = 0; k < depth; k += unit.k) {
      SmallVector<Value> ofA, ofB;
      for (int64_t i = 0; i < teams.unitsDown; ++i)
        ofA.push_back(factorA->fragment(unit.a, inA, /*isTransposed=*/false, teamRow, i * unit.m, k, stage));
      for (int64_t j = 0; j < teams.unitsAcross; ++j)
        ofB.push_back(factorB->fragment(unit.b, inB, /*isTransposed=*/true, teamColumn, j * unit.n, k, stage));
      Value *sum = sums.data();
      for (Value a : ofA)
        for (Value column : ofB)
          addProduct(*sum++, {a, column, Value(), aUnsigned, bUnsigned});
      if (product.a.zeroPoint)
        for (Value column : ofB)
          addProduct(*sum++, {ones(unit.a), column, Value(), false, bUnsigned});
      if (product.b.zeroPoint)
        for (Value a : ofA)
          addProduct(*sum++, {a, ones(unit.b), Value(), aUnsigned, false});
    }
    return sums;
  }

  void addProduct(Value &sum, MatrixOperands operands) {
    operands.c = sum;
    sum = unit.build(b, loc, operands);
  }

  Value ones(const FragmentLayout &layout) {
    auto type = VectorType::get({layout.elements()}, product.a.element.getType());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, b.getIntegerAttr(type.getElementType(), 1)));
  }

  /// Without zero points: sum((a - x)(b - y)) is sum(a b) - x sum(b) - y sum(a) + k x y. What is beyond the edges is 0
  /// in all of these.
  SmallVector<Value> finished(ArrayRef<Value> sums) {
    SmallVector<Value> results(sums.take_front(teams.unitsDown * teams.unitsAcross));
    ArrayRef<Value> extra = sums.drop_front(results.size());
    ArrayRef<Value> sumsOfB = product.a.zeroPoint ? extra.take_front(teams.unitsAcross) : ArrayRef<Value>();
    ArrayRef<Value> sumsOfA = extra.drop_front(sumsOfB.size());
    for (auto [number, result] : llvm::enumerate(results)) {
      if (product.a.zeroPoint)
        result = subtract(result, product.a.zeroPoint, sumsOfB[number % teams.unitsAcross]);
      if (product.b.zeroPoint)
        result = subtract(result, product.b.zeroPoint, sumsOfA[number / teams.unitsAcross]);
      if (product.a.zeroPoint && product.b.zeroPoint) {
        Value term = arith::MulIOp::create(b, loc, product.a.zeroPoint, product.b.zeroPoint);
        term = arith::MulIOp::create(b, loc, term, word(product.count(product.k)));
        result = add(result, Value(vector::BroadcastOp::create(b, loc, sumType(), term)));
      }
    }
    return results;
  }

  Value subtract(Value from, Value zeroPoint, Value sum) {
    Value spread = vector::BroadcastOp::create(b, loc, sumType(), zeroPoint);
    return arith::SubIOp::create(b, loc, from, arith::MulIOp::create(b, loc, spread, sum));
  }

  //===--- results ----------------------------------------------------------------------------------------------===//

  /// Neighbours along columns are stored together.
  void storeSums(ArrayRef<Value> sums) {
    results = view(sumElement(), {tile.rows, tile.pitch()});
    int64_t run = 1;
    while (run < unit.c.elements() && unit.c.offsetOf(run) == Place{0, run})
      run *= 2;
    auto type = VectorType::get({run}, sumElement());
    Value row = add(teamRow, inC.first), column = add(teamColumn, inC.second);
    for (auto [number, sum] : llvm::enumerate(sums))
      for (int64_t element = 0; element < unit.c.elements(); element += run) {
        Place offset = unit.c.offsetOf(element);
        offset.row += static_cast<int64_t>(number) / teams.unitsAcross * unit.m;
        offset.column += static_cast<int64_t>(number) % teams.unitsAcross * unit.n;
        SmallVector<Value> values;
        for (int64_t i = 0; i < run; ++i)
          values.push_back(vector::ExtractOp::create(b, loc, sum, element + i));
        Value together = vector::FromElementsOp::create(b, loc, type, values);
        SmallVector<Value> at = {add(row, offset.row), add(column, offset.column)};
        vector::StoreOp::create(b, loc, together, results, at, false, llvm::Align(run * 4));
      }
  }

  /// Lanes follow the result's innermost dimension.
  void emitResults(Value thread) {
    OpOperand &result = product.op.getDpsInitsMutable()[0];
    AffineMap map = product.op.getMatchingIndexingMap(&result);
    bool rowsLast = map.getNumResults() && llvm::is_contained(product.m, map.getDimPosition(map.getNumResults() - 1));
    auto loop = scf::ForOp::create(b, loc, thread, index(tile.rows * tile.columns), index(threads));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value number = loop.getInductionVar();
    int64_t fastest = rowsLast ? tile.rows : tile.columns;
    Value fast = remainder(number, fastest), slow = divide(number, fastest);
    Value row = rowsLast ? fast : slow, column = rowsLast ? slow : fast;
    SmallVector<Value> point(batch);
    Value m = add(firstRow, row), n = add(firstColumn, column);
    if (Value inside = both(insideOf(m, product.m, tile.rows), insideOf(n, product.n, tile.columns)))
      b.setInsertionPointToStart(scf::IfOp::create(b, loc, inside, /*withElseRegion=*/false).thenBlock());
    product.setLoops(b, loc, point, product.m, m);
    product.setLoops(b, loc, point, product.n, n);
    Value sum = memref::LoadOp::create(b, loc, results, ValueRange{row, column});
    LoopElements elements(b, product.op);
    if (epilogue)
      emitEpilogue(b, product.op, epilogue, elements.indicesOf(result, point), sum);
    else
      elements.store(sum, result, point);
  }

  /// Null where it always is.
  Value insideOf(Value number, ArrayRef<unsigned> loops, int64_t side) {
    int64_t size = product.count(loops);
    return size % side == 0 ? Value()
                            : Value(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, index(size)));
  }

  Value both(Value x, Value y) { return !x ? y : !y ? x : Value(arith::AndIOp::create(b, loc, x, y)); }

  OpBuilder &b;
  MatrixProduct &product;
  linalg::GenericOp epilogue;
  const ProductTile &tile;
  const MatrixUnit &unit;
  const Teams &teams;
  Location loc;
  int64_t threads, depth; ///< Depth of a stage in elements.
  const AsyncCopies *copies;
  bool aFlipped = false, bFlipped = false;
  StagedFactor *factorA = nullptr, *factorB = nullptr;
  SmallVector<Value> batch; ///< Indices of the batch's loops, null for others.
  Value firstRow, firstColumn, teamRow, teamColumn, memory, results;
  std::pair<Value, Value> inA, inB, inC;
};

struct GpuMatrixProducts : sinter::impl::GpuMatrixProductsBase<GpuMatrixProducts> {
  using Base::Base;
  GpuMatrixProducts(const MatrixDevice &device, int64_t threads, int64_t gridWidth) : device(device) {
    this->threads = threads;
    this->gridWidth = gridWidth;
  }

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    auto shape = func->getAttrOfType<DenseI64ArrayAttr>(productTileName);
    if (!shape)
      return;
    ProductTile tile{shape[0], shape[1], shape[2]};
    SmallVector<linalg::GenericOp> generics(func.getOps<linalg::GenericOp>());
    std::optional<MatrixProduct> product = matchProduct(generics.front());
    std::optional<Teams> teams;
    const MatrixUnit *unit = product ? findUnit(*product, tile, teams) : nullptr;
    if (!unit) {
      func.emitError("internal: the device has no unit for a tile of this product");
      return signalPassFailure();
    }
    linalg::GenericOp epilogue = generics.size() > 1 ? generics.back() : nullptr;
    IRRewriter b(epilogue ? epilogue : product->op);
    Location loc = product->op.getLoc();
    int64_t total = func->getAttrOfType<IntegerAttr>("program.grid").getInt();
    auto [workgroup, launched] = numberWorkgroup(b, loc, total, gridWidth);
    if (launched > total)
      b.setInsertionPointToStart(onlyWorkgroupsBelow(b, loc, workgroup, total).thenBlock());
    Emitter(b, *product, epilogue, tile, *unit, *teams, threads, device.copies).emit(workgroup);
    for (linalg::FillOp fill : llvm::make_early_inc_range(func.getOps<linalg::FillOp>()))
      b.eraseOp(fill); // Sums begin in registers.
    if (epilogue)
      b.eraseOp(epilogue);
    b.eraseOp(product->op);
    func->setAttr(kSharedOut, b.getUnitAttr());
  }

private:
  const MatrixUnit *findUnit(const MatrixProduct &product, const ProductTile &tile, std::optional<Teams> &teams) const {
    if (product.element == MatrixElement::F32)
      return (teams = divide(tile, fmaUnit(), threads)) ? &fmaUnit() : nullptr;
    for (const MatrixUnit &unit : device.units)
      if (unit.element == product.element && (teams = divide(tile, unit, threads)))
        return &unit;
    return nullptr;
  }

  MatrixDevice device;
};

} // namespace

std::unique_ptr<Pass> sinter::createGpuMatrixProducts(const MatrixDevice &device, int64_t threads, int64_t gridWidth) {
  return std::make_unique<GpuMatrixProducts>(device, threads, gridWidth);
}
