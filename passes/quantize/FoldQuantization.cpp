// Operators between dequantise and quantise become operators on quantised tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/quantize/FoldQuantization.h"
#include "dialects/nn/NnShapes.h"
#include "mlir/IR/IRMapping.h"
#include "passes/quantize/QuantizedBuilder.h"
#include "llvm/ADT/bit.h"
#include <map>

namespace sinter {
#define GEN_PASS_DEF_FOLDQUANTIZATION
#include "passes/quantize/FoldQuantization.h.inc"
} // namespace sinter

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

namespace {

RankedTensorType tensorOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Relu and clip between an operator and its quantise, as limits on the stored integers.
struct Clamps {
  integer::Limits limits;
  SmallVector<Operation *> ops;

  bool narrows(const QuantizedElement &element) const {
    return limits.low != element.low || limits.high != element.high;
  }
};

/// Folds what one nn.quantize asks for.
class Folder {
public:
  Folder(QuantizeOp quantize, std::map<Operation *, std::string> &reasons)
      : quantize(quantize), builder(quantize), values(builder), reasons(reasons) {}

  void run() {
    std::optional<QuantizedElement> element = quantizedElement(quantize.getResult());
    if (!element || quantizedElement(quantize.getInput()))
      return;
    if (std::optional<Tensor> known = values.constantOf(quantize.getResult())) {
      replaceWith(values.constant(quantize.getLoc(), *known));
      return;
    }
    clamps.limits = {element->zero(), element->low, element->high};
    Value source = element->isPerTensor() ? behindClamps(quantize.getInput(), *element) : quantize.getInput();
    if (Value result = fold(source))
      replaceWith(result);
  }

private:
  //===-- The pieces around the operator ------------------------------------------------------------------------===//

  /// The value before relus and clips, which become limits.
  Value behindClamps(Value value, const QuantizedElement &y) {
    SmallVector<std::pair<bool, int64_t>> bounds; // (lower, stored), outermost first
    while (Operation *op = value.getDefiningOp()) {
      std::optional<std::pair<bool, double>> bound = boundOf(op, value);
      if (!bound)
        break;
      clamps.ops.push_back(op);
      bounds.push_back(
          {bound->first, integer::quantize(static_cast<float>(bound->second), y.scale(), {y.zero(), y.low, y.high})});
    }
    for (auto [lower, stored] : llvm::reverse(bounds)) {
      integer::Limits &limits = clamps.limits;
      auto limit = [&](int64_t bound) { return lower ? std::max(bound, stored) : std::min(bound, stored); };
      limits.low = limit(limits.low);
      limits.high = limit(limits.high);
    }
    return value;
  }

  /// If `op` limits its operand from below (true) or above by a number; `value` becomes the operand.
  std::optional<std::pair<bool, double>> boundOf(Operation *op, Value &value) {
    if (auto unary = dyn_cast<UnaryOp>(op); unary && unary.getKind() == UnaryKind::Relu) {
      value = unary.getInput();
      return std::pair(true, 0.0);
    }
    auto binary = dyn_cast<BinaryOp>(op);
    if (!binary || (binary.getKind() != BinaryKind::Max && binary.getKind() != BinaryKind::Min))
      return std::nullopt;
    for (auto [constant, other] :
         {std::pair(binary.getRhs(), binary.getLhs()), std::pair(binary.getLhs(), binary.getRhs())}) {
      std::optional<Tensor> known = values.constantOf(constant);
      if (!known || !isa<FloatType>(known->getElementType()) || other.getType() != op->getResult(0).getType())
        continue;
      std::vector<double> numbers = known->toDoubles();
      if (numbers.empty() || llvm::any_of(numbers, [&](double n) { return n != numbers[0]; }))
        continue;
      value = other;
      return std::pair(binary.getKind() == BinaryKind::Max, numbers[0]);
    }
    return std::nullopt;
  }

  void replaceWith(Value result) {
    quantize.replaceAllUsesWith(result);
    quantize.erase();
  }

  Location locationOf(Operation *op) {
    SmallVector<Location> locations = {op->getLoc()};
    for (Operation *clamp : clamps.ops)
      locations.push_back(clamp->getLoc());
    locations.push_back(quantize.getLoc());
    return builder.getFusedLoc(locations);
  }

