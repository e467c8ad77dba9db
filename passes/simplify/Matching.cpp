// Looking at constants and making them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/Matching.h"
#include <cmath>

using namespace mlir;
using namespace sinter;
using namespace sinter::nn;

bool sinter::isQuantized(Value value) { return isa<quant::QuantizedType>(tensorType(value).getElementType()); }

static std::optional<double> integerSplat(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  if (!dense || !dense.isSplat() || sinter::isQuantized(value))
    return std::nullopt;
  APInt number = dense.getSplatValue<APInt>();
  if (number.getSignificantBits() > 53)
    return std::nullopt;
  return isUnsignedElement(dense.getElementType()) ? static_cast<double>(number.getZExtValue())
                                                   : static_cast<double>(number.getSExtValue());
}

std::optional<double> sinter::splat(Value value) { return isFloat(value) ? constantSplat(value) : integerSplat(value); }

bool sinter::isSplat(Value value, double number) {
  std::optional<double> found = splat(value);
  if (!found)
    return false;
  auto element = dyn_cast<FloatType>(tensorType(value).getElementType());
  return *found == (element ? bitsToFloat(floatToBits(number, element), element) : number);
}

bool sinter::nearlyEqual(double a, double b) { return std::fabs(a - b) <= 1e-6 * std::fabs(b); }

BinaryOp sinter::definedBy(Value value, BinaryKind kind) {
  auto op = value.getDefiningOp<BinaryOp>();
  return op && op.getKind() == kind ? op : BinaryOp();
}

UnaryOp sinter::definedBy(Value value, UnaryKind kind) {
  auto op = value.getDefiningOp<UnaryOp>();
  return op && op.getKind() == kind ? op : UnaryOp();
}

static bool isCommutative(BinaryKind kind) {
  return kind == BinaryKind::Add || kind == BinaryKind::Mul || kind == BinaryKind::Max || kind == BinaryKind::Min;
}

std::optional<SplatOperand> sinter::splatOperand(BinaryOp op) {
  if (std::optional<double> right = splat(op.getRhs()))
    return SplatOperand{op.getLhs(), *right};
  if (!isCommutative(op.getKind()))
    return std::nullopt;
  std::optional<double> left = splat(op.getLhs());
  return left ? std::optional<SplatOperand>({op.getRhs(), *left}) : std::nullopt;
}

bool sinter::isPerChannel(Value value, int64_t rank, int64_t axis, int64_t size) {
  ArrayRef<int64_t> shape = tensorType(value).getShape();
  int64_t offset = rank - static_cast<int64_t>(shape.size());
  if (offset < 0)
    return false;
  for (auto [i, dim] : llvm::enumerate(shape))
    if (dim != 1 && !(offset + static_cast<int64_t>(i) == axis && dim == size))
      return false;
  return true;
}

Value sinter::constant(OpBuilder &builder, Location loc, const Tensor &tensor) {
  return ConstantOp::create(builder, loc, tensor.getType(), tensor.toAttr());
}

Value sinter::scalar(OpBuilder &builder, Location loc, Type element, double number) {
  return constant(builder, loc, Tensor::fromDoubles(RankedTensorType::get({}, element), {number}));
}

Value sinter::reshape(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> shape) {
  RankedTensorType type = tensorType(value);
  if (type.getShape() == shape)
    return value;
  return ReshapeOp::create(builder, loc, type.clone(shape), value);
}

Location sinter::fusedLoc(OpBuilder &builder, ArrayRef<Operation *> ops) {
  SmallVector<Location> locations;
  for (Operation *op : ops)
    locations.push_back(op->getLoc());
  return builder.getFusedLoc(locations);
}
