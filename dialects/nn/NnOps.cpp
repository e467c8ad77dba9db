// Constants, casts, element-wise operators and dispatch regions of the nn dialect: shape inference, verification,
// assembly and trivial folds. The other families are in NnOpsCompute.cpp and NnOpsMovement.cpp.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Nn.h"
#include "dialects/nn/NnInference.h"
#include "dialects/nn/NnShapes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace sinter::nn;

bool sinter::nn::compatibleTypes(TypeRange inferred, TypeRange actual) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [a, b] : llvm::zip_equal(inferred, actual)) {
    auto x = dyn_cast<RankedTensorType>(a), y = dyn_cast<RankedTensorType>(b);
    if (!x || !y || x.getShape() != y.getShape())
      return false;
    if (x.getElementType() != y.getElementType() && !isQuantized(x) && !isQuantized(y))
      return false;
  }
  return true;
}

#define SINTER_COMPATIBLE(OP)                                                                                          \
  bool OP::isCompatibleReturnTypes(TypeRange l, TypeRange r) { return compatibleTypes(l, r); }
SINTER_COMPATIBLE(UnaryOp)
SINTER_COMPATIBLE(BinaryOp)
SINTER_COMPATIBLE(CompareOp)
SINTER_COMPATIBLE(SelectOp)
#undef SINTER_COMPATIBLE

//===--------------------------------------------------------------------------------------------------------------===//
// Constants
//===--------------------------------------------------------------------------------------------------------------===//

// nn.constant dense<…> : type [as quantised-type] {attributes}
ParseResult ConstantOp::parse(OpAsmParser &parser, OperationState &state) {
  ElementsAttr value;
  Type type;
  if (parser.parseAttribute(value, "value", state.attributes))
    return failure();
  type = value.getShapedType();
  if (succeeded(parser.parseOptionalKeyword("as")) && parser.parseType(type))
    return failure();
  if (parser.parseOptionalAttrDict(state.attributes))
    return failure();
  state.addTypes(type);
  return success();
}

void ConstantOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getValue();
  if (getType() != getValue().getShapedType())
    printer << " as " << getType();
  printer.printOptionalAttrDict((*this)->getAttrs(), {"value"});
}

