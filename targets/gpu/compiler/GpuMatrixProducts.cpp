// Matrix products on a device's matrix units.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/GpuMatrixProducts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/gpu/compiler/ThreadLoops.h"

namespace sinter {
#define GEN_PASS_DEF_GPUMATRIXPRODUCTS
#include "targets/gpu/compiler/GpuMatrixProducts.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter::gpu;

namespace {

/// Of a temporary result, which lies in shared memory (48 KiB in all); larger ones are summed in registers alone.
constexpr int64_t mostResultBytes = 32768;
constexpr int64_t mostColumnTiles = 4; ///< Beside each other, that share a.

/// One factor of the product: what it reads, and how.
struct Factor {
  OpOperand *operand = nullptr;
  Value zeroPoint; ///< i32, or null.
  bool isUnsigned = false;
  bool isFlipped = false; ///< Taken with its upper bit the other way round.

  Type element() const { return cast<MemRefType>(operand->get().getType()).getElementType(); }
};

/// A generic that is c[m, n] += a[m, k] · b[k, n], whichever way its buffers are laid out.
struct Product {
  linalg::GenericOp op;
  Factor a, b;
  unsigned m = 0, n = 0, k = 0; ///< Loops.
  SmallVector<int64_t> sizes;
  const MatrixUnit *unit = nullptr;
};

std::optional<Factor> factorOf(Value value, linalg::GenericOp op) {
  Factor factor;
  if (auto sub = value.getDefiningOp<arith::SubIOp>()) {
    factor.zeroPoint = sub.getRhs();
    value = sub.getLhs();
    Operation *point = factor.zeroPoint.getDefiningOp();
    if (!point || !point->hasTrait<OpTrait::ConstantLike>() || point->getBlock() == op.getBody())
      return std::nullopt;
  }
  Operation *extension = value.getDefiningOp();
  if (!isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(extension))
    return std::nullopt;
  factor.isUnsigned = isa<arith::ExtUIOp>(extension);
  auto argument = dyn_cast<BlockArgument>(extension->getOperand(0));
  if (!argument || argument.getOwner() != op.getBody() || argument.getArgNumber() >= op.getNumDpsInputs())
    return std::nullopt;
  factor.operand = op.getDpsInputOperand(argument.getArgNumber());
  return matrixElementOf(argument.getType()) && isa<MemRefType>(factor.operand->get().getType()) ? std::optional(factor)
                                                                                                 : std::nullopt;
}

/// The two factors of acc + x · y, in the order in which they stand.
std::optional<std::pair<Factor, Factor>> factorsOf(linalg::GenericOp op) {
  Value result = op.getBody()->getTerminator()->getOperand(0);
  Operation *sum = result.getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(sum))
    return std::nullopt;
  Value accumulator = op.getRegionOutputArgs().front();
  Value term = sum->getOperand(0) == accumulator   ? sum->getOperand(1)
               : sum->getOperand(1) == accumulator ? sum->getOperand(0)
                                                   : Value();
  Operation *product = term ? term.getDefiningOp() : nullptr;
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(product) ||
      !(result.getType().isF32() || result.getType().isInteger(32)))
    return std::nullopt;
  std::optional<Factor> x = factorOf(product->getOperand(0), op), y = factorOf(product->getOperand(1), op);
  if (!x || !y || x->operand == y->operand || x->element() != y->element())
    return std::nullopt;
  return std::pair(*x, *y);
}

/// Whether the loops are whole tiles; and puts the factor with rows first.
bool isWhole(Product &product) {
  auto reads = [&](const Factor &factor, unsigned d) {
    return product.op.getMatchingIndexingMap(factor.operand).isFunctionOfDim(d);
  };
  if (!reads(product.a, product.m))
    std::swap(product.a, product.b);
  return product.sizes[product.m] % product.unit->m == 0 && product.sizes[product.n] % product.unit->n == 0 &&
         product.sizes[product.k] % product.unit->k == 0 && reads(product.a, product.m) &&
         reads(product.a, product.k) && reads(product.b, product.k) && reads(product.b, product.n);
}

std::optional<Product> productOf(linalg::GenericOp op, ArrayRef<MatrixUnit> units) {
  if (op.getNumLoops() != 3 || op.getNumReductionLoops() != 1 || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1 || op.hasDynamicShape() || op.hasIndexSemantics())
    return std::nullopt;
  if (llvm::any_of(op.getIndexingMapsArray(),
                   [](AffineMap map) { return !map.isProjectedPermutation() || map.getNumResults() != 2; }))
    return std::nullopt;
  std::optional<std::pair<Factor, Factor>> factors = factorsOf(op);
  if (!factors)
    return std::nullopt;
  Product product;
  product.op = op;
  std::tie(product.a, product.b) = *factors;
  std::optional<MatrixElement> element = matrixElementOf(product.a.element());
  product.unit = llvm::find_if(units, [&](const MatrixUnit &unit) { return unit.element == element; });
  if (product.unit == units.end())
    return std::nullopt;
  AffineMap result = op.getMatchingIndexingMap(&op.getDpsInitsMutable()[0]);
  product.k = 3 - result.getDimPosition(0) - result.getDimPosition(1);
  product.sizes = op.getStaticLoopRanges();
  // Rows of tiles are the result's rows or its columns, whichever are whole tiles.
  for (unsigned rows : {0, 1}) {
    product.m = result.getDimPosition(rows);
    product.n = result.getDimPosition(1 - rows);
    if (isWhole(product))
      return product;
  }
  return std::nullopt;
}

