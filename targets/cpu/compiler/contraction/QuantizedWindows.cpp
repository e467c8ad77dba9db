// 8-bit contractions to window operations: where a layout pass packed the constant operand, the register tiler
// multiplies with the processor's dot products and requantizes on the way out.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/lower/Quantized.h"
#include "targets/cpu/compiler/contraction/DotProduct.h"
#include "targets/cpu/compiler/contraction/QuantizedPacking.h"
#include "targets/cpu/compiler/contraction/Windows.h"
#include "targets/cpu/compiler/dialect/Cpu.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::cpu;

namespace {

RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The operands and attributes that window operations of both kinds have.
class PackedContraction {
public:
  /// Invalid where the constant operand is not packed as the register tiler wants it.
  PackedContraction(ConversionPatternRewriter &b, Operation *op, const IntegerForm &form)
      : b(b), op(op), form(form), x(*nn::quantizedElement(op->getOperand(0))) {
    std::optional<Packing> packing = quantizedPacking(op, form);
    auto unpack = op->getOperand(1).getDefiningOp<nn::UnpackOp>();
    sums = op->getAttrOfType<DenseI32ArrayAttr>(nn::filterSumsName);
    if (packing && unpack && sums && unpack.getAxes() == ArrayRef(packing->axes) &&
        unpack.getBlocks() == ArrayRef(packing->blocks))
      packed = b.getRemappedValue(unpack.getInput());
  }

  explicit operator bool() const { return packed != Value(); }

  /// What is multiplied is unsigned: 128 more than a signed input.
  int64_t unsignedZero() const { return x.zero() + (x.isSigned ? 128 : 0); }

  /// bias - zero * (sum of the weights), for each output channel; sums may wrap.
  Value correctedBias(Value bias) const {
    SmallVector<int32_t> corrections;
    for (int32_t sum : sums.asArrayRef())
      corrections.push_back(static_cast<int32_t>(-unsignedZero() * sum));
    auto type = RankedTensorType::get({static_cast<int64_t>(corrections.size())}, b.getI32Type());
    Value constant =
        arith::ConstantOp::create(b, op->getLoc(), DenseElementsAttr::get(type, ArrayRef<int32_t>(corrections)));
    if (!bias)
      return constant;
    return lower::buildElementwise(b, op->getLoc(), {bias, constant}, {b.getI32Type(), b.getI32Type()}, type,
                                   [](OpBuilder &nested, Location at, ValueRange args) -> Value {
                                     return arith::AddIOp::create(nested, at, args[0], args[1]);
                                   });
  }

  Value factors() const {
    nn::Contraction parameters = *nn::contractionOf(op);
    auto count = static_cast<int64_t>(parameters.factors.size());
    if (!form.doubles) {
      SmallVector<int64_t> words;
      for (integer::Multiplier factor : parameters.factors)
        words.push_back(highWordFactor(factor));
      auto type = RankedTensorType::get({count}, b.getI64Type());
      return arith::ConstantOp::create(b, op->getLoc(), DenseElementsAttr::get(type, ArrayRef<int64_t>(words)));
    }
    SmallVector<double> values;
    for (integer::Multiplier factor : parameters.factors)
      values.push_back(integer::toDouble(factor));
    auto type = RankedTensorType::get({count}, b.getF64Type());
    return arith::ConstantOp::create(b, op->getLoc(), DenseElementsAttr::get(type, ArrayRef<double>(values)));
  }

  SmallVector<int64_t> limits() const {
    integer::Limits limits = nn::resultLimits(op);
    return {limits.zero, limits.low, limits.high};
  }

  /// The window that is everything.
  SmallVector<Value> offsets() const {
    return SmallVector<Value>(tensorOf(op->getResult(0)).getRank(), arith::ConstantIndexOp::create(b, op->getLoc(), 0));
  }
  Value destination() const {
    return tensor::EmptyOp::create(b, op->getLoc(), tensorOf(op->getResult(0)).getShape(), b.getI8Type());
  }

  ConversionPatternRewriter &b;
  Operation *op;
  const IntegerForm &form;
  nn::QuantizedElement x;
  Value packed;

private:
  DenseI32ArrayAttr sums;
};

template <typename Op> struct ToWindow : OpConversionPattern<Op> {
  ToWindow(const TypeConverter &types, MLIRContext *context, IntegerForm form)
      : OpConversionPattern<Op>(types, context, kWindowBenefit), form(form) {}

  const IntegerForm form;
};

struct MatmulToWindow : ToWindow<nn::MatmulOp> {
  using ToWindow::ToWindow;

  LogicalResult matchAndRewrite(nn::MatmulOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (!lower::anyQuantized(op))
      return b.notifyMatchFailure(op, "not quantised");
    PackedContraction window(b, op, form);
    if (!window)
      return b.notifyMatchFailure(op, "not packed");
    Value destination = window.destination();
    b.replaceOpWithNewOp<QuantizedMatmulOp>(op, destination.getType(), adaptor.getLhs(), window.packed,
                                            window.correctedBias(adaptor.getBias()), window.factors(), window.offsets(),
                                            destination, window.x.isSigned, window.limits());
    return success();
  }
};

struct ConvToWindow : ToWindow<nn::ConvOp> {
  using ToWindow::ToWindow;

  LogicalResult matchAndRewrite(nn::ConvOp op, OpAdaptor adaptor, ConversionPatternRewriter &b) const override {
    if (!lower::anyQuantized(op))
      return b.notifyMatchFailure(op, "not quantised");
    PackedContraction window(b, op, form);
    if (!window)
      return b.notifyMatchFailure(op, "not packed");
    Value destination = window.destination();
    b.replaceOpWithNewOp<QuantizedConvOp>(
        op, destination.getType(), adaptor.getInput(), window.packed, window.correctedBias(adaptor.getBias()),
        window.factors(), window.offsets(), destination, op.getFilter().getType().getShape().drop_front(2),
        op.getStrides(), op.getPads(), op.getDilations(), op.getGroup(), op.getResult().getType().getDimSize(1),
        window.unsignedZero(), window.x.isSigned, window.limits());
    return success();
  }
};

} // namespace

void sinter::cpu::populateQuantizedWindowLowering(const TypeConverter &types, RewritePatternSet &patterns,
                                                  const IntegerForm &form) {
  patterns.add<MatmulToWindow, ConvToWindow>(types, patterns.getContext(), form);
}