LogicalResult ConstantOp::verify() {
  auto held = dyn_cast<RankedTensorType>(getValue().getShapedType());
  RankedTensorType type = getType();
  if (!held || held.getShape() != type.getShape())
    return emitOpError() << "value of type " << getValue().getShapedType() << " does not have the result's shape "
                         << shapeString(type.getShape());
  if (auto quantized = dyn_cast<quant::QuantizedType>(type.getElementType())) {
    auto storage = dyn_cast<IntegerType>(held.getElementType());
    if (!storage || storage.getWidth() != quantized.getStorageTypeIntegralWidth())
      return emitOpError() << "value's elements are " << held.getElementType() << ", the quantised type stores "
                           << quantized.getStorageType();
    return success();
  }
  if (held.getElementType() != type.getElementType())
    return emitOpError() << "value's elements are " << held.getElementType() << ", the result's are "
                         << type.getElementType();
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

void ConstantOp::getAsmResultNames(OpAsmSetValueNameFn setName) { setName(getResult(), "cst"); }

//===--------------------------------------------------------------------------------------------------------------===//
// Casts
//===--------------------------------------------------------------------------------------------------------------===//

static LogicalResult sameShapes(Operation *op) {
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  if (input.getShape() != result.getShape())
    return op->emitOpError() << "result shape " << shapeString(result.getShape()) << " differs from input shape "
                             << shapeString(input.getShape());
  return success();
}

LogicalResult CastOp::verify() {
  if (isQuantized(getInput().getType()) || isQuantized(getType()))
    return emitOpError("does not convert quantised tensors; use nn.quantize, nn.dequantize or nn.bitcast");
  return sameShapes(*this);
}

OpFoldResult CastOp::fold(FoldAdaptor) { return getInput().getType() == getType() ? getInput() : Value(); }

// A per-axis type's axis lies in the tensor and has one scale an element. quant checks neither against the tensor.
static LogicalResult checkQuantizedAxis(Operation *op, RankedTensorType type) {
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(type.getElementType());
  if (!perAxis)
    return success();
  int64_t axis = perAxis.getQuantizedDimension();
  if (axis < 0 || axis >= type.getRank())
    return op->emitOpError() << "quantised axis " << axis << " is out of range for rank " << type.getRank();
  if (static_cast<int64_t>(perAxis.getScales().size()) != type.getDimSize(axis))
    return op->emitOpError() << "has " << perAxis.getScales().size() << " scales for quantised axis " << axis
                             << " of size " << type.getDimSize(axis);
  return success();
}

LogicalResult QuantizeOp::verify() {
  bool numbers = isa<FloatType>(getInput().getType().getElementType()) || isQuantized(getInput().getType());
  if (!numbers || !isQuantized(getType()))
    return emitOpError() << "converts float or quantised to quantised, not " << getInput().getType() << " to "
                         << getType();
  if (failed(sameShapes(*this)))
    return failure();
  return checkQuantizedAxis(*this, getType());
}

LogicalResult DequantizeOp::verify() {
  if (!isQuantized(getInput().getType()) || !isa<FloatType>(getType().getElementType()))
    return emitOpError() << "converts quantised to float, not " << getInput().getType() << " to " << getType();
  if (failed(sameShapes(*this)))
    return failure();
  return checkQuantizedAxis(*this, getInput().getType());
}

static unsigned bitWidth(Type element) {
  if (auto quantized = dyn_cast<quant::QuantizedType>(element))
    return quantized.getStorageTypeIntegralWidth();
  return element.getIntOrFloatBitWidth();
}

LogicalResult BitcastOp::verify() {
  unsigned from = bitWidth(getInput().getType().getElementType()), to = bitWidth(getType().getElementType());
  if (from != to)
    return emitOpError() << "result elements have " << to << " bits, the input's " << from;
  return sameShapes(*this);
}

OpFoldResult BitcastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto producer = getInput().getDefiningOp<BitcastOp>()) {
    getInputMutable().assign(producer.getInput());
    return getResult();
  }
  return {};
}

LogicalResult DynamicQuantizeOp::verify() {
  if (!getInput().getType().getElementType().isF32())
    return emitOpError() << "input is " << getInput().getType() << "; only f32 is quantised dynamically";
  if (failed(sameShapes(*this)))
    return failure();
  if (!getResult().getType().getElementType().isUnsignedInteger(8) ||
      !getZeroPoint().getType().getElementType().isUnsignedInteger(8))
    return emitOpError("result and zero point must be ui8");
  if (!getScale().getType().getElementType().isF32() || getScale().getType().getRank() != 0 ||
      getZeroPoint().getType().getRank() != 0)
    return emitOpError("scale and zero point must be scalars, the scale f32");
  return success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Element-wise
//===--------------------------------------------------------------------------------------------------------------===//

namespace {
enum class Domain { Number, Real, Integer, Bool };
} // namespace

static Domain domainOf(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::Abs:
  case UnaryKind::Neg:
  case UnaryKind::Sign:
  case UnaryKind::Relu: return Domain::Number;
  case UnaryKind::Not: return Domain::Bool;
  case UnaryKind::BitwiseNot: return Domain::Integer;
  default: return Domain::Real;
  }
}

static Domain domainOf(BinaryKind kind) {
  switch (kind) {
  case BinaryKind::And:
  case BinaryKind::Or:
  case BinaryKind::Xor: return Domain::Bool;
  case BinaryKind::BitwiseAnd:
  case BinaryKind::BitwiseOr:
  case BinaryKind::BitwiseXor:
  case BinaryKind::ShiftLeft:
  case BinaryKind::ShiftRight: return Domain::Integer;
  default: return Domain::Number;
  }
}

