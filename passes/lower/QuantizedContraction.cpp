// Convolution and matrix product of quantised tensors: 32-bit sums of products, then requantization behind them.
//
// Zero points are subtracted as the operands are widened; padding holds the input's zero point and so contributes
// nothing. The loops end in one that runs along the result's rows, so that sums are vectors. Bias and requantization
// are one element-wise operation, which fuses with what follows.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Quantized.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::lower;

namespace {

using utils::IteratorType;

RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The multiply-accumulate of two stored values, and the operands it reads.
struct Product {
  nn::QuantizedElement x, w;
  bool varyingZeros; ///< Weights have a zero point for each channel: a third operand.

  explicit Product(Operation *op)
      : x(*nn::quantizedElement(op->getOperand(0))), w(*nn::quantizedElement(op->getOperand(1))),
        varyingZeros(!llvm::all_equal(w.zeros)) {}

  Value zeroOperand(OpBuilder &b, Location loc, int64_t channels) const {
    SmallVector<int32_t> zeros;
    for (int64_t i = 0; i < channels; ++i)
      zeros.push_back(w.zero(i));
    auto type = RankedTensorType::get({channels}, b.getI32Type());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef<int32_t>(zeros)));
  }

  void body(OpBuilder &b, Location loc, ValueRange args) const {
    Type i32 = b.getI32Type();
    Value left = widen(b, loc, args[0], x.isSigned, x.zero(), i32);
    Value right = widen(b, loc, args[1], w.isSigned, varyingZeros ? 0 : w.zeros[0], i32);
    if (varyingZeros)
      right = arith::SubIOp::create(b, loc, right, args[2]);
    Value product = arith::MulIOp::create(b, loc, left, right);
    linalg::YieldOp::create(b, loc, arith::AddIOp::create(b, loc, args.back(), product).getResult());
  }
};

/// Adds the bias along `axis` and requantizes.
Value finish(OpBuilder &b, const LoweringChoices &choices, Operation *op, Value accumulated, Value bias, int64_t axis) {
  Location loc = op->getLoc();
  nn::Contraction parameters = *nn::contractionOf(op);
  auto bits = op->getAttrOfType<IntegerAttr>(nn::accumulatorBitsName);
  Requantizer requantizer(parameters.factors, parameters.limits, choices.doubles && bits && bits.getInt() <= 29);
  auto type = tensorOf(op->getResult(0));
  SmallVector<int64_t> shape(type.getRank() - axis, 1);
  shape[0] = type.getDimSize(axis);
  SmallVector<Value> operands = {accumulated};
  SmallVector<Type> elements = {b.getI32Type()};
  if (bias) {
    operands.push_back(reshapeTensor(b, loc, bias, RankedTensorType::get(shape, b.getI32Type())));
    elements.push_back(b.getI32Type());
  }
  requantizer.addOperands(b, loc, shape, operands, elements);
  return buildElementwise(b, loc, operands, elements, type, [&](OpBuilder &nested, Location at, ValueRange args) {
    Value sum = bias ? arith::AddIOp::create(nested, at, args[0], args[1]).getResult() : args[0];
    return requantizer.build(nested, at, sum, args.drop_front(bias ? 2 : 1));
  });
}

struct MatmulPattern : OpConversionPattern<nn::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::MatmulOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (!anyQuantized(op))
      return b.notifyMatchFailure(op, "not quantised");
    Product product(op);
    Location loc = op.getLoc();
    ArrayRef<int64_t> shape = op.getResult().getType().getShape();
    unsigned rank = shape.size(), loops = rank + 1; // batch…, m, k, n
    AffineExpr m = b.getAffineDimExpr(rank - 2), k = b.getAffineDimExpr(rank - 1), n = b.getAffineDimExpr(rank);
    auto exprs = [&](Value operand, AffineExpr row, AffineExpr column) {
      SmallVector<AffineExpr> result;
      ArrayRef<int64_t> from = tensorOf(operand).getShape();
      unsigned shift = rank - from.size();
      for (unsigned i = 0; i + 2 < from.size(); ++i)
        result.push_back(from[i] == 1 && shape[i + shift] != 1 ? b.getAffineConstantExpr(0)
                                                               : b.getAffineDimExpr(i + shift));
      result.append({row, column});
      return AffineMap::get(loops, 0, result, getContext());
    };
    SmallVector<AffineExpr> out;
    for (unsigned i = 0; i + 1 < rank; ++i)
      out.push_back(b.getAffineDimExpr(i));
    out.push_back(n);
    SmallVector<Value> operands = {adaptor.getLhs(), adaptor.getRhs()};
    SmallVector<AffineMap> maps = {exprs(operands[0], m, k), exprs(operands[1], k, n)};
    if (product.varyingZeros) {
      operands.push_back(product.zeroOperand(b, loc, shape.back()));
      maps.push_back(AffineMap::get(loops, 0, {n}, getContext()));
    }
    maps.push_back(AffineMap::get(loops, 0, out, getContext()));
    SmallVector<IteratorType> iterators(loops, IteratorType::parallel);
    iterators[rank - 1] = IteratorType::reduction;
    auto accumulator = RankedTensorType::get(shape, b.getI32Type());
    auto sums = linalg::GenericOp::create(
        b, loc, accumulator, operands, buildFilled(b, loc, accumulator, b.getI32IntegerAttr(0)), maps, iterators,
        [&](OpBuilder &nested, Location at, ValueRange args) { product.body(nested, at, args); });
    b.replaceOp(op, finish(b, choicesOf(*this), op, sums.getResult(0), adaptor.getBias(), rank - 1));
    return success();
  }
};

