// Walks graphs node by node, in their order, and keeps what each name means: values, functions,
// operator sets.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_GRAPHIMPORTER_H
#define SINTER_COMPILER_IMPORT_GRAPHIMPORTER_H

#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"
#include "compiler/import/TensorData.h"
#include "mlir/IR/ValueRange.h"
#include "llvm/ADT/StringMap.h"

namespace sinter::onnx_import {

/// What a name in a graph stands for.
struct Binding {
  mlir::Value value;                              ///< Null until an initializer is used, and for poisoned values.
  const onnx::TensorProto *initializer = nullptr; ///< Becomes a constant when a node first reads it.
  bool poisoned = false;                          ///< Its node could not be imported; that was reported there.
};

/// Names of one graph; those of the graphs around it are visible.
struct Scope {
  Scope *parent = nullptr;
  llvm::StringMap<Binding> names;

  Binding *find(llvm::StringRef name);
};

/// Operator set versions by domain; the default domain is "".
using Opsets = llvm::StringMap<int64_t>;

class GraphImporter {
public:
  GraphImporter(const onnx::ModelProto &model, mlir::OpBuilder &builder, ExternalData &external,
                Diagnostics &diagnostics);

  mlir::OpBuilder &getBuilder() { return builder; }
  Diagnostics &getDiagnostics() { return diagnostics; }
  ExternalData &getExternalData() { return external; }
  Scope &getScope() { return *scope; }

  /// The main graph. `arguments` are its inputs without those that an initializer gives; `values`
  /// gets the outputs, null for those that could not be imported.
  void importMain(const onnx::GraphProto &graph, mlir::ValueRange arguments,
                  llvm::SmallVectorImpl<mlir::Value> &values);

  /// A graph inside a node (If, Loop): its inputs are bound to `arguments`; names of the enclosing
  /// graphs are visible. False if an output could not be imported.
  bool importSubgraph(const onnx::GraphProto &graph, llvm::ArrayRef<mlir::Value> arguments,
                      llvm::SmallVectorImpl<mlir::Value> &values);

  void bind(llvm::StringRef name, mlir::Value value) { scope->names[name] = {value, nullptr, !value}; }

private:
  void importNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
                   llvm::ArrayRef<llvm::StringRef> outputs, llvm::SmallVectorImpl<mlir::Value> &values);
  void importBody(const onnx::GraphProto &graph, llvm::SmallVectorImpl<mlir::Value> &values);
  void bindInitializers(const onnx::GraphProto &graph);
  void importNode(const onnx::NodeProto &proto);
  void importCall(const onnx::FunctionProto &function, const onnx::NodeProto &call, llvm::ArrayRef<mlir::Value> inputs,
                  llvm::StringRef name);
  void callBody(const onnx::FunctionProto &function, const onnx::NodeProto &call, llvm::ArrayRef<mlir::Value> inputs,
                llvm::SmallVectorImpl<mlir::Value> &outputs);
  bool lookUpInputs(const onnx::NodeProto &proto, llvm::StringRef name, llvm::SmallVectorImpl<mlir::Value> &inputs);
  mlir::Value materialize(Binding &binding, llvm::StringRef name, llvm::StringRef user);
  void bindOutputs(const onnx::NodeProto &proto, llvm::ArrayRef<mlir::Value> outputs);
  std::string nodeName(const onnx::NodeProto &proto) const;
  std::optional<int64_t> opsetOf(const onnx::NodeProto &proto, llvm::StringRef name);
  const onnx::FunctionProto *findFunction(const onnx::NodeProto &proto) const;

  mlir::OpBuilder &builder;
  ExternalData &external;
  Diagnostics &diagnostics;
  llvm::StringMap<const onnx::FunctionProto *> functions; ///< By "domain\nname\noverload".
  Opsets modelOpsets;
  Opsets *opsets = &modelOpsets;
  Scope *scope = nullptr;
  std::string namePrefix; ///< Names of the calls around, with a final '/'.
  unsigned callDepth = 0;
  uint64_t nodeCount = 0;
};

/// "" for the default domain, under either of its names.
llvm::StringRef canonicalDomain(llvm::StringRef domain);

} // namespace sinter::onnx_import

#endif
