// Matrix products on tensor cores.
//
// Which thread of a warp holds which element is in the PTX ISA, "Matrix Fragments for mma.m16n8k16" and "m16n8k32".
// With group = lane / 4 and place = lane % 4, and `run` neighbours along k in a register (2 of 16 bits, 4 of 8):
//   a, registers 0 … 3: row group (+ 8 in odd ones), columns run · place … (+ 4 · run in the upper two)
//   b, registers 0, 1:  rows run · place … (+ 4 · run in the second), column group
//   c, elements 0 … 3:  row group (+ 8 in the upper two), column 2 · place (+ 1 in odd ones)
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/CudaMatrixProducts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/gpu/compiler/ThreadLoops.h"

namespace sinter {
#define GEN_PASS_DEF_CUDAMATRIXPRODUCTS
#include "targets/gpu/cuda/compiler/CudaMatrixProducts.h.inc"
} // namespace sinter

using namespace mlir;

namespace {

/// Of a temporary result, which lies in shared memory (48 KiB in all); larger ones are summed in registers alone.
constexpr int64_t mostResultBytes = 32768;
constexpr int64_t warpSize = 32, tileRows = 16, tileColumns = 8, mostColumnTiles = 4;

/// One factor of the product: what it reads, and how.
struct Factor {
  OpOperand *operand = nullptr;
  Value zeroPoint; ///< i32, or null.
  bool isUnsigned = false;

  Type element() const { return cast<MemRefType>(operand->get().getType()).getElementType(); }
};

/// A generic that is c[m, n] += a[m, k] · b[k, n], whichever way its buffers are laid out.
struct Product {
  linalg::GenericOp op;
  Factor a, b;
  unsigned m = 0, n = 0, k = 0; ///< Loops.
  SmallVector<int64_t> sizes;

