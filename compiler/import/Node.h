// One ONNX node while it is imported: what an operator's builder reads from and writes to.
//
// A builder is a function `void build(Node &n)`. It reads inputs and attributes, creates nn
// operators and sets outputs. Errors are sticky: the first one marks the node as failed, from then
// on create() returns null and outputs are ignored, so a builder checks failed() only before it
// looks into a type. Every operator whose operands are small constants is evaluated at once by nn's
// reference evaluator; that is how shape arithmetic disappears.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_NODE_H
#define SINTER_COMPILER_IMPORT_NODE_H

#include "compiler/import/OnnxProto.h"
#include "compiler/support/Diagnostics.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Tensor.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

namespace sinter::onnx_import {

class GraphImporter;

using Ints = llvm::SmallVector<int64_t, 6>;

class Node {
public:
  Node(GraphImporter &importer, const onnx::NodeProto &proto, int64_t opset, llvm::ArrayRef<mlir::Value> inputs,
       llvm::StringRef name);

  //===--- What the node says
  //-------------------------------------------------------------------------------------===//

  llvm::StringRef getName() const { return name; }
  llvm::StringRef getOperator() const { return proto.op_type(); }
  /// Version of the node's domain.
  int64_t getOpset() const { return opset; }
  mlir::Location getLoc() const { return loc; }
  mlir::MLIRContext *getContext() const { return loc.getContext(); }
  GraphImporter &getImporter() { return importer; }

  unsigned numInputs() const { return inputs.size(); }
  bool hasInput(unsigned i) const { return i < inputs.size() && inputs[i]; }
  /// Null if absent. Inputs that the operator table calls required are there.
  mlir::Value input(unsigned i) const { return i < inputs.size() ? inputs[i] : mlir::Value(); }
  unsigned numOutputs() const { return proto.output_size(); }
  bool wantsOutput(unsigned i) const { return i < numOutputs() && !proto.output(i).empty(); }
  void setOutput(unsigned i, mlir::Value value);
  llvm::ArrayRef<mlir::Value> getOutputs() const { return outputs; }

  //===--- Attributes
  //---------------------------------------------------------------------------------------------===//

  bool hasAttribute(llvm::StringRef attribute) const;
  int64_t intAttr(llvm::StringRef attribute, int64_t ifAbsent);
  double floatAttr(llvm::StringRef attribute, double ifAbsent);
  std::string stringAttr(llvm::StringRef attribute, llvm::StringRef ifAbsent);
  std::optional<Ints> intsAttr(llvm::StringRef attribute);
  std::optional<llvm::SmallVector<double>> floatsAttr(llvm::StringRef attribute);
  std::optional<llvm::SmallVector<std::string>> stringsAttr(llvm::StringRef attribute);
  const onnx::TensorProto *tensorAttr(llvm::StringRef attribute);
  const onnx::GraphProto *graphAttr(llvm::StringRef attribute);
  /// An axis attribute or value, counted from the end if negative. Fails if it is out of [0, rank).
  int64_t normalizeAxis(int64_t axis, int64_t rank);
  /// Attributes of operators that are accepted and have no meaning here.
  void ignoreAttribute(llvm::StringRef attribute) { used.insert(attribute); }
  /// Fails if the node has an attribute that the builder has not asked for.
  void checkAttributes();

  //===--- Values known at compile time
  //---------------------------------------------------------------------------===//

  /// The value, if it is known now and small.
  std::optional<nn::Tensor> known(mlir::Value value) const;
  /// Integers of an input; nothing if it is absent, or (after failing, naming the input as `what`)
  /// if it is not known.
  std::optional<Ints> knownInts(unsigned i, llvm::StringRef what);
  /// The same for floats.
  std::optional<llvm::SmallVector<double>> knownFloats(unsigned i, llvm::StringRef what);

  //===--- Types
  //--------------------------------------------------------------------------------------------------===//

  /// A scalar f32 for null, so that reading a failed value's type is harmless.
  mlir::RankedTensorType type(mlir::Value value) const;
  llvm::ArrayRef<int64_t> shape(mlir::Value value) const { return type(value).getShape(); }
  int64_t rank(mlir::Value value) const { return type(value).getRank(); }
  mlir::Type element(mlir::Value value) const { return type(value).getElementType(); }
  bool isFloat(mlir::Value value) const { return llvm::isa<mlir::FloatType>(element(value)); }
  /// The MLIR type of an ONNX element type; fails if nn has none.
  mlir::Type elementOf(int64_t onnxType);

  //===--- Building
  //-----------------------------------------------------------------------------------------------===//