static LogicalResult checkDomain(std::optional<Location> loc, StringRef op, StringRef kind, Domain domain,
                                 Type element) {
  bool integer = isa<IntegerType>(element) && !element.isInteger(1);
  bool real = isa<FloatType, quant::QuantizedType>(element);
  switch (domain) {
  case Domain::Number:
    return integer || real ? success() : fail(loc, op, kind, " needs numbers, got elements of type ", element);
  case Domain::Real: return real ? success() : fail(loc, op, kind, " needs float or quantised elements, got ", element);
  case Domain::Integer:
    return integer ? success() : fail(loc, op, kind, " needs integers, got elements of type ", element);
  case Domain::Bool:
    return element.isInteger(1) ? success() : fail(loc, op, kind, " needs i1, got elements of type ", element);
  }
  llvm_unreachable("all domains are listed");
}

// Shape of an element-wise operator of two or three operands.
static LogicalResult inferBroadcast(std::optional<Location> loc, StringRef op, ValueRange operands, Shape &shape) {
  for (Value operand : operands) {
    ArrayRef<int64_t> other = tensorType(operand).getShape();
    std::optional<Shape> both = broadcastShapes(shape, other);
    if (!both)
      return fail(loc, op, "shapes ", shapeString(shape), " and ", shapeString(other), " do not broadcast");
    shape = *both;
  }
  return success();
}

static LogicalResult sameElements(std::optional<Location> loc, StringRef op, Value a, Value b) {
  Type x = tensorType(a).getElementType(), y = tensorType(b).getElementType();
  if (x == y || isa<quant::QuantizedType>(x) || isa<quant::QuantizedType>(y))
    return success();
  return fail(loc, op, "operands have different element types, ", x, " and ", y);
}

LogicalResult UnaryOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  UnaryKind kind = adaptor.getKind();
  if (failed(checkDomain(loc, getOperationName(), stringifyUnaryKind(kind), domainOf(kind), input.getElementType())))
    return failure();
  bool predicate = kind == UnaryKind::IsNan || kind == UnaryKind::IsInf;
  types.push_back(predicate ? input.clone(IntegerType::get(context, 1)) : input);
  return success();
}

OpFoldResult UnaryOp::fold(FoldAdaptor) {
  // Idempotent functions of themselves.
  bool idempotent = getKind() == UnaryKind::Relu || getKind() == UnaryKind::Abs || getKind() == UnaryKind::Floor ||
                    getKind() == UnaryKind::Ceil || getKind() == UnaryKind::Round || getKind() == UnaryKind::Sign;
  auto producer = getInput().getDefiningOp<UnaryOp>();
  if (idempotent && producer && producer.getKind() == getKind() && getInput().getType() == getType() &&
      !isQuantized(getType()))
    return getInput();
  return {};
}

LogicalResult BinaryOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  BinaryKind kind = adaptor.getKind();
  Type element = tensorType(adaptor.getLhs()).getElementType();
  Shape shape;
  if (failed(sameElements(loc, getOperationName(), adaptor.getLhs(), adaptor.getRhs())) ||
      failed(checkDomain(loc, getOperationName(), stringifyBinaryKind(kind), domainOf(kind), element)) ||
      failed(inferBroadcast(loc, getOperationName(), adaptor.getOperands(), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, element));
  return success();
}

OpFoldResult BinaryOp::fold(FoldAdaptor) { return {}; }

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Shape shape;
  if (failed(sameElements(loc, getOperationName(), adaptor.getLhs(), adaptor.getRhs())) ||
      failed(inferBroadcast(loc, getOperationName(), adaptor.getOperands(), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 1)));
  return success();
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Shape shape;
  if (!tensorType(adaptor.getCondition()).getElementType().isInteger(1))
    return fail(loc, getOperationName(), "condition must be i1, got ", adaptor.getCondition().getType());
  if (failed(sameElements(loc, getOperationName(), adaptor.getLhs(), adaptor.getRhs())) ||
      failed(inferBroadcast(loc, getOperationName(), adaptor.getOperands(), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, tensorType(adaptor.getLhs()).getElementType()));
  return success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Dispatch regions
//===--------------------------------------------------------------------------------------------------------------===//

LogicalResult DispatchOp::verify() {
  Block &body = getBody().front();
  if (body.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("region arguments must have the operands' types");
  if (cast<YieldOp>(body.getTerminator()).getValues().getTypes() != getResults().getTypes())
    return emitOpError("yielded types must be the result types");
  return success();
}

#define GET_OP_CLASSES
#include "dialects/nn/NnOps.cpp.inc"