  int64_t depth() const { return a.element().isInteger(8) ? 32 : 16; }
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
  Type element = argument.getType();
  bool fits = element.isF16() || element.isBF16() || element.isInteger(8);
  return fits && isa<MemRefType>(factor.operand->get().getType()) ? std::optional(factor) : std::nullopt;
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
  return product.sizes[product.m] % tileRows == 0 && product.sizes[product.n] % tileColumns == 0 &&
         product.sizes[product.k] % product.depth() == 0 && reads(product.a, product.m) &&
         reads(product.a, product.k) && reads(product.b, product.k) && reads(product.b, product.n);
}

std::optional<Product> productOf(linalg::GenericOp op) {
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
      : b(b), product(product), loc(product.op.getLoc()), warps(threads / warpSize), run(product.depth() / 8) {}

  void emit() {
    Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
    Value lane = arith::RemUIOp::create(b, loc, thread, index(warpSize));
    group = arith::DivUIOp::create(b, loc, lane, index(4));
    place = arith::RemUIOp::create(b, loc, lane, index(4));
    int64_t columns = product.sizes[product.n] / tileColumns;
    while (columnTiles < mostColumnTiles && columns % (columnTiles * 2) == 0 && tilesOf(columnTiles * 2) >= warps)
      columnTiles *= 2;
    auto loop = scf::ForOp::create(b, loc, arith::DivUIOp::create(b, loc, thread, index(warpSize)),
                                   index(tilesOf(columnTiles)), index(warps));
    loop->setAttr(sinter::gpu::kSharedOut, b.getUnitAttr());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value wide = index(columns / columnTiles);
    row = multiply(arith::DivUIOp::create(b, loc, loop.getInductionVar(), wide), tileRows);
    column = multiply(arith::RemUIOp::create(b, loc, loop.getInductionVar(), wide), tileColumns * columnTiles);
    store(sum(load()));
  }

private:
  int64_t tilesOf(int64_t columnTiles) const {
    return product.sizes[product.m] / tileRows * (product.sizes[product.n] / (tileColumns * columnTiles));
  }

  Value index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
  Value multiply(Value value, int64_t by) { return arith::MulIOp::create(b, loc, value, index(by)); }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, index(y)) : x; }

  SmallVector<Value> indicesOf(OpOperand &operand, Value m, Value n, Value k) {
    SmallVector<Value> indices;
    AffineMap map = product.op.getMatchingIndexingMap(&operand);
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      indices.push_back(map.getDimPosition(i) == product.m ? m : map.getDimPosition(i) == product.n ? n : k);
    return indices;
  }

  //===--- the result's fragments -------------------------------------------------------------------------------===//

  OpOperand &result() { return product.op.getDpsInitsMutable()[0]; }

  /// Calls `visit` with the element's indices and its number, for all of the warp's tiles.
  template <typename Visit> void eachResult(Visit visit) {
    for (int64_t tile = 0; tile < columnTiles; ++tile)
      for (int64_t element = 0; element < 4; ++element) {
        Value m = add(add(row, group), element / 2 * 8);
        Value n = add(add(column, multiply(place, 2)), tile * tileColumns + element % 2);
        visit(indicesOf(result(), m, n, Value()), tile * 4 + element);
      }
  }

  SmallVector<Value> load() {
    SmallVector<Value> values;
    eachResult(
        [&](ArrayRef<Value> at, int64_t) { values.push_back(memref::LoadOp::create(b, loc, result().get(), at)); });
    return values;
  }

  void store(ArrayRef<Value> values) {
    eachResult([&](ArrayRef<Value> at, int64_t number) {
      memref::StoreOp::create(b, loc, values[number], result().get(), at);
    });
  }

  //===--- the sum ----------------------------------------------------------------------------------------------===//

  /// The result's fragments after the loop over k. Sums for zero points are carried beside them.
  SmallVector<Value> sum(SmallVector<Value> values) {
    unsigned results = values.size();
    Value none = arith::ConstantIntOp::create(b, loc, b.getI32Type(), 0);
    if (product.a.zeroPoint)
      values.append(results, none); // Sums of b over k: equal in all rows.
    if (product.b.zeroPoint)
      values.append(4, none); // Sums of a: equal in all columns.
    auto loop = scf::ForOp::create(b, loc, index(0), index(product.sizes[product.k]), index(product.depth()), values);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      scf::YieldOp::create(b, loc, step(loop.getInductionVar(), SmallVector<Value>(loop.getRegionIterArgs())));
    }
    SmallVector<Value> sums(loop.getResults());
    ArrayRef<Value> extra = ArrayRef(sums).drop_front(results);
    SmallVector<Value> finished(ArrayRef(sums).take_front(results));
    for (unsigned i = 0; i < results; ++i) {
      if (product.a.zeroPoint)
        subtract(finished[i], product.a.zeroPoint, extra[i]);
      if (product.b.zeroPoint)
        subtract(finished[i], product.b.zeroPoint, extra[(product.a.zeroPoint ? results : 0) + i % 4]);
      if (product.a.zeroPoint && product.b.zeroPoint) {
        Value both = arith::MulIOp::create(b, loc, product.a.zeroPoint, product.b.zeroPoint);
        Value terms = arith::ConstantIntOp::create(b, loc, b.getI32Type(), product.sizes[product.k]);
        finished[i] = add(finished[i], arith::MulIOp::create(b, loc, both, terms));
      }
    }
    return finished;
  }

  void subtract(Value &from, Value zeroPoint, Value sum) {
    from = arith::SubIOp::create(b, loc, from, arith::MulIOp::create(b, loc, zeroPoint, sum));
  }

  SmallVector<Value> step(Value k, SmallVector<Value> sums) {
    int64_t results = columnTiles * 4;
    SmallVector<Value> a = fragmentOfA(k);
    for (int64_t tile = 0; tile < columnTiles; ++tile) {
      SmallVector<Value> fragment = fragmentOfB(k, tile);
      accumulate(sums, tile * 4, a, fragment, product.a.isUnsigned, product.b.isUnsigned);
      if (product.a.zeroPoint)
        accumulate(sums, results + tile * 4, ones(4), fragment, true, product.b.isUnsigned);
    }
    if (product.b.zeroPoint)
      accumulate(sums, sums.size() - 4, a, ones(2), product.a.isUnsigned, true);
    return sums;
  }

  SmallVector<Value> ones(unsigned registers) {
    return SmallVector<Value>(registers, arith::ConstantIntOp::create(b, loc, b.getI32Type(), 0x01010101));
  }

  SmallVector<Value> fragmentOfA(Value k) {
    SmallVector<Value> registers;
    for (int64_t r = 0; r < 4; ++r) {
      Value m = add(add(row, group), r % 2 * 8);
      registers.push_back(pack(product.a, m, Value(), add(add(k, multiply(place, run)), r / 2 * 4 * run)));
    }
    return registers;
  }

  SmallVector<Value> fragmentOfB(Value k, int64_t tile) {
    SmallVector<Value> registers;
    Value n = add(add(column, group), tile * tileColumns);
    for (int64_t r = 0; r < 2; ++r)
      registers.push_back(pack(product.b, Value(), n, add(add(k, multiply(place, run)), r * 4 * run)));
    return registers;
  }

  /// A register of `run` neighbours along k: two f16, or 32 bits.
  Value pack(const Factor &factor, Value m, Value n, Value k) {
    SmallVector<Value> elements;
    for (int64_t i = 0; i < run; ++i)
      elements.push_back(
          memref::LoadOp::create(b, loc, factor.operand->get(), indicesOf(*factor.operand, m, n, add(k, i))));
    auto type = VectorType::get({run}, factor.element());
    Value packed = vector::FromElementsOp::create(b, loc, type, elements);
    if (factor.element().isF16())
      return packed;
    Value word = vector::BitCastOp::create(b, loc, VectorType::get({1}, b.getI32Type()), packed);
    return vector::ExtractOp::create(b, loc, word, int64_t(0));
  }

  /// sums[first … first + 3] += a · b
  void accumulate(MutableArrayRef<Value> sums, int64_t first, ArrayRef<Value> a, ArrayRef<Value> fragment,
                  bool aUnsigned, bool bUnsigned) {
    Type element = product.a.element(), each = sums[first].getType();
    auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, each));
    bool isInteger = element.isInteger(8);
    auto formOf = [&](bool isUnsigned) {
      return isInteger         ? (isUnsigned ? NVVM::MMATypes::u8 : NVVM::MMATypes::s8)
             : element.isF16() ? NVVM::MMATypes::f16
                               : NVVM::MMATypes::bf16;
    };
    std::optional<NVVM::MMAIntOverflow> overflow;
    if (isInteger)
      overflow = NVVM::MMAIntOverflow::wrapped;
    Value product = NVVM::MmaOp::create(b, loc, type, a, fragment, ValueRange(sums.slice(first, 4)),
                                        {tileRows, tileColumns, this->product.depth()}, std::nullopt, overflow,
                                        std::array{formOf(aUnsigned), formOf(bUnsigned)},
                                        std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
    for (int64_t i = 0; i < 4; ++i)
      sums[first + i] = LLVM::ExtractValueOp::create(b, loc, product, i);
  }

  RewriterBase &b;
  Product &product;
  Location loc;
  int64_t warps, run, columnTiles = 1;
  Value group, place, row, column;
};

struct CudaMatrixProducts : sinter::impl::CudaMatrixProductsBase<CudaMatrixProducts> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Product> products;
    getOperation().walk([&](linalg::GenericOp op) {
      if (std::optional<Product> product = productOf(op); product && hasRoom(*product))
        products.push_back(*product);
    });
    for (Product &product : products) {
      IRRewriter b(product.op);
      Emitter(b, product, threads).emit();
      b.eraseOp(product.op);
    }
  }
};

} // namespace
