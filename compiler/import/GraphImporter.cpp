// The walk over graphs. Model-local functions are in Functions.cpp.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/GraphImporter.h"
#include "compiler/import/Functions.h"
#include "compiler/support/Limits.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

StringRef sinter::onnx_import::canonicalDomain(StringRef domain) { return domain == "ai.onnx" ? "" : domain; }

Binding *Scope::find(StringRef name) {
  for (Scope *scope = this; scope; scope = scope->parent) {
    auto it = scope->names.find(name);
    if (it != scope->names.end())
      return &it->second;
  }
  return nullptr;
}

GraphImporter::GraphImporter(const onnx::ModelProto &model, OpBuilder &builder, ExternalData &external,
                             Diagnostics &diagnostics)
    : builder(builder), external(external), diagnostics(diagnostics) {
  for (const onnx::OperatorSetIdProto &opset : model.opset_import())
    modelOpsets[canonicalDomain(opset.domain())] = opset.version();
  for (const onnx::FunctionProto &function : model.functions())
    functions[functionKey(function)] = &function;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Graphs
//===--------------------------------------------------------------------------------------------------------------===//

// Names that a graph inside a node reads, its own included: more than it captures, never less.
static void collectNames(const onnx::GraphProto &graph, llvm::StringSet<> &names) {
  for (const onnx::NodeProto &node : graph.node()) {
    for (const std::string &input : node.input())
      names.insert(input);
    for (const onnx::AttributeProto &a : node.attribute()) {
      if (a.has_g())
        collectNames(a.g(), names);
      for (const onnx::GraphProto &g : a.graphs())
        collectNames(g, names);
    }
  }
  for (const onnx::ValueInfoProto &output : graph.output())
    names.insert(output.name());
}

// Which nodes the wanted names depend on. Nodes are in order, so one pass backwards finds them.
static std::vector<bool> liveNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
                                   llvm::StringSet<> wanted) {
  std::vector<bool> live(nodes.size(), false);
  for (int i = nodes.size() - 1; i >= 0; --i) {
    live[i] = llvm::any_of(nodes[i].output(), [&](const std::string &name) { return wanted.contains(name); });
    if (!live[i])
      continue;
    for (const std::string &input : nodes[i].input())
      wanted.insert(input);
    for (const onnx::AttributeProto &a : nodes[i].attribute()) {
      if (a.has_g())
        collectNames(a.g(), wanted);
      for (const onnx::GraphProto &g : a.graphs())
        collectNames(g, wanted);
    }
  }
  return live;
}

void GraphImporter::importNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
                                ArrayRef<StringRef> outputs, SmallVectorImpl<Value> &values) {
  llvm::StringSet<> wanted;
  for (StringRef output : outputs)
    wanted.insert(output);
  std::vector<bool> live = liveNodes(nodes, std::move(wanted));
  for (int i = 0; i < nodes.size(); ++i)
    if (live[i])
      importNode(nodes[i]);
  for (StringRef output : outputs) {
    Binding *binding = scope->find(output);
    if (!binding)
      diagnostics.error(DiagnosticCode::InvalidModel, output, "output '" + output + "' is computed by no node");
    values.push_back(binding ? materialize(*binding, output, output) : Value());
  }
}

void GraphImporter::importBody(const onnx::GraphProto &graph, SmallVectorImpl<Value> &values) {
  bindInitializers(graph);
  SmallVector<StringRef> outputs;
  for (const onnx::ValueInfoProto &output : graph.output())
    outputs.push_back(output.name());
  importNodes(graph.node(), outputs, values);
}

void GraphImporter::importMain(const onnx::GraphProto &graph, ValueRange arguments, SmallVectorImpl<Value> &values) {
  Scope main;
  scope = &main;
  llvm::StringSet<> initialized;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initialized.insert(tensor.name());
  size_t next = 0;
  for (const onnx::ValueInfoProto &input : graph.input())
    if (!initialized.contains(input.name()))
      bind(input.name(), arguments[next++]);
  importBody(graph, values);
  scope = nullptr;
}

bool GraphImporter::importSubgraph(const onnx::GraphProto &graph, ArrayRef<Value> arguments,
                                   SmallVectorImpl<Value> &values) {
  Scope inner;
  inner.parent = scope;
  scope = &inner;
  llvm::scope_exit leave([&] { scope = inner.parent; });
  for (auto [info, argument] : llvm::zip(graph.input(), arguments))
    bind(info.name(), argument);
  importBody(graph, values);
  return llvm::all_of(values, [](Value v) { return static_cast<bool>(v); });
}

void GraphImporter::bindInitializers(const onnx::GraphProto &graph) {
  for (const onnx::TensorProto &tensor : graph.initializer())
    scope->names[tensor.name()] = {Value(), &tensor, false};
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer()) {
    scope->names[tensor.values().name()] = {Value(), nullptr, true};
    diagnostics.error(DiagnosticCode::UnsupportedType, tensor.values().name(), "sparse initializers are not supported",
                      "export the tensor densely");
  }
}

//===--------------------------------------------------------------------------------------------------------------===//
// Nodes
//===--------------------------------------------------------------------------------------------------------------===//

std::string GraphImporter::nodeName(const onnx::NodeProto &proto) const {
  std::string own = proto.name();
  if (own.empty())
    own = proto.op_type() + "(" + (proto.output_size() ? proto.output(0) : std::string()) + ")";
  return namePrefix + own;
}

