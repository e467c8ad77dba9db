// What builders share: attributes, known values, creation with immediate evaluation.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/ElementTypes.h"
#include "compiler/import/GraphImporter.h"
#include "compiler/support/Checked.h"
#include "compiler/support/Limits.h"
#include "dialects/nn/Evaluator.h"
#include "dialects/nn/NnShapes.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

Node::Node(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset, ArrayRef<Value> inputs, StringRef name)
    : importer(importer), proto(proto), builder(importer.getBuilder()), diagnostics(importer.getDiagnostics()),
      opset(opset), inputs(inputs), outputs(proto.output_size()), name(name.str()),
      loc(NameLoc::get(StringAttr::get(builder.getContext(), name))) {}

void Node::setOutput(unsigned i, Value value) {
  if (i < outputs.size())
    outputs[i] = value;
}

void Node::invalid(const Twine &message) {
  markFailed();
  diagnostics.error(DiagnosticCode::InvalidModel, name, getOperator() + ": " + message);
}

void Node::unsupported(DiagnosticCode code, const Twine &message, const Twine &remedy) {
  markFailed();
  diagnostics.error(code, name, getOperator() + ": " + message, remedy);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Attributes
//===--------------------------------------------------------------------------------------------------------------===//

const onnx::AttributeProto *Node::attribute(StringRef attribute, onnx::AttributeProto::AttributeType expected) {
  used.insert(attribute);
  for (const onnx::AttributeProto &a : proto.attribute()) {
    if (a.name() != attribute)
      continue;
    if (a.type() == expected)
      return &a;
    invalid("attribute '" + attribute + "' has type " + onnx::AttributeProto::AttributeType_Name(a.type()) +
            ", needs " + onnx::AttributeProto::AttributeType_Name(expected));
    return nullptr;
  }
  return nullptr;
}

bool Node::hasAttribute(StringRef attribute) const {
  return llvm::any_of(proto.attribute(), [&](const onnx::AttributeProto &a) { return a.name() == attribute; });
}

int64_t Node::intAttr(StringRef name, int64_t ifAbsent) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::INT);
  return a ? a->i() : ifAbsent;
}

double Node::floatAttr(StringRef name, double ifAbsent) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::FLOAT);
  return a ? a->f() : ifAbsent;
}

std::string Node::stringAttr(StringRef name, StringRef ifAbsent) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::STRING);
  return a ? a->s() : ifAbsent.str();
}

std::optional<Ints> Node::intsAttr(StringRef name) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::INTS);
  if (!a)
    return std::nullopt;
  return Ints(a->ints().begin(), a->ints().end());
}

std::optional<SmallVector<double>> Node::floatsAttr(StringRef name) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::FLOATS);
  if (!a)
    return std::nullopt;
  return SmallVector<double>(a->floats().begin(), a->floats().end());
}

std::optional<SmallVector<std::string>> Node::stringsAttr(StringRef name) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::STRINGS);
  if (!a)
    return std::nullopt;
  return SmallVector<std::string>(a->strings().begin(), a->strings().end());
}

const onnx::TensorProto *Node::tensorAttr(StringRef name) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::TENSOR);
  return a ? &a->t() : nullptr;
}

const onnx::GraphProto *Node::graphAttr(StringRef name) {
  const onnx::AttributeProto *a = attribute(name, onnx::AttributeProto::GRAPH);
  if (!a)
    invalid("attribute '" + name + "' is missing");
  return a ? &a->g() : nullptr;
}

int64_t Node::normalizeAxis(int64_t axis, int64_t rank) {
  int64_t result = axis < 0 && axis >= -rank ? axis + rank : axis;
  if (result < 0 || result >= rank) {
    invalid("axis " + Twine(axis) + " is out of range for rank " + Twine(rank));
    return 0;
  }
  return result;
}

