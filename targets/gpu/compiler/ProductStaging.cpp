// The factors of a matrix product in workgroup memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/ProductStaging.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/gpu/compiler/LoopElements.h"

using namespace mlir;
using namespace sinter::gpu;

StagedFactor::StagedFactor(OpBuilder &b, MatrixProduct &product, const ProductFactor &factor, ArrayRef<unsigned> outer,
                           Space space, WorkgroupThreads threads, const AsyncCopies *copies)
    : b(b), product(product), factor(factor), outer(outer), space(space), threads(threads), copies(copies),
      loc(product.op.getLoc()), piece(findPiece()) {}

//===--- index arithmetic ----------------------------------------------------------------------------------------===//

Value StagedFactor::index(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }
Value StagedFactor::add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
Value StagedFactor::add(Value x, int64_t y) { return y ? add(x, index(y)) : x; }
Value StagedFactor::below(Value x, int64_t bound) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, x, index(bound));
}
Value StagedFactor::both(Value x, Value y) { return !x ? y : !y ? x : Value(arith::AndIOp::create(b, loc, x, y)); }

/// Chunks of a row are exchanged by some bits of its number: the pattern that matrix units which read workgroup memory
/// themselves expect of rows of 32, 64 and 128 bytes.
Value StagedFactor::swizzle(Value row, Value chunk) {
  int64_t chunks = space.depth / perChunk();
  Value turn = arith::DivUIOp::create(b, loc, row, index(128 / (chunks * chunkBytes)));
  turn = arith::RemUIOp::create(b, loc, turn, index(chunks));
  return arith::XOrIOp::create(b, loc, chunk, turn);
}

/// Of element `element` of row `row`, in the workgroup's memory.
Value StagedFactor::placeInStage(Value stage, Value row, Value element) {
  Value chunk = swizzle(row, arith::DivUIOp::create(b, loc, element, index(perChunk())));
  Value inRow = add(arith::MulIOp::create(b, loc, chunk, index(perChunk())),
                    arith::RemUIOp::create(b, loc, element, index(perChunk())));
  Value first = add(arith::MulIOp::create(b, loc, stage, index(space.stageElements)), space.first);
  return add(add(first, arith::MulIOp::create(b, loc, row, index(space.depth))), inRow);
}

//===--- global memory --------------------------------------------------------------------------------------------===//

/// The buffer that a kernel's caller gave, which is aligned, behind views.
static bool isKernelsOperand(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return true;
}

/// The largest piece of which each row, and each loop's step, is a multiple; 0 where k is not innermost.
int64_t StagedFactor::findPiece() const {
  auto argument = dyn_cast<BlockArgument>(factor.element);
  OpOperand *operand = argument ? product.op.getMatchingOpOperand(argument) : nullptr;
  auto type = operand ? dyn_cast<MemRefType>(operand->get().getType()) : MemRefType();
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (!type || !isKernelsOperand(operand->get()) || failed(type.getStridesAndOffset(strides, offset)) || offset != 0)
    return 0;
  AffineMap map = product.op.getMatchingIndexingMap(operand);
  if (!map.isProjectedPermutation())
    return 0;
  SmallVector<int64_t> steps(product.sizes.size(), 0);
  for (auto [i, stride] : llvm::enumerate(strides))
    steps[map.getDimPosition(i)] = stride;
  int64_t depth = 1, bytes = chunkBytes;
  for (unsigned d : llvm::reverse(product.k)) {
    if (product.sizes[d] != 1 && steps[d] != depth)
      return 0;
    depth *= product.sizes[d];
  }
  auto fits = [&](int64_t elements) { return elements * product.elementBytes() % bytes == 0; };
  auto allFit = [&] {
    return fits(depth) && llvm::all_of(outer, [&](unsigned d) { return fits(steps[d]); }) &&
           llvm::all_of(product.batch, [&](unsigned d) { return fits(steps[d]); });
  };
  constexpr int64_t least = 4;
  while (bytes >= least && !allFit())
    bytes /= 2;
  return bytes >= least ? bytes : 0;
}

/// The row and the first element of this thread's piece `number`. Lanes follow what is contiguous in global memory: a
/// row's pieces, or single elements of neighbouring rows.
std::pair<Value, Value> StagedFactor::placeOfPiece(int64_t number) {
  Value flat = add(threads.thread, number * threads.count);
  if (pieces() < threads.count)
    flat = arith::RemUIOp::create(b, loc, flat, index(pieces()));
  int64_t fastest = piece ? space.depth / pieceElements() : space.rows;
  Value slow = arith::DivUIOp::create(b, loc, flat, index(fastest));
  Value fast = arith::RemUIOp::create(b, loc, flat, index(fastest));
  Value element = arith::MulIOp::create(b, loc, piece ? fast : slow, index(pieceElements()));
  return {piece ? slow : fast, element};
}

void StagedFactor::whereAPieceIs(int64_t number, llvm::function_ref<void()> emit) {
  OpBuilder::InsertionGuard guard(b);
  if (pieces() < threads.count)
    b.setInsertionPointToStart(
        scf::IfOp::create(b, loc, below(threads.thread, pieces()), /*withElseRegion=*/false).thenBlock());
  emit();
}