std::optional<int64_t> GraphImporter::opsetOf(const onnx::NodeProto &proto, StringRef name) {
  auto it = opsets->find(canonicalDomain(proto.domain()));
  if (it != opsets->end())
    return it->second;
  diagnostics.error(DiagnosticCode::InvalidModel, name,
                    "the model imports no operator set of domain '" + proto.domain() + "', which " + proto.op_type() +
                        " belongs to");
  return std::nullopt;
}

Value GraphImporter::materialize(Binding &binding, StringRef name, StringRef user) {
  if (binding.value || binding.poisoned)
    return binding.value;
  std::optional<nn::Tensor> tensor;
  if (binding.initializer)
    tensor = readTensor(*binding.initializer, name, builder.getContext(), external, diagnostics);
  binding.poisoned = !tensor;
  if (tensor) {
    Location loc = NameLoc::get(builder.getStringAttr(user));
    binding.value = nn::ConstantOp::create(builder, loc, tensor->getType(), tensor->toAttr(name));
  }
  return binding.value;
}

// False if an input is poisoned or not there; absent optional inputs are null.
bool GraphImporter::lookUpInputs(const onnx::NodeProto &proto, StringRef name, SmallVectorImpl<Value> &inputs) {
  bool all = true;
  for (const std::string &input : proto.input()) {
    inputs.push_back({});
    if (input.empty())
      continue;
    Binding *binding = scope->find(input);
    if (!binding) {
      diagnostics.error(DiagnosticCode::InvalidModel, name, "input '" + input + "' is computed by no node");
      all = false;
      continue;
    }
    inputs.back() = materialize(*binding, input, name);
    all &= static_cast<bool>(inputs.back());
  }
  return all;
}

void GraphImporter::bindOutputs(const onnx::NodeProto &proto, ArrayRef<Value> outputs) {
  for (auto [i, output] : llvm::enumerate(proto.output()))
    if (!output.empty())
      bind(output, i < outputs.size() ? outputs[i] : Value());
}

static bool checkInputCount(const onnx::NodeProto &proto, const OperatorEntry &entry, ArrayRef<Value> inputs,
                            StringRef name, Diagnostics &diagnostics) {
  unsigned required = entry.requiredInputs;
  for (unsigned i = 0; i < required; ++i)
    if (i >= inputs.size() || !inputs[i]) {
      diagnostics.error(DiagnosticCode::InvalidModel, name,
                        proto.op_type() + ": input " + Twine(i) + " is missing; it needs " + Twine(required));
      return false;
    }
  if (inputs.size() <= entry.maximumInputs)
    return true;
  diagnostics.error(DiagnosticCode::InvalidModel, name,
                    proto.op_type() + ": has " + Twine(inputs.size()) + " inputs, takes at most " +
                        Twine(entry.maximumInputs));
  return false;
}

// The table's answer for an operator that it does not have.
static void reportUnknown(const onnx::NodeProto &proto, bool known, int64_t opset, StringRef name,
                          Diagnostics &diagnostics) {
  StringRef domain = canonicalDomain(proto.domain());
  std::string op = domain.empty() ? proto.op_type() : domain.str() + "." + proto.op_type();
  if (known)
    diagnostics.error(DiagnosticCode::UnsupportedOp, name, op + " is not supported in opset " + Twine(opset),
                      "convert the model to a newer opset (onnx.version_converter)");
  else
    diagnostics.error(DiagnosticCode::UnsupportedOp, name,
                      "operator " + op + " (opset " + Twine(opset) + ") is not supported",
                      domain.empty() ? "" : "export the model with operators of ONNX's own domain");
}

void GraphImporter::importNode(const onnx::NodeProto &proto) {
  std::string name = nodeName(proto);
  if (++nodeCount > limits::importedNodes) {
    if (nodeCount == limits::importedNodes + 1)
      diagnostics.error(DiagnosticCode::LimitExceeded, name,
                        "the model has more than " + Twine(limits::importedNodes) +
                            " nodes after functions are inlined");
    return bindOutputs(proto, {});
  }
  SmallVector<Value> inputs;
  if (const onnx::FunctionProto *function = findFunction(proto)) {
    if (lookUpInputs(proto, name, inputs))
      importCall(*function, proto, inputs, name);
    else
      bindOutputs(proto, {});
    return;
  }
  std::optional<int64_t> opset = opsetOf(proto, name);
  bool known = false;
  const OperatorEntry *entry =
      opset ? findOperator(canonicalDomain(proto.domain()), proto.op_type(), *opset, known) : nullptr;
  if (opset && !entry)
    reportUnknown(proto, known, *opset, name, diagnostics);
  if (!lookUpInputs(proto, name, inputs) || !entry || !checkInputCount(proto, *entry, inputs, name, diagnostics))
    return bindOutputs(proto, {});
  Node node(*this, proto, *opset, inputs, name);
  entry->build(node);
  if (!node.failed())
    node.checkAttributes();
  for (unsigned i = 0; i < node.numOutputs() && !node.failed(); ++i)
    if (node.wantsOutput(i) && !node.getOutputs()[i])
      node.unsupported(DiagnosticCode::UnsupportedOp, "output " + Twine(i) + " is not supported");
  bindOutputs(proto, node.failed() ? ArrayRef<Value>() : node.getOutputs());
}