void Node::checkAttributes() {
  for (const onnx::AttributeProto &a : proto.attribute())
    if (!used.contains(a.name()))
      unsupported(DiagnosticCode::UnsupportedAttr,
                  "attribute '" + a.name() + "' is not known for opset " + Twine(getOpset()));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Known values
//===--------------------------------------------------------------------------------------------------------------===//

static bool isSmall(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getNumElements() <= limits::foldedElements;
}

std::optional<nn::Tensor> Node::known(Value value) const {
  if (!value || !isSmall(value))
    return std::nullopt;
  return nn::constantTensor(value);
}

static std::string unknownMessage(StringRef what) {
  return (what + " must be known at compile time, but depends on an input's values").str();
}

std::optional<Ints> Node::knownInts(unsigned i, StringRef what) {
  if (!hasInput(i))
    return std::nullopt;
  std::optional<nn::Tensor> tensor = known(input(i));
  if (!tensor) {
    unsupported(DiagnosticCode::UnsupportedOp, unknownMessage(what),
                "bounded dynamic shapes are not supported yet; make the value a constant of the model");
    return std::nullopt;
  }
  if (!isa<IntegerType>(tensor->getElementType())) {
    invalid(what + " must be integers");
    return std::nullopt;
  }
  std::vector<int64_t> values = tensor->toInts();
  return Ints(values.begin(), values.end());
}

std::optional<SmallVector<double>> Node::knownFloats(unsigned i, StringRef what) {
  if (!hasInput(i))
    return std::nullopt;
  std::optional<nn::Tensor> tensor = known(input(i));
  if (!tensor) {
    unsupported(DiagnosticCode::UnsupportedOp, unknownMessage(what), "make the value a constant of the model");
    return std::nullopt;
  }
  if (!isa<FloatType>(tensor->getElementType())) {
    invalid(what + " must be floats");
    return std::nullopt;
  }
  std::vector<double> values = tensor->toDoubles();
  return SmallVector<double>(values.begin(), values.end());
}

//===--------------------------------------------------------------------------------------------------------------===//
// Creation
//===--------------------------------------------------------------------------------------------------------------===//

RankedTensorType Node::type(Value value) const {
  if (auto ranked = value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType())
    return ranked;
  return RankedTensorType::get({}, Float32Type::get(getContext()));
}

Type Node::elementOf(int64_t onnxType) {
  Type result;
  if (onnxType >= 0 && onnxType <= INT32_MAX)
    result = elementType(static_cast<int32_t>(onnxType), getContext());
  if (!result)
    unsupported(DiagnosticCode::UnsupportedType,
                "elements of type " + elementTypeName(static_cast<int32_t>(onnxType)) + " are not supported",
                elementTypeRemedy(static_cast<int32_t>(onnxType)));
  return result;
}

bool Node::operandsPresent(OperationState &state) {
  if (llvm::any_of(state.operands, [](Value v) { return !v; }))
    markFailed();
  return !hasFailed;
}

// A type that leaves the limits is refused before anything computes with its size.
static bool checkResultType(Type type, StringRef node, StringRef op, Diagnostics &diagnostics) {
  auto tensor = cast<RankedTensorType>(type);
  std::optional<int64_t> count = checkedElementCount(tensor.getShape());
  bool fits = count && *count <= limits::tensorElements && tensor.getRank() <= limits::tensorRank &&
              llvm::all_of(tensor.getShape(), [](int64_t dim) { return dim <= limits::dimension; });
  if (fits)
    return true;
  diagnostics.error(DiagnosticCode::LimitExceeded, node,
                    op + ": result of shape " + nn::shapeString(tensor.getShape()) +
                        " is too large; the limits are rank " + Twine(limits::tensorRank) + ", " +
                        Twine(limits::dimension) + " a dimension, " + Twine(limits::tensorElements) + " elements");
  return false;
}

Operation *Node::insert(OperationState &state) {
  for (Type type : state.types)
    if (!checkResultType(type, name, getOperator(), diagnostics)) {
      markFailed();
      return nullptr;
    }
  Operation *op = builder.create(state);
  if (succeeded(op->getName().verifyInvariants(op)))
    return op;
  op->erase();
  markFailed();
  return nullptr;
}

// Work that is cheap enough to do while importing. Heavy constants are the simplify stage's, and
// dequantised ones stay as they are: the quantize stage reads the integers.
static bool isCheap(Operation *op) {
  if (isa<nn::ConstantOp, nn::ConvOp, nn::ConvTransposeOp, nn::LstmOp, nn::QuantizeOp, nn::DequantizeOp>(op) ||
      nn::unpacksWeights(op))
    return false;
  int64_t work = 0;
  for (Value v : op->getOperands())
    work += cast<RankedTensorType>(v.getType()).getNumElements();
  for (Value v : op->getResults())
    work += cast<RankedTensorType>(v.getType()).getNumElements();
  if (isa<nn::MatmulOp>(op))
    work *= cast<RankedTensorType>(op->getOperand(0).getType()).getShape().back();
  return work <= limits::foldedElements;
}

SmallVector<Value> Node::folded(Operation *op) {
  SmallVector<Value> results(op->getResults());
  // The folders of single operators first: casts to the same type, chains of reshapes.
  SmallVector<OpFoldResult> simpler;
  if (op->getNumResults() == 1 && !isa<nn::ConstantOp>(op) && succeeded(op->fold(simpler)) && simpler.size() == 1)
    if (Value value = dyn_cast<Value>(simpler[0]); value && value != results[0]) {
      op->erase();
      return {value};
    }
  SmallVector<nn::Tensor> operands;
  for (Value operand : op->getOperands()) {
    if (!isSmall(operand))
      return results;
    // A tensor without elements is known, whatever computes it.
    auto operandType = llvm::cast<RankedTensorType>(operand.getType());
    std::optional<nn::Tensor> tensor =
        operandType.getNumElements() == 0 ? nn::Tensor::fromBytes(operandType, {}) : nn::constantTensor(operand);
    if (!tensor)
      return results;
    operands.push_back(std::move(*tensor));
  }
  if (!isCheap(op))
    return results;
  FailureOr<SmallVector<nn::Tensor>> values = nn::evaluate(op, operands);
  if (mlir::failed(values))
    return results;
  for (auto [result, value] : llvm::zip_equal(results, *values))
    result = nn::ConstantOp::create(builder, loc, result.getType(), value.toAttr());
  op->erase();
  return results;
}

Value Node::constant(const nn::Tensor &tensor) {
  return nn::ConstantOp::create(builder, loc, tensor.getType(), tensor.toAttr());
}

Value Node::constantInts(ArrayRef<int64_t> shape, ArrayRef<int64_t> values, Type element) {
  return constant(nn::Tensor::fromInts(RankedTensorType::get(shape, element), values));
}

Value Node::constantFloats(ArrayRef<int64_t> shape, ArrayRef<double> values, Type element) {
  return constant(nn::Tensor::fromDoubles(RankedTensorType::get(shape, element), values));
}

Value Node::scalar(double value, Type element) {
  if (isa<FloatType>(element))
    return constantFloats({}, value, element);
  return constantInts({}, static_cast<int64_t>(value), element);
}

Value Node::splat(ArrayRef<int64_t> shape, double value, Type element) {
  auto scalar = RankedTensorType::get({}, element);
  return splatOf(shape, isa<FloatType>(element) ? nn::Tensor::fromDoubles(scalar, value)
                                                : nn::Tensor::fromInts(scalar, static_cast<int64_t>(value)));
}

Value Node::splatOf(ArrayRef<int64_t> shape, const nn::Tensor &one) {
  auto type = RankedTensorType::get(shape, one.getElementType());
  if (hasFailed || !checkResultType(type, name, getOperator(), diagnostics)) {
    markFailed();
    return {};
  }
  auto value = llvm::cast<DenseElementsAttr>(one.toAttr()).getSplatValue<Attribute>();
  return nn::ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, value));
}

