// Builds small ONNX models in memory, imports them and evaluates the result.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_UNIT_IMPORT_MODELBUILDER_H
#define SINTER_TEST_UNIT_IMPORT_MODELBUILDER_H

#include "compiler/import/Importer.h"
#include "compiler/import/OnnxProto.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include <initializer_list>
#include <string>
#include <vector>

namespace sinter::test {

using Names = std::vector<std::string>;
/// A dimension: a number, or a name.
struct Dim {
  Dim(int64_t value) : value(value) {}
  Dim(const char *name) : name(name) {}
  int64_t value = -1;
  std::string name;
};

onnx::AttributeProto intAttr(const std::string &name, int64_t value);
onnx::AttributeProto intsAttr(const std::string &name, const std::vector<int64_t> &values);
onnx::AttributeProto floatAttr(const std::string &name, float value);
onnx::AttributeProto stringAttr(const std::string &name, const std::string &value);
onnx::AttributeProto graphAttr(const std::string &name, const onnx::GraphProto &graph);

/// Adds to a graph.
class GraphBuilder {
public:
  explicit GraphBuilder(onnx::GraphProto &graph) : graph(graph) {}

  void input(const std::string &name, const std::vector<Dim> &dims, int type = onnx::TensorProto::FLOAT);
  void output(const std::string &name, int type = onnx::TensorProto::FLOAT);
  onnx::NodeProto &node(const std::string &op, const Names &inputs, const Names &outputs,
                        std::initializer_list<onnx::AttributeProto> attributes = {}, const std::string &name = "");
  void floats(const std::string &name, const std::vector<int64_t> &dims, const std::vector<float> &values);
  void ints(const std::string &name, const std::vector<int64_t> &dims, const std::vector<int64_t> &values,
            int type = onnx::TensorProto::INT64);

  onnx::GraphProto &graph;
};

/// Owns the model, so that it lives before the builder that refers to its graph and stays in place when moved.
struct ModelOwner {
  std::unique_ptr<onnx::ModelProto> owned = std::make_unique<onnx::ModelProto>();
  onnx::ModelProto &model = *owned;
};

/// A model of one opset.
struct ModelBuilder : ModelOwner, GraphBuilder {
  explicit ModelBuilder(int64_t opset = 17);
};

/// The result of an import with its diagnostics.
struct Imported {
  Imported();

  bool ok() const { return static_cast<bool>(module); }
  mlir::func::FuncOp function();
  /// Number of operators of a kind in the function.
  template <typename Op> unsigned count() {
    unsigned number = 0;
    function().walk([&](Op) { ++number; });
    return number;
  }
  /// Operators of the function's body, the terminator aside.
  unsigned size() { return function().getBody().front().getOperations().size() - 1; }
  /// The only diagnostic's code, or a text that says otherwise.
  std::string code() const;
  std::string text() const;
  /// Evaluates with float inputs; the results as numbers.
  std::vector<std::vector<double>> run(const std::vector<std::vector<double>> &inputs);

  mlir::MLIRContext context;
  Diagnostics diagnostics;
  ImportInfo info;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

std::unique_ptr<Imported> importBytes(const std::string &bytes, const ImportOptions &options = {});
std::unique_ptr<Imported> import(const onnx::ModelProto &model, const ImportOptions &options = {});

} // namespace sinter::test

#endif
