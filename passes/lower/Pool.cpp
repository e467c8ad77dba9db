// Pooling over windows.
//
// The loops are n, c, all output positions but the last, the window, and the last output position innermost: it runs
// over contiguous memory, and each step of the window adds a shifted row to the row of results.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Generic.h"
#include "passes/lower/Lowering.h"
#include "passes/lower/ScalarBody.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

struct Window {
  SmallVector<int64_t> kernel, strides, dilations, begin, end;
  unsigned rank() const { return kernel.size(); }
};

Window windowOf(nn::PoolOp op) {
  Window w;
  w.kernel.append(op.getKernel().begin(), op.getKernel().end());
  w.strides.append(op.getStrides().begin(), op.getStrides().end());
  w.dilations.append(op.getDilations().begin(), op.getDilations().end());
  ArrayRef<int64_t> pads = op.getPads();
  w.begin.append(pads.begin(), pads.begin() + w.rank());
  w.end.append(pads.begin() + w.rank(), pads.end());
  return w;
}

/// Enough of the border that every window lies inside; nothing where the windows end before the input does.
Value padInput(OpBuilder &b, Location loc, Value input, const Window &w, ArrayRef<int64_t> output, TypedAttr value) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<OpFoldResult> low(2, b.getIndexAttr(0)), high(2, b.getIndexAttr(0));
  SmallVector<int64_t> shape(type.getShape());
  bool any = false;
  for (unsigned i = 0; i < w.rank(); ++i) {
    int64_t last = (output[2 + i] - 1) * w.strides[i] + (w.kernel[i] - 1) * w.dilations[i] + 1;
    int64_t after = std::max<int64_t>(0, last - w.begin[i] - shape[2 + i]);
    low.push_back(b.getIndexAttr(w.begin[i]));
    high.push_back(b.getIndexAttr(after));
    shape[2 + i] += w.begin[i] + after;
    any |= w.begin[i] != 0 || after != 0;
  }
  if (!any)
    return input;
  Value fill = arith::ConstantOp::create(b, loc, value);
  return tensor::PadOp::create(b, loc, type.clone(shape), input, low, high, fill).getResult();
}

/// Elements of the input (or of what `counted` adds to it) under the window, along one axis.
SmallVector<float> countsAlong(const Window &w, unsigned axis, int64_t input, int64_t output, bool includePad,
                               int64_t countedEnd) {
  SmallVector<float> counts;
  int64_t lowest = includePad ? -w.begin[axis] : 0, highest = includePad ? input + countedEnd : input;
  for (int64_t o = 0; o < output; ++o) {
    int64_t count = 0;
    for (int64_t k = 0; k < w.kernel[axis]; ++k) {
      int64_t at = o * w.strides[axis] - w.begin[axis] + k * w.dilations[axis];
      count += at >= lowest && at < highest;
    }
    counts.push_back(std::max<int64_t>(count, 1));
  }
  return counts;
}