Value Node::i64Vector(ArrayRef<int64_t> values) {
  return constantInts({int64_t(values.size())}, values, builder.getI64Type());
}

//===--------------------------------------------------------------------------------------------------------------===//
// Short names for common operators
//===--------------------------------------------------------------------------------------------------------------===//

Value Node::unary(nn::UnaryKind kind, Value value, double alpha, double beta, double gamma) {
  return create<nn::UnaryOp>(kind, value, APFloat(alpha), APFloat(beta), APFloat(gamma));
}

Value Node::binary(nn::BinaryKind kind, Value lhs, Value rhs) { return create<nn::BinaryOp>(kind, lhs, rhs); }

Value Node::compare(nn::CompareKind kind, Value lhs, Value rhs) { return create<nn::CompareOp>(kind, lhs, rhs); }

Value Node::select(Value condition, Value lhs, Value rhs) { return create<nn::SelectOp>(condition, lhs, rhs); }

Value Node::reduce(nn::ReduceKind kind, Value value, ArrayRef<int64_t> axes, bool keepdims) {
  return create<nn::ReduceOp>(kind, value, axes, keepdims);
}

Value Node::cast(Value value, Type element, bool saturate) {
  if (!value || !element || this->element(value) == element) {
    hasFailed |= !value || !element;
    return value;
  }
  return createTyped<nn::CastOp>(TypeRange(type(value).clone(element)), value, saturate)[0];
}