  /// Checks the finished operator; one without an integer form is removed again.
  Value finish(Operation *op, Operation *origin) {
    QuantizedElement y = *quantizedElement(op->getResult(0));
    op->setLoc(locationOf(origin));
    if (clamps.narrows(y))
      op->setAttr(clampName, builder.getDenseI64ArrayAttr({clamps.limits.low, clamps.limits.high}));
    std::optional<std::string> reason = whyNoIntegerForm(op);
    if (!reason)
      return op->getResult(0);
    refuse(origin, *reason);
    op->erase();
    return {};
  }

  void refuse(Operation *op, const std::string &reason) { reasons.emplace(op, reason); }

  //===-- Operators ---------------------------------------------------------------------------------------------===//

  Value fold(Value source) {
    // Copies of quantised elements, and nothing else: the same quantisation or another.
    if (Value copied = values.quantizedForm(source))
      return foldCopy(copied, source);
    Operation *op = source.getDefiningOp();
    if (!op || !isa<NnDialect>(op->getDialect()))
      return {};
    if (auto add = dyn_cast<BinaryOp>(op); add && add.getKind() == BinaryKind::Add)
      if (Value result = foldBiasAdd(add))
        return result;
    if (isa<ConvOp, MatmulOp>(op))
      return foldContraction(op, Value());
    if (isa<BinaryOp, UnaryOp, PoolOp, ReduceOp, SoftmaxOp, ConcatOp>(op))
      return foldPlain(op);
    refuse(op, op->getName().getStringRef().str() + " has no integer form");
    return {};
  }

  Value foldCopy(Value copied, Value source) {
    QuantizedElement y = *quantizedElement(quantize.getResult());
    if (copied.getType() == quantize.getType() && !clamps.narrows(y))
      return copied;
    Operation *origin = source.getDefiningOp();
    return finish(QuantizeOp::create(builder, quantize.getLoc(), quantize.getType(), copied), origin);
  }

  /// The same operator on the quantised operands.
  Value foldPlain(Operation *op) {
    IRMapping mapping;
    for (Value operand : op->getOperands()) {
      Value quantized = values.quantizedForm(operand);
      if (!quantized) {
        refuse(op, "an operand is not quantised");
        return {};
      }
      mapping.map(operand, quantized);
    }
    Operation *clone = builder.clone(*op, mapping);
    clone->getResult(0).setType(quantize.getType());
    return finish(clone, op);
  }

  /// contraction + a constant for each channel.
  Value foldBiasAdd(BinaryOp add) {
    for (auto [product, bias] : {std::pair(add.getLhs(), add.getRhs()), std::pair(add.getRhs(), add.getLhs())}) {
      Operation *op = product.getDefiningOp();
      if (!isa_and_nonnull<ConvOp, MatmulOp>(op) || op->getNumOperands() > 2 || product.getType() != add.getType())
        continue;
      int64_t rank = tensorOf(product).getRank(), axis = isa<ConvOp>(op) ? 1 : rank - 1;
      std::optional<Tensor> known = values.constantOf(bias);
      if (!known || !variesAlong(known->getShape(), rank, axis) || !values.quantizedForm(op->getOperand(0)))
        continue;
      auto flat = RankedTensorType::get({known->size()}, known->getElementType());
      clamps.ops.push_back(add);
      if (Value result = foldContraction(op, values.constant(add.getLoc(), known->withType(flat))))
        return result;
      clamps.ops.pop_back();
    }
    return {};
  }

  /// Whether a shape that broadcasts to `rank` dimensions has more than one element on `axis` alone.
  static bool variesAlong(ArrayRef<int64_t> shape, int64_t rank, int64_t axis) {
    for (auto [i, size] : llvm::enumerate(shape))
      if (size != 1 && static_cast<int64_t>(i) + rank - static_cast<int64_t>(shape.size()) != axis)
        return false;
    return true;
  }

