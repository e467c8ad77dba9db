// Small ONNX models in memory.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/import/ModelBuilder.h"
#include "dialects/nn/Evaluator.h"
#include "mlir/IR/Builders.h"

using namespace sinter;
using namespace sinter::test;

static onnx::AttributeProto attribute(const std::string &name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto a;
  a.set_name(name);
  a.set_type(type);
  return a;
}

onnx::AttributeProto test::intAttr(const std::string &name, int64_t value) {
  onnx::AttributeProto a = attribute(name, onnx::AttributeProto::INT);
  a.set_i(value);
  return a;
}

onnx::AttributeProto test::intsAttr(const std::string &name, const std::vector<int64_t> &values) {
  onnx::AttributeProto a = attribute(name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    a.add_ints(value);
  return a;
}

onnx::AttributeProto test::floatAttr(const std::string &name, float value) {
  onnx::AttributeProto a = attribute(name, onnx::AttributeProto::FLOAT);
  a.set_f(value);
  return a;
}

onnx::AttributeProto test::stringAttr(const std::string &name, const std::string &value) {
  onnx::AttributeProto a = attribute(name, onnx::AttributeProto::STRING);
  a.set_s(value);
  return a;
}

onnx::AttributeProto test::graphAttr(const std::string &name, const onnx::GraphProto &graph) {
  onnx::AttributeProto a = attribute(name, onnx::AttributeProto::GRAPH);
  *a.mutable_g() = graph;
  return a;
}

void GraphBuilder::input(const std::string &name, const std::vector<Dim> &dims, int type) {
  onnx::ValueInfoProto &info = *graph.add_input();
  info.set_name(name);
  onnx::TypeProto::Tensor &tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  tensor.mutable_shape();
  for (const Dim &dim : dims) {
    auto &d = *tensor.mutable_shape()->add_dim();
    if (!dim.name.empty())
      d.set_dim_param(dim.name);
    else if (dim.value >= 0)
      d.set_dim_value(dim.value);
  }
}

void GraphBuilder::output(const std::string &name, int type) {
  onnx::ValueInfoProto &info = *graph.add_output();
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
}

onnx::NodeProto &GraphBuilder::node(const std::string &op, const Names &inputs, const Names &outputs,
                                    std::initializer_list<onnx::AttributeProto> attributes, const std::string &name) {
  onnx::NodeProto &node = *graph.add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  for (const onnx::AttributeProto &a : attributes)
    *node.add_attribute() = a;
  return node;
}

void GraphBuilder::floats(const std::string &name, const std::vector<int64_t> &dims, const std::vector<float> &values) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  for (float value : values)
    tensor.add_float_data(value);
}

void GraphBuilder::ints(const std::string &name, const std::vector<int64_t> &dims, const std::vector<int64_t> &values,
                        int type) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  for (int64_t value : values)
    if (type == onnx::TensorProto::INT64)
      tensor.add_int64_data(value);
    else
      tensor.add_int32_data(static_cast<int32_t>(value));
}

ModelBuilder::ModelBuilder(int64_t opset) : GraphBuilder(*model.mutable_graph()) {
  model.set_ir_version(8);
  model.mutable_graph()->set_name("g");
  model.add_opset_import()->set_version(opset);
}

Imported::Imported() : context(mlir::MLIRContext::Threading::DISABLED) {}

mlir::func::FuncOp Imported::function() { return *module->getOps<mlir::func::FuncOp>().begin(); }

std::string Imported::code() const {
  if (diagnostics.all().size() != 1)
    return std::to_string(diagnostics.all().size()) + " diagnostics";
  return toString(diagnostics.all()[0].code).str();
}

std::string Imported::text() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  diagnostics.printText(os);
  return text;
}

std::vector<std::vector<double>> Imported::run(const std::vector<std::vector<double>> &inputs) {
  llvm::SmallVector<nn::Tensor> arguments;
  for (auto [i, values] : llvm::enumerate(inputs)) {
    auto type = llvm::cast<mlir::RankedTensorType>(function().getArgument(i).getType());
    if (llvm::isa<mlir::FloatType>(type.getElementType()))
      arguments.push_back(nn::Tensor::fromDoubles(type, values));
    else
      arguments.push_back(nn::Tensor::fromInts(type, std::vector<int64_t>(values.begin(), values.end())));
  }
  auto results = nn::evaluateFunction(function(), arguments);
  std::vector<std::vector<double>> numbers;
  if (mlir::failed(results))
    return numbers;
  for (const nn::Tensor &result : *results) {
    if (llvm::isa<mlir::FloatType>(result.getElementType())) {
      numbers.push_back(result.toDoubles());
    } else {
      std::vector<int64_t> ints = result.toInts();
      numbers.emplace_back(ints.begin(), ints.end());
    }
  }
  return numbers;
}

std::unique_ptr<Imported> test::importBytes(const std::string &bytes, const ImportOptions &options) {
  auto result = std::make_unique<Imported>();
  result->module = importModelBytes(bytes, "", result->context, options, result->diagnostics, &result->info);
  return result;
}

std::unique_ptr<Imported> test::import(const onnx::ModelProto &model, const ImportOptions &options) {
  return importBytes(model.SerializeAsString(), options);
}