/// The window of a convolution. One by one without strides and padding, it slides over one long row.
struct Window {
  SmallVector<int64_t> strides, dilations, pads, kernel, input, output;
  unsigned rank() const { return kernel.size(); }

  explicit Window(nn::ConvOp op)
      : strides(op.getStrides()), dilations(op.getDilations()), pads(op.getPads()),
        kernel(op.getFilter().getType().getShape().drop_front(2)),
        input(op.getInput().getType().getShape().drop_front(2)),
        output(op.getResult().getType().getShape().drop_front(2)) {
    auto all = [](ArrayRef<int64_t> values, int64_t wanted) {
      return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
    };
    if (!all(strides, 1) || !all(pads, 0) || !all(kernel, 1))
      return;
    strides = dilations = kernel = {1};
    pads = {0, 0};
    input = output = {llvm::product_of(input)};
  }
};

struct ConvPattern : OpConversionPattern<nn::ConvOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (!anyQuantized(op))
      return b.notifyMatchFailure(op, "not quantised");
    Location loc = op.getLoc();
    Product product(op);
    Window w(op);
    int64_t group = op.getGroup();
    ArrayRef<int64_t> x = op.getInput().getType().getShape(), f = op.getFilter().getType().getShape();
    int64_t perGroup = f[0] / group;
    Value input = padded(b, op, adaptor.getInput(), product.x.zero(), w);
    SmallVector<int64_t> inShape = {x[0], group, x[1] / group}, filterShape = {group, perGroup, f[1]},
                         outShape = {x[0], group, perGroup};
    llvm::append_range(inShape, tensorOf(input).getShape().drop_front(2));
    llvm::append_range(filterShape, w.kernel);
    llvm::append_range(outShape, w.output);
    SmallVector<Value> operands = {
        reshapeTensor(b, loc, input, RankedTensorType::get(inShape, b.getI8Type())),
        reshapeTensor(b, loc, adaptor.getFilter(), RankedTensorType::get(filterShape, b.getI8Type()))};
    if (product.varyingZeros)
      operands.push_back(reshapeTensor(b, loc, product.zeroOperand(b, loc, f[0]),
                                       RankedTensorType::get({group, perGroup}, b.getI32Type())));
    auto accumulator = RankedTensorType::get(outShape, b.getI32Type());
    SmallVector<AffineMap> maps = mapsOf(b, w, product.varyingZeros);
    SmallVector<IteratorType> iterators(4 + 2 * w.rank(), IteratorType::parallel);
    for (unsigned i = 0; i <= w.rank(); ++i)
      iterators[2 + w.rank() + i] = IteratorType::reduction;
    auto sums = linalg::GenericOp::create(
        b, loc, accumulator, operands, buildFilled(b, loc, accumulator, b.getI32IntegerAttr(0)), maps, iterators,
        [&](OpBuilder &nested, Location at, ValueRange args) { product.body(nested, at, args); });
    Value merged = reshapeTensor(b, loc, sums.getResult(0), op.getResult().getType().clone(b.getI32Type()));
    b.replaceOp(op, finish(b, choicesOf(*this), op, merged, adaptor.getBias(), 1));
    return success();
  }

  static Value padded(OpBuilder &b, nn::ConvOp op, Value input, int64_t zero, const Window &w) {
    RankedTensorType type = tensorOf(input);
    SmallVector<int64_t> shape = {type.getDimSize(0), type.getDimSize(1)};
    llvm::append_range(shape, w.input);
    if (shape.size() != static_cast<size_t>(type.getRank()))
      input = reshapeTensor(b, op.getLoc(), input, type.clone(shape));
    if (llvm::all_of(w.pads, [](int64_t pad) { return pad == 0; }))
      return input;
    SmallVector<int64_t> low(shape.size(), 0), high(shape.size(), 0);
    for (unsigned i = 0; i < w.rank(); ++i) {
      low[2 + i] = w.pads[i];
      high[2 + i] = w.pads[w.rank() + i];
      shape[2 + i] += low[2 + i] + high[2 + i];
    }
    Value fill = constantInt(b, op.getLoc(), b.getI8Type(), zero);
    return tensor::PadOp::create(b, op.getLoc(), type.clone(shape), input, getAsIndexOpFoldResult(b.getContext(), low),
                                 getAsIndexOpFoldResult(b.getContext(), high), fill);
  }

  /// Loops: n, g, k, all outputs but the last, c, the window, the last output.
  static SmallVector<AffineMap> mapsOf(OpBuilder &b, const Window &w, bool varyingZeros) {
    unsigned rank = w.rank(), loops = 4 + 2 * rank;
    auto dim = [&](unsigned i) { return b.getAffineDimExpr(i); };
    AffineExpr n = dim(0), g = dim(1), k = dim(2), c = dim(2 + rank);
    SmallVector<AffineExpr> input = {n, g, c}, filter = {g, k, c}, result = {n, g, k};
    for (unsigned i = 0; i < rank; ++i) {
      AffineExpr at = i + 1 == rank ? dim(loops - 1) : dim(3 + i), tap = dim(3 + rank + i);
      input.push_back(at * w.strides[i] + tap * w.dilations[i]);
      filter.push_back(tap);
      result.push_back(at);
    }
    auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, b.getContext()); };
    SmallVector<AffineMap> maps = {map(input), map(filter)};
    if (varyingZeros)
      maps.push_back(map({g, k}));
    maps.push_back(map(result));
    return maps;
  }
};

} // namespace

void sinter::lower::populateQuantizedContractionLowering(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<MatmulPattern, ConvPattern>(types, patterns.getContext());
}