bool hasRoom(Product &product) {
  Value result = product.op.getOutputs().front();
  auto type = cast<MemRefType>(result.getType());
  return !result.getDefiningOp<memref::AllocOp>() || type.getNumElements() * 4 <= mostResultBytes;
}

/// Writes the loops of one product.
class Emitter {
public:
  Emitter(RewriterBase &b, Product &product, int64_t threads)
      : b(b), product(product), unit(*product.unit), loc(product.op.getLoc()), teams(threads / unit.lanes()) {}

  void emit() {
    Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    Value lane = arith::RemUIOp::create(b, loc, thread, index(unit.lanes()));
    inA = unit.a.firstOf(b, loc, lane);
    inB = unit.b.firstOf(b, loc, lane);
    inC = unit.c.firstOf(b, loc, lane);
    makeSigned(product.a);
    makeSigned(product.b);
    int64_t columns = product.sizes[product.n] / unit.n;
    while (columnTiles < mostColumnTiles && columns % (columnTiles * 2) == 0 && tilesOf(columnTiles * 2) >= teams)
      columnTiles *= 2;
    auto loop = scf::ForOp::create(b, loc, arith::DivUIOp::create(b, loc, thread, index(unit.lanes())),
                                   index(tilesOf(columnTiles)), index(teams));
    loop->setAttr(kSharedOut, b.getUnitAttr());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value wide = index(columns / columnTiles);
    row = multiply(arith::DivUIOp::create(b, loc, loop.getInductionVar(), wide), unit.m);
    column = multiply(arith::RemUIOp::create(b, loc, loop.getInductionVar(), wide), unit.n * columnTiles);
    store(sum(load()));
  }

private:
  int64_t tilesOf(int64_t columnTiles) const {
    return product.sizes[product.m] / unit.m * (product.sizes[product.n] / (unit.n * columnTiles));
  }

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value multiply(Value value, int64_t by) { return arith::MulIOp::create(b, loc, value, index(by)); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, index(y)) : x; }
  Value word(int64_t value) { return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value); }

  /// Where the unit knows signed factors alone: x - z is (x - 128) - (z - 128), and the first is what flipping x's
  /// upper bit gives.
  void makeSigned(Factor &factor) {
    if (!factor.isUnsigned || unit.takesUnsigned)
      return;
    factor.isFlipped = true;
    factor.isUnsigned = false;
    factor.zeroPoint =
        factor.zeroPoint ? Value(arith::SubIOp::create(b, loc, factor.zeroPoint, word(128))) : word(-128);
  }

  SmallVector<Value> indicesOf(OpOperand &operand, Value m, Value n, Value k) {
    SmallVector<Value> indices;
    AffineMap map = product.op.getMatchingIndexingMap(&operand);
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      indices.push_back(map.getDimPosition(i) == product.m ? m : map.getDimPosition(i) == product.n ? n : k);
    return indices;
  }

  //===--- the result's fragments -------------------------------------------------------------------------------===//

  OpOperand &result() { return product.op.getDpsInitsMutable()[0]; }

  SmallVector<Value> placeInResult(int64_t tile, int64_t element) {
    Place offset = unit.c.offsetOf(element);
    Value m = add(add(row, inC.first), offset.row);
    Value n = add(add(column, inC.second), tile * unit.n + offset.column);
    return indicesOf(result(), m, n, Value());
  }

  VectorType sumType() {
    return VectorType::get({unit.c.elements()}, cast<MemRefType>(result().get().getType()).getElementType());
  }

  SmallVector<Value> load() {
    SmallVector<Value> sums;
    for (int64_t tile = 0; tile < columnTiles; ++tile) {
      SmallVector<Value> elements;
      for (int64_t element = 0; element < unit.c.elements(); ++element)
        elements.push_back(memref::LoadOp::create(b, loc, result().get(), placeInResult(tile, element)));
      sums.push_back(vector::FromElementsOp::create(b, loc, sumType(), elements));
    }
    return sums;
  }

  void store(ArrayRef<Value> sums) {
    for (auto [tile, sum] : llvm::enumerate(sums))
      for (int64_t element = 0; element < unit.c.elements(); ++element)
        memref::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, sum, element), result().get(),
                                placeInResult(tile, element));
  }

  //===--- the sum ----------------------------------------------------------------------------------------------===//

  /// The result's fragments after the loop over k. Sums for zero points are carried beside them.
  SmallVector<Value> sum(SmallVector<Value> sums) {
    unsigned results = sums.size();
    auto none = [&] { return arith::ConstantOp::create(b, loc, b.getZeroAttr(sumType())); };
    if (product.a.zeroPoint)
      sums.append(results, none()); // Sums of b over k: equal in all rows.
    if (product.b.zeroPoint)
      sums.push_back(none()); // Sums of a: equal in all columns.
    auto loop = scf::ForOp::create(b, loc, index(0), index(product.sizes[product.k]), index(unit.k), sums);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      scf::YieldOp::create(b, loc, step(loop.getInductionVar(), SmallVector<Value>(loop.getRegionIterArgs())));
    }
    SmallVector<Value> extra(loop.getResults().drop_front(results)), finished(loop.getResults().take_front(results));
    for (unsigned i = 0; i < results; ++i) {
      if (product.a.zeroPoint)
        subtract(finished[i], product.a.zeroPoint, extra[i]);
      if (product.b.zeroPoint)
        subtract(finished[i], product.b.zeroPoint, extra.back());
      if (product.a.zeroPoint && product.b.zeroPoint) {
        Value both = arith::MulIOp::create(b, loc, product.a.zeroPoint, product.b.zeroPoint);
        both = arith::MulIOp::create(b, loc, both, word(product.sizes[product.k]));
        finished[i] = add(finished[i], vector::BroadcastOp::create(b, loc, sumType(), both));
      }
    }
    return finished;
  }

  void subtract(Value &from, Value zeroPoint, Value sum) {
    Value spread = vector::BroadcastOp::create(b, loc, sumType(), zeroPoint);
    from = arith::SubIOp::create(b, loc, from, arith::MulIOp::create(b, loc, spread, sum));
  }

  SmallVector<Value> step(Value k, SmallVector<Value> sums) {
    const bool aUnsigned = product.a.isUnsigned, bUnsigned = product.b.isUnsigned;
    Value a = fragmentOfA(k);
    for (int64_t tile = 0; tile < columnTiles; ++tile) {
      Value fragment = fragmentOfB(k, tile);
      sums[tile] = unit.build(b, loc, {a, fragment, sums[tile], aUnsigned, bUnsigned});
      if (product.a.zeroPoint) {
        Value &ofB = sums[columnTiles + tile];
        ofB = unit.build(b, loc, {ones(unit.a), fragment, ofB, false, bUnsigned});
      }
    }
    if (product.b.zeroPoint)
      sums.back() = unit.build(b, loc, {a, ones(unit.b), sums.back(), aUnsigned, false});
    return sums;
  }

  Value ones(const FragmentLayout &layout) {
    auto type = VectorType::get({layout.elements()}, product.a.element());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, b.getIntegerAttr(type.getElementType(), 1)));
  }

  Value fragmentOfA(Value k) {
    return gather(product.a, unit.a, [&](Place offset) {
      Value m = add(add(row, inA.first), offset.row);
      return indicesOf(*product.a.operand, m, Value(), add(add(k, inA.second), offset.column));
    });
  }

  Value fragmentOfB(Value k, int64_t tile) {
    return gather(product.b, unit.b, [&](Place offset) {
      Value n = add(add(column, inB.second), tile * unit.n + offset.column);
      return indicesOf(*product.b.operand, Value(), n, add(add(k, inB.first), offset.row));
    });
  }

  Value gather(const Factor &factor, const FragmentLayout &layout,
               llvm::function_ref<SmallVector<Value>(Place)> indicesAt) {
    SmallVector<Value> elements;
    for (int64_t element = 0; element < layout.elements(); ++element)
      elements.push_back(memref::LoadOp::create(b, loc, factor.operand->get(), indicesAt(layout.offsetOf(element))));
    auto type = VectorType::get({layout.elements()}, factor.element());
    Value fragment = vector::FromElementsOp::create(b, loc, type, elements);
    if (!factor.isFlipped)
      return fragment;
    auto upper = DenseElementsAttr::get(type, b.getIntegerAttr(type.getElementType(), -128));
    return arith::XOrIOp::create(b, loc, fragment, arith::ConstantOp::create(b, loc, upper));
  }

  RewriterBase &b;
  Product &product;
  const MatrixUnit &unit;
  Location loc;
  int64_t teams, columnTiles = 1; ///< Threads that use a unit together are a team.
  std::pair<Value, Value> inA, inB, inC;
  Value row, column;
};

struct GpuMatrixProducts : sinter::impl::GpuMatrixProductsBase<GpuMatrixProducts> {
  using Base::Base;
  GpuMatrixProducts(ArrayRef<MatrixUnit> units, int64_t threads) : units(units) { this->threads = threads; }

  void runOnOperation() override {
    SmallVector<Product> products;
    getOperation().walk([&](linalg::GenericOp op) {
      if (std::optional<Product> product = productOf(op, units); product && hasRoom(*product))
        products.push_back(*product);
    });
    for (Product &product : products) {
      IRRewriter b(product.op);
      Emitter(b, product, threads).emit();
      b.eraseOp(product.op);
    }
  }

  ArrayRef<MatrixUnit> units;
};

} // namespace

std::unique_ptr<Pass> sinter::createGpuMatrixProducts(ArrayRef<MatrixUnit> units, int64_t threads) {
  return std::make_unique<GpuMatrixProducts>(units, threads);
}