Value Node::reshape(Value value, ArrayRef<int64_t> shape) {
  if (!value || this->shape(value) == shape) {
    hasFailed |= !value;
    return value;
  }
  return createTyped<nn::ReshapeOp>(TypeRange(type(value).clone(shape)), value)[0];
}

Value Node::transpose(Value value, ArrayRef<int64_t> permutation) {
  return create<nn::TransposeOp>(value, permutation);
}

Value Node::broadcast(Value value, ArrayRef<int64_t> shape) {
  if (!value || this->shape(value) == shape) {
    hasFailed |= !value;
    return value;
  }
  return createTyped<nn::BroadcastOp>(TypeRange(type(value).clone(shape)), value)[0];
}

Value Node::slice(Value value, ArrayRef<int64_t> starts, ArrayRef<int64_t> sizes, ArrayRef<int64_t> steps) {
  Ints ones(starts.size(), 1);
  return create<nn::SliceOp>(value, starts, sizes, steps.empty() ? ArrayRef<int64_t>(ones) : steps);
}

Value Node::sliceAxis(Value value, int64_t axis, int64_t start, int64_t size) {
  Ints starts(rank(value), 0), sizes(shape(value));
  if (failed() || axis < 0 || axis >= int64_t(sizes.size()))
    return {};
  starts[axis] = start;
  sizes[axis] = size;
  return slice(value, starts, sizes);
}

Value Node::concat(ArrayRef<Value> values, int64_t axis) {
  return values.size() == 1 ? values[0] : create<nn::ConcatOp>(ValueRange(values), axis);
}

Value Node::gather(Value value, Value indices, int64_t axis) { return create<nn::GatherOp>(value, indices, axis); }

Value Node::pad(Value value, ArrayRef<int64_t> pads, Value with, nn::PadMode mode) {
  if (llvm::all_of(pads, [](int64_t p) { return p == 0; }))
    return value;
  return create<nn::PadOp>(mode, value, with, pads);
}

Value Node::matmul(Value lhs, Value rhs, Value bias) { return create<nn::MatmulOp>(lhs, rhs, bias); }

Value Node::alongChannels(Value parameter, int64_t rank) {
  if (this->rank(parameter) != 1 || rank <= 2)
    return parameter;
  Ints dims(rank - 1, 1);
  dims[0] = shape(parameter)[0];
  return reshape(parameter, dims);
}