  Value foldContraction(Operation *op, Value bias) {
    Value input = values.quantizedForm(op->getOperand(0)), filter = values.quantizedForm(op->getOperand(1));
    if (!input || !filter) {
      refuse(op, input ? "its weights are not quantised" : "its input is not quantised");
      return {};
    }
    if (!bias && op->getNumOperands() > 2)
      bias = op->getOperand(2);
    QuantizedElement x = *quantizedElement(input), w = *quantizedElement(filter);
    int64_t axis = isa<ConvOp>(op) ? 0 : tensorOf(filter).getRank() - 1;
    if (!x.isPerTensor() || (!w.isPerTensor() && w.axis != axis)) {
      refuse(op, "scales vary along an axis that its sum runs over");
      return {};
    }
    SmallVector<Value> operands = {input, filter};
    if (bias) {
      std::string why;
      Value integers = values.quantizedBias(op->getLoc(), bias, x, w, tensorOf(filter).getDimSize(axis), why);
      if (!integers) {
        refuse(op, why);
        return {};
      }
      operands.push_back(integers);
    }
    int64_t bound = accumulatorBound(operands, x, w, axis);
    if (bound >= int64_t(1) << 31) {
      refuse(op, "its accumulator may reach " + std::to_string(bound) + ", 32 bits hold 2147483647");
      return {};
    }
    OperationState state(op->getLoc(), op->getName(), operands, TypeRange(quantize.getType()), op->getAttrs());
    Operation *folded = builder.create(state);
    folded->setAttr(accumulatorBitsName, builder.getI64IntegerAttr(llvm::bit_width(static_cast<uint64_t>(bound))));
    return finish(folded, op);
  }

  /// The largest accumulator, from the weights where they are constant, else from their range.
  int64_t accumulatorBound(ArrayRef<Value> operands, const QuantizedElement &x, const QuantizedElement &w,
                           int64_t axis) {
    RankedTensorType type = tensorOf(operands[1]);
    int64_t channels = type.getDimSize(axis), low = x.low - x.zero(), high = x.high - x.zero(), largest = 0;
    std::optional<Tensor> filter = values.constantOf(operands[1]);
    std::vector<int64_t> bias(channels, 0);
    if (operands.size() > 2)
      bias = values.constantOf(operands[2])->toInts();
    std::vector<std::vector<int64_t>> columns(channels);
    if (filter) {
      std::vector<int64_t> stored = filter->toInts();
      int64_t stride = elementCount(type.getShape().drop_front(axis + 1));
      for (auto [i, value] : llvm::enumerate(stored))
        columns[i / stride % channels].push_back(value - w.zero(i / stride % channels));
    }
    // The sum runs over one matrix; a batch of them is bounded together, which is no less.
    for (int64_t c = 0; c < channels; ++c) {
      int64_t wide = std::max(std::abs(w.low - w.zero(c)), std::abs(w.high - w.zero(c)));
      if (!filter) // Two signs each: the range's larger end, as many times as the sum has terms.
        largest = std::max(largest, type.getShape().end()[-2] * wide * std::max(std::abs(low), std::abs(high)) +
                                        std::abs(bias[c]));
      else
        largest = std::max(largest, integer::accumulatorBound(columns[c], low, high, bias[c]));
    }
    return largest;
  }

  QuantizeOp quantize;
  OpBuilder builder;
  QuantizedBuilder values;
  std::map<Operation *, std::string> &reasons;
  Clamps clamps;
};

struct FoldQuantization : sinter::impl::FoldQuantizationBase<FoldQuantization> {
  void runOnOperation() override {
    std::map<Operation *, std::string> reasons; // Looked up, never iterated: pointers have no order.
    SmallVector<QuantizeOp> quantizes;
    getOperation().walk([&](QuantizeOp op) { quantizes.push_back(op); });
    for (QuantizeOp quantize : quantizes)
      Folder(quantize, reasons).run();
    eraseDead();
    explain(reasons);
  }

  void eraseDead() {
    for (Block &block : getOperation().getBody())
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
        if (isOpTriviallyDead(&op))
          op.erase();
  }

  /// What stays float although its result is quantised, and why.
  void explain(const std::map<Operation *, std::string> &reasons) {
    getOperation().walk([&](Operation *op) {
      auto reason = reasons.find(op);
      if (reason != reasons.end() &&
          llvm::any_of(op->getUsers(), [](Operation *user) { return isa<NnDialect>(user->getDialect()); }))
        op->emitRemark() << "stays in floating point between quantised tensors: " << reason->second;
    });
  }
};

} // namespace