struct PoolPattern : OpConversionPattern<nn::PoolOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::PoolOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (anyQuantized(op))
      return b.notifyMatchFailure(op, "quantised");
    bool isMax = op.getKind() == nn::PoolKind::Max;
    Type element = op.getInput().getType().getElementType();
    if (!isMax && !isa<FloatType>(element))
      return b.notifyMatchFailure(op, "the average of integers");
    Type storage = storageElementType(element);
    auto half = dyn_cast<FloatType>(element);
    Type accumulator = half && half.getWidth() < 32 ? Type(b.getF32Type()) : storage;
    Window w = windowOf(op);
    ArrayRef<int64_t> output = op.getResult().getType().getShape();
    Value padded = padInput(b, op.getLoc(), adaptor.getInput(), w, output, startOf(b, element, storage, isMax));
    Value init = buildFilled(b, op.getLoc(), RankedTensorType::get(output, accumulator),
                             startOf(b, element, accumulator, isMax));
    Value reduced = reduceWindows(b, op, padded, init, w, element, isMax);
    b.replaceOp(op, finish(b, op, reduced, w, accumulator));
    return success();
  }

  static TypedAttr startOf(OpBuilder &b, Type element, Type type, bool isMax) {
    if (auto floating = dyn_cast<FloatType>(type))
      return isMax ? b.getFloatAttr(floating, APFloat::getInf(floating.getFloatSemantics(), true))
                   : b.getFloatAttr(floating, 0);
    unsigned bits = type.getIntOrFloatBitWidth();
    return b.getIntegerAttr(type,
                            element.isUnsignedInteger() ? APInt::getMinValue(bits) : APInt::getSignedMinValue(bits));
  }

  static Value reduceWindows(OpBuilder &b, nn::PoolOp op, Value padded, Value init, const Window &w, Type element,
                             bool isMax) {
    unsigned rank = w.rank(), loops = 2 + 2 * rank;
    // n, c, o_0 … o_{rank-2}, k_0 … k_{rank-1}, o_{rank-1}
    auto outputLoop = [&](unsigned i) { return i + 1 == rank ? loops - 1 : 2 + i; };
    auto windowLoop = [&](unsigned i) { return 2 + (rank - 1) + i; };
    SmallVector<AffineExpr> in = {b.getAffineDimExpr(0), b.getAffineDimExpr(1)}, out = in, window;
    SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::parallel);
    for (unsigned i = 0; i < rank; ++i) {
      AffineExpr o = b.getAffineDimExpr(outputLoop(i)), k = b.getAffineDimExpr(windowLoop(i));
      in.push_back(o * w.strides[i] + k * w.dilations[i]);
      out.push_back(o);
      window.push_back(k);
      iterators[windowLoop(i)] = utils::IteratorType::reduction;
    }
    auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, b.getContext()); };
    // The window's extent is told to the loops by an operand that is never read.
    Value extent = tensor::EmptyOp::create(b, op.getLoc(), w.kernel, b.getF32Type());
    auto generic = linalg::GenericOp::create(
        b, op.getLoc(), TypeRange{init.getType()}, ValueRange{padded, extent}, ValueRange{init},
        ArrayRef<AffineMap>{map(in), map(window), map(out)}, iterators,
        [&](OpBuilder &nested, Location loc, ValueRange args) {
          Value value = decodeScalar(nested, loc, args[0], element);
          auto kind = isMax ? nn::BinaryKind::Max : nn::BinaryKind::Add;
          linalg::YieldOp::create(nested, loc, buildBinary(nested, loc, kind, args[2], value, element));
        });
    return generic.getResult(0);
  }

  static Value finish(OpBuilder &b, nn::PoolOp op, Value reduced, const Window &w, Type accumulator) {
    RankedTensorType type = op.getResult().getType();
    bool isMax = op.getKind() == nn::PoolKind::Max;
    if (isMax && storageElementType(type.getElementType()) == accumulator)
      return reduced;
    SmallVector<Value> operands = {reduced};
    SmallVector<Type> elements = {accumulator};
    if (!isMax)
      for (Value counts : countOperands(b, op, w)) {
        operands.push_back(counts);
        elements.push_back(b.getF32Type());
      }
    return buildElementwise(b, op.getLoc(), operands, elements, type,
                            [&](OpBuilder &nested, Location loc, ValueRange args) -> Value {
                              if (isMax)
                                return args[0];
                              Value count = args[1];
                              for (Value other : args.drop_front(2))
                                count = arith::MulFOp::create(nested, loc, count, other);
                              if (accumulator.isF64())
                                count = arith::ExtFOp::create(nested, loc, accumulator, count);
                              return arith::DivFOp::create(nested, loc, args[0], count);
                            });
  }

  /// The divisor as a product of one vector for each axis.
  static SmallVector<Value> countOperands(OpBuilder &b, nn::PoolOp op, const Window &w) {
    SmallVector<Value> operands;
    ArrayRef<int64_t> input = op.getInput().getType().getShape(), output = op.getResult().getType().getShape();
    bool includePad = op.getKind() == nn::PoolKind::AverageIncludePad;
    for (unsigned i = 0; i < w.rank(); ++i) {
      int64_t counted = op.getCountedPads().empty() ? w.end[i] : op.getCountedPads()[i];
      SmallVector<float> counts = countsAlong(w, i, input[2 + i], output[2 + i], includePad, counted);
      SmallVector<int64_t> shape(w.rank(), 1);
      shape[i] = output[2 + i];
      auto type = RankedTensorType::get(shape, b.getF32Type());
      operands.push_back(
          arith::ConstantOp::create(b, op.getLoc(), DenseElementsAttr::get(type, ArrayRef<float>(counts))));
    }
    return operands;
  }
};

} // namespace

void sinter::lower::populatePoolLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<PoolPattern>(types, patterns.getContext());
}
