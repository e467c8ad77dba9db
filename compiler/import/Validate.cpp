// Validation of names and order.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Validate.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace sinter;
using namespace sinter::onnx_import;

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

// A broken file can break a rule in every node; a user reads a few.
static constexpr unsigned maximumErrors = 50;

namespace {

struct Names {
  const Names *parent = nullptr;
  StringSet<> defined;

  bool contains(StringRef name) const {
    for (const Names *names = this; names; names = names->parent)
      if (names->defined.contains(name))
        return true;
    return false;
  }
};

class Validator {
public:
  explicit Validator(Diagnostics &diagnostics) : diagnostics(diagnostics) {}

  void graph(const onnx::GraphProto &graph, const Names *outer);
  void function(const onnx::FunctionProto &function);
  bool ok() const { return errors == 0; }

  void invalid(StringRef place, const Twine &message, const Twine &remedy = "") {
    if (++errors <= maximumErrors)
      diagnostics.error(DiagnosticCode::InvalidModel, place, message, remedy);
  }

private:
  void nodes(const Nodes &nodes, Names &names);
  void node(const onnx::NodeProto &node, const Names &names, const StringMap<int> &producers);
  void define(Names &names, StringRef name, StringRef place, StringRef what);
  bool hasCycle(const Nodes &nodes, const StringMap<int> &producers);

  Diagnostics &diagnostics;
  unsigned errors = 0;
  bool cyclic = false;
};

} // namespace

static std::string label(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  return node.op_type() + "(" + (node.output_size() ? node.output(0) : std::string()) + ")";
}

void Validator::define(Names &names, StringRef name, StringRef place, StringRef what) {
  if (!names.defined.insert(name).second)
    invalid(place, what + " '" + name + "' has a name that is already defined");
}

// Kahn's algorithm on this graph's own edges: nodes that never become ready form a cycle.
bool Validator::hasCycle(const Nodes &nodes, const StringMap<int> &producers) {
  std::vector<int> waiting(nodes.size(), 0);
  std::vector<std::vector<int>> users(nodes.size());
  for (int i = 0; i < nodes.size(); ++i)
    for (const std::string &input : nodes[i].input())
      if (auto it = producers.find(input); it != producers.end()) {
        users[it->second].push_back(i);
        ++waiting[i];
      }
  std::vector<int> ready;
  for (int i = 0; i < nodes.size(); ++i)
    if (waiting[i] == 0)
      ready.push_back(i);
  size_t done = 0;
  while (done < ready.size())
    for (int user : users[ready[done++]])
      if (--waiting[user] == 0)
        ready.push_back(user);
  return done != static_cast<size_t>(nodes.size());
}

void Validator::node(const onnx::NodeProto &node, const Names &names, const StringMap<int> &producers) {
  if (node.op_type().empty())
    invalid(label(node), "node has no operator");
  StringSet<> attributes;
  for (const onnx::AttributeProto &a : node.attribute())
    if (!attributes.insert(a.name()).second)
      invalid(label(node), "attribute '" + a.name() + "' is given twice");
  for (const std::string &input : node.input()) {
    if (input.empty() || names.contains(input))
      continue;
    if (!producers.contains(input))
      invalid(label(node), "input '" + input + "' is computed by no node");
    else if (cyclic)
      invalid(label(node), "input '" + input + "' is computed later, and the graph has a cycle");
    else
      invalid(label(node),
              "input '" + input + "' is computed by a later node; ONNX requires nodes in topological order",
              "sort the nodes");
  }
  for (const onnx::AttributeProto &a : node.attribute()) {
    if (a.has_g())
      graph(a.g(), &names);
    for (const onnx::GraphProto &g : a.graphs())
      graph(g, &names);
  }
}

void Validator::nodes(const Nodes &nodes, Names &names) {
  StringMap<int> producers;
  for (int i = 0; i < nodes.size(); ++i)
    for (const std::string &output : nodes[i].output())
      if (!output.empty())
        producers.try_emplace(output, i);
  bool outer = std::exchange(cyclic, hasCycle(nodes, producers));
  for (const onnx::NodeProto &n : nodes) {
    node(n, names, producers);
    for (const std::string &output : n.output())
      if (!output.empty())
        define(names, output, label(n), "output");
  }
  cyclic = outer;
}

void Validator::graph(const onnx::GraphProto &graph, const Names *outer) {
  Names names;
  names.parent = outer;
  StringSet<> inputs;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (input.name().empty())
      invalid(graph.name(), "graph has an input without a name");
    define(names, input.name(), input.name(), "input");
    inputs.insert(input.name());
  }
  StringSet<> initializers;
  auto initializer = [&](StringRef name) {
    if (name.empty())
      return invalid(graph.name(), "graph has an initializer without a name");
    if (!initializers.insert(name).second)
      return invalid(name, "initializer '" + name + "' is given twice");
    // An initializer may give the default of an input of the same name.
    if (!inputs.contains(name))
      define(names, name, name, "initializer");
  };
  for (const onnx::TensorProto &tensor : graph.initializer())
    initializer(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    initializer(tensor.values().name());
  nodes(graph.node(), names);
  StringSet<> outputs;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    if (!outer && !outputs.insert(output.name()).second)
      invalid(output.name(), "output '" + output.name() + "' is given twice");
    if (!names.contains(output.name()))
      invalid(output.name(), "output '" + output.name() + "' is computed by no node");
  }
}

void Validator::function(const onnx::FunctionProto &function) {
  Names names;
  for (const std::string &input : function.input())
    define(names, input, function.name(), "input");
  nodes(function.node(), names);
  for (const std::string &output : function.output())
    if (!names.contains(output))
      invalid(function.name(), "function's output '" + output + "' is computed by no node");
}

bool sinter::onnx_import::validateModel(const onnx::ModelProto &model, Diagnostics &diagnostics) {
  Validator validator(diagnostics);
  if (!model.has_graph()) {
    validator.invalid("", "the model has no graph", "check that the file is an ONNX model");
    return false;
  }
  if (model.graph().output_size() == 0)
    validator.invalid(model.graph().name(), "the graph has no outputs");
  validator.graph(model.graph(), nullptr);
  for (const onnx::FunctionProto &function : model.functions())
    validator.function(function);
  return validator.ok();
}