void StagedFactor::begin(ArrayRef<Value> batch, Value row, Value k, Value stage) {
  held.clear();
  const int64_t rows = product.count(outer), depth = product.count(product.k);
  for (int64_t number = 0; number * threads.count < pieces(); ++number) {
    auto [inStage, element] = placeOfPiece(number);
    Value first = add(k, element), line = add(row, inStage), valid;
    if (rows % space.rows != 0) {
      valid = below(line, rows);
      line = arith::SelectOp::create(b, loc, valid, line, index(0));
    }
    if (piece && depth % space.depth != 0) {
      Value inside = below(first, depth);
      first = arith::SelectOp::create(b, loc, inside, first, index(0));
      valid = both(valid, inside);
    }
    SmallVector<Value> point(product.sizes.size());
    llvm::copy(batch, point.begin());
    product.setLoops(b, loc, point, outer, line);
    if (piece)
      product.setLoops(b, loc, point, product.k, first);
    if (isAsync())
      whereAPieceIs(number, [&] { copyPiece(point, valid, placeInStage(stage, inStage, element)); });
    else
      held.push_back(piece ? loadPiece(point, valid) : gatherPiece(point, first, valid));
  }
}

void StagedFactor::copyPiece(ArrayRef<Value> point, Value valid, Value target) {
  OpOperand &operand = *product.op.getMatchingOpOperand(cast<BlockArgument>(factor.element));
  Value count;
  if (valid)
    count = arith::SelectOp::create(b, loc, valid, index(pieceElements()), index(0));
  SmallVector<Value> at = LoopElements(b, product.op).indicesOf(operand, point);
  copies->copy(b, loc, operand.get(), at, space.memory, target, pieceElements(), count);
}

/// `elements`, or zeros.
static Value orZero(OpBuilder &b, Location loc, Value valid, Value elements) {
  if (!valid)
    return elements;
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(elements.getType()));
  return arith::SelectOp::create(b, loc, valid, elements, zero);
}

Value StagedFactor::loadPiece(ArrayRef<Value> point, Value valid) {
  OpOperand &operand = *product.op.getMatchingOpOperand(cast<BlockArgument>(factor.element));
  auto type = VectorType::get({pieceElements()}, elementType());
  SmallVector<Value> at = LoopElements(b, product.op).indicesOf(operand, point);
  Value elements = vector::LoadOp::create(b, loc, type, operand.get(), at, false, llvm::Align(piece));
  if (isFlipped) {
    auto upper = DenseElementsAttr::get(type, b.getIntegerAttr(elementType(), -128));
    elements = arith::XOrIOp::create(b, loc, elements, arith::ConstantOp::create(b, loc, upper));
  }
  return orZero(b, loc, valid, elements);
}

Value StagedFactor::gatherPiece(SmallVector<Value> point, Value k, Value valid) {
  const int64_t depth = product.count(product.k);
  LoopElements source(b, product.op);
  SmallVector<Value> elements;
  for (int64_t i = 0; i < pieceElements(); ++i) {
    Value at = add(k, i), inside;
    if (depth % space.depth != 0) {
      inside = below(at, depth);
      at = arith::SelectOp::create(b, loc, inside, at, index(0));
    }
    product.setLoops(b, loc, point, product.k, at);
    Value element = source.emitValue(factor.element, point);
    if (isFlipped)
      element = arith::XOrIOp::create(b, loc, element, arith::ConstantIntOp::create(b, loc, elementType(), -128));
    elements.push_back(orZero(b, loc, both(valid, inside), element));
  }
  return vector::FromElementsOp::create(b, loc, VectorType::get({pieceElements()}, elementType()), elements);
}

void StagedFactor::finish(Value stage) {
  for (auto [number, elements] : llvm::enumerate(held)) {
    auto [row, element] = placeOfPiece(number);
    whereAPieceIs(number, [&] {
      vector::StoreOp::create(b, loc, elements, space.memory, placeInStage(stage, row, element), false,
                              llvm::Align(pieceElements() * product.elementBytes()));
    });
  }
}

//===--- fragments ------------------------------------------------------------------------------------------------===//

/// Elements of the layout that are neighbours along k from the first on, at most a chunk.
static int64_t runOf(const FragmentLayout &layout, bool isTransposed, int64_t most) {
  int64_t run = 1;
  for (const Place &step : layout.element) {
    Place next = isTransposed ? Place{run, 0} : Place{0, run};
    if (run == most || !(step == next))
      break;
    run *= 2;
  }
  return run;
}

Value StagedFactor::fragment(const FragmentLayout &layout, std::pair<Value, Value> lane, bool isTransposed, Value row,
                             int64_t below, int64_t k, Value stage) {
  const int64_t run = runOf(layout, isTransposed, perChunk()), bytes = run * product.elementBytes();
  Value laneRow = isTransposed ? lane.second : lane.first, laneK = isTransposed ? lane.first : lane.second;
  auto type = VectorType::get({run}, elementType());
  Type word = b.getI32Type();
  SmallVector<Value> words;
  for (int64_t number = 0; number < layout.elements(); number += run) {
    Place offset = layout.offsetOf(number);
    if (isTransposed)
      std::swap(offset.row, offset.column);
    Value at = placeInStage(stage, add(add(row, laneRow), below + offset.row), add(laneK, k + offset.column));
    Value elements = vector::LoadOp::create(b, loc, type, space.memory, at, false, llvm::Align(bytes));
    if (run == layout.elements())
      return elements;
    Value packed = vector::BitCastOp::create(b, loc, VectorType::get({bytes / 4}, word), elements);
    for (int64_t i = 0; i < bytes / 4; ++i)
      words.push_back(vector::ExtractOp::create(b, loc, packed, i));
  }
  Value all = vector::FromElementsOp::create(b, loc, VectorType::get({int64_t(words.size())}, word), words);
  return vector::BitCastOp::create(b, loc, VectorType::get({layout.elements()}, elementType()), all);
}
