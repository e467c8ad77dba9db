// Matrix products among linalg's generics.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/MatrixProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "targets/gpu/compiler/LoopElements.h"

using namespace mlir;
using namespace sinter::gpu;

namespace {

/// The operand whose element `value` is, if it is a block argument of the body.
OpOperand *operandOf(Value value, linalg::GenericOp op) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner() == op.getBody() ? op.getMatchingOpOperand(argument) : nullptr;
}

/// Calls `visit` with the operands that `value` reads, and with the loops whose indices it asks for.
void visitReads(Value value, linalg::GenericOp op, llvm::function_ref<void(OpOperand &)> visitOperand,
                llvm::function_ref<void(unsigned)> visitLoop) {
  auto visit = [&](Value each) {
    if (OpOperand *operand = operandOf(each, op))
      visitOperand(*operand);
  };
  visit(value);
  for (Operation *inner : neededFor(value, op)) {
    llvm::for_each(inner->getOperands(), visit);
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      visitLoop(index.getDim());
  }
}

llvm::SmallBitVector loopsOf(const ProductFactor &factor, linalg::GenericOp op) {
  llvm::SmallBitVector loops(op.getNumLoops());
  visitReads(
      factor.element, op,
      [&](OpOperand &operand) {
        for (unsigned d = 0; d < op.getNumLoops(); ++d)
          if (op.getMatchingIndexingMap(&operand).isFunctionOfDim(d))
            loops.set(d);
      },
      [&](unsigned d) { loops.set(d); });
  return loops;
}

std::optional<ProductFactor> factorOf(Value value, linalg::GenericOp op) {
  ProductFactor factor;
  if (auto sub = value.getDefiningOp<arith::SubIOp>()) {
    factor.zeroPoint = sub.getRhs();
    value = sub.getLhs();
    Operation *point = factor.zeroPoint.getDefiningOp();
    if (!point || !point->hasTrait<OpTrait::ConstantLike>() || point->getBlock() == op.getBody())
      return std::nullopt;
  }
  if (Operation *extension = value.getDefiningOp();
      isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(extension)) {
    factor.isUnsigned = isa<arith::ExtUIOp>(extension);
    value = extension->getOperand(0);
  }
  factor.element = value;
  bool readsSums = false;
  visitReads(factor.element, op, [&](OpOperand &operand) { readsSums |= op.isDpsInit(&operand); }, [](unsigned) {});
  return matrixElementOf(factor.element.getType()) && !readsSums ? std::optional(factor) : std::nullopt;
}

/// The two factors of acc + x · y, in the order in which they stand.
std::optional<std::pair<ProductFactor, ProductFactor>> factorsOf(linalg::GenericOp op) {
  Value result = op.getBody()->getTerminator()->getOperand(0);
  Operation *sum = result.getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(sum) ||
      !(result.getType().isF32() || result.getType().isInteger(32)))
    return std::nullopt;
  Value accumulator = op.getRegionOutputArgs().front();
  Value term = sum->getOperand(0) == accumulator   ? sum->getOperand(1)
               : sum->getOperand(1) == accumulator ? sum->getOperand(0)
                                                   : Value();
  Operation *product = term ? term.getDefiningOp() : nullptr;
  if (!isa_and_nonnull<arith::MulFOp, arith::MulIOp>(product))
    return std::nullopt;
  std::optional<ProductFactor> x = factorOf(product->getOperand(0), op), y = factorOf(product->getOperand(1), op);
  if (!x || !y || x->element.getType() != y->element.getType())
    return std::nullopt;
  return std::pair(*x, *y);
}

} // namespace

int64_t MatrixProduct::count(ArrayRef<unsigned> loops) const {
  int64_t total = 1;
  for (unsigned d : loops)
    total *= sizes[d];
  return total;
}

void MatrixProduct::setLoops(OpBuilder &b, Location loc, MutableArrayRef<Value> point, ArrayRef<unsigned> loops,
                             Value number) const {
  for (unsigned d : llvm::reverse(loops)) {
    Value size = arith::ConstantIndexOp::create(b, loc, sizes[d]);
    point[d] = d == loops.front() ? number : Value(arith::RemUIOp::create(b, loc, number, size));
    number = arith::DivUIOp::create(b, loc, number, size);
  }
}

std::optional<MatrixProduct> sinter::gpu::matchProduct(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1 || op.hasDynamicShape() ||
      !op.getMatchingIndexingMap(&op.getDpsInitsMutable()[0]).isProjectedPermutation())
    return std::nullopt;
  std::optional<std::pair<ProductFactor, ProductFactor>> factors = factorsOf(op);
  if (!factors)
    return std::nullopt;
  MatrixProduct product;
  product.op = op;
  std::tie(product.a, product.b) = *factors;
  product.element = *matrixElementOf(product.a.element.getType());
  product.sizes = op.getStaticLoopRanges();
  llvm::SmallBitVector inA = loopsOf(product.a, op), inB = loopsOf(product.b, op);
  for (auto [d, type] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (type != utils::IteratorType::parallel)
      product.k.push_back(d);
    else if (inA[d] != inB[d])
      (inA[d] ? product.m : product.n).push_back(d);
    else
      product.batch.push_back(d);
  }
  // Columns are neighbours in the result, unless so few rows are left that most of a unit would compute nothing: units
  // are taller than wide.
  constexpr int64_t rows = 16;
  AffineMap result = op.getMatchingIndexingMap(&op.getDpsInitsMutable()[0]);
  bool rowsLast =
      result.getNumResults() && llvm::is_contained(product.m, result.getDimPosition(result.getNumResults() - 1));
  int64_t m = product.count(product.m), n = product.count(product.n);
  if (rowsLast ? n >= rows || n > m : m < rows && n > m) {
    std::swap(product.a, product.b);
    std::swap(product.m, product.n);
  }
  return product;
}