  /// Creates an operator with inferred result types; arguments are those of Op::build without
  /// types. Null after a failure.
  template <typename Op, typename... Args> mlir::Operation *createOp(Args &&...args) {
    mlir::OperationState state(loc, Op::getOperationName());
    llvm::SmallVector<mlir::Type> placeholders(resultCount<Op>(), type(mlir::Value()));
    Op::build(builder, state, mlir::TypeRange(placeholders), std::forward<Args>(args)...);
    if (!operandsPresent(state))
      return nullptr;
    llvm::SmallVector<mlir::Type> inferred;
    if (mlir::failed(Op::inferReturnTypes(getContext(), loc, state.operands,
                                          state.attributes.getDictionary(getContext()), state.getRawProperties(),
                                          mlir::RegionRange(), inferred))) {
      markFailed();
      return nullptr;
    }
    state.types.assign(inferred.begin(), inferred.end());
    return insert(state);
  }
  template <typename Op, typename... Args> mlir::Value create(Args &&...args) {
    mlir::Operation *op = createOp<Op>(std::forward<Args>(args)...);
    return op ? folded(op)[0] : mlir::Value();
  }
  /// The same for operators whose result types the caller knows.
  template <typename Op, typename... Args>
  llvm::SmallVector<mlir::Value> createTyped(mlir::TypeRange types, Args &&...args) {
    mlir::OperationState state(loc, Op::getOperationName());
    Op::build(builder, state, types, std::forward<Args>(args)...);
    mlir::Operation *op = operandsPresent(state) ? insert(state) : nullptr;
    return op ? folded(op) : llvm::SmallVector<mlir::Value>(types.size());
  }
  /// The results of an operator just created, constants if its operands are; the operator is gone
  /// then.
  llvm::SmallVector<mlir::Value> folded(mlir::Operation *op);

  mlir::Value constant(const nn::Tensor &tensor);
  mlir::Value constantInts(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> values, mlir::Type element);
  mlir::Value constantFloats(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<double> values, mlir::Type element);
  /// Rank 0, of a float or integer type.
  mlir::Value scalar(double value, mlir::Type element);
  /// All elements alike; takes no memory.
  mlir::Value splat(llvm::ArrayRef<int64_t> shape, double value, mlir::Type element);
  mlir::Value splatOf(llvm::ArrayRef<int64_t> shape, const nn::Tensor &one);
  mlir::Value i64Vector(llvm::ArrayRef<int64_t> values);

  mlir::Value unary(nn::UnaryKind kind, mlir::Value value, double alpha = 0, double beta = 0, double gamma = 0);
  mlir::Value binary(nn::BinaryKind kind, mlir::Value lhs, mlir::Value rhs);
  mlir::Value add(mlir::Value a, mlir::Value b) { return binary(nn::BinaryKind::Add, a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return binary(nn::BinaryKind::Sub, a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return binary(nn::BinaryKind::Mul, a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return binary(nn::BinaryKind::Div, a, b); }
  mlir::Value compare(nn::CompareKind kind, mlir::Value lhs, mlir::Value rhs);
  mlir::Value select(mlir::Value condition, mlir::Value lhs, mlir::Value rhs);
  mlir::Value logicalNot(mlir::Value value) { return unary(nn::UnaryKind::Not, value); }
  mlir::Value reduce(nn::ReduceKind kind, mlir::Value value, llvm::ArrayRef<int64_t> axes, bool keepdims = true);
  mlir::Value cast(mlir::Value value, mlir::Type element, bool saturate = true);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value value, llvm::ArrayRef<int64_t> permutation);
  mlir::Value broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value slice(mlir::Value value, llvm::ArrayRef<int64_t> starts, llvm::ArrayRef<int64_t> sizes,
                    llvm::ArrayRef<int64_t> steps = {});
  /// Elements [start, start + size) of one axis.
  mlir::Value sliceAxis(mlir::Value value, int64_t axis, int64_t start, int64_t size);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> values, int64_t axis);
  mlir::Value gather(mlir::Value value, mlir::Value indices, int64_t axis);
  mlir::Value pad(mlir::Value value, llvm::ArrayRef<int64_t> pads, mlir::Value with = {},
                  nn::PadMode mode = nn::PadMode::Constant);
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs, mlir::Value bias = {});
  /// Reshapes a [C] parameter to [C, 1, 1 …] so that it broadcasts over axis 1 of a tensor of this
  /// rank.
  mlir::Value alongChannels(mlir::Value parameter, int64_t rank);

  //===--- Failing
  //------------------------------------------------------------------------------------------------===//

  bool failed() const { return hasFailed; }
  /// The model breaks ONNX's rules.
  void invalid(const llvm::Twine &message);
  /// Valid, but not supported in this form.
  void unsupported(DiagnosticCode code, const llvm::Twine &message, const llvm::Twine &remedy = "");
  void markFailed() { hasFailed = true; }

private:
  const onnx::AttributeProto *attribute(llvm::StringRef attribute, onnx::AttributeProto::AttributeType expected);
  bool operandsPresent(mlir::OperationState &state);
  mlir::Operation *insert(mlir::OperationState &state);
  template <typename Op> static constexpr unsigned resultCount() {
    if constexpr (Op::template hasTrait<mlir::OpTrait::OneResult>())
      return 1;
    else
      return 2;
  }

  GraphImporter &importer;
  const onnx::NodeProto &proto;
  mlir::OpBuilder &builder;
  Diagnostics &diagnostics;
  int64_t opset;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<mlir::Value> outputs;
  std::string name;
  mlir::Location loc;
  llvm::StringSet<> used;
  bool hasFailed = false;
};

} // namespace sinter::onnx_import

#endif
