// Model-local functions are inlined, each call with a scope of its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Functions.h"
#include "compiler/import/GraphImporter.h"
#include "compiler/support/Limits.h"
#include "llvm/ADT/ScopeExit.h"
#include <google/protobuf/unknown_field_set.h>

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
using AttributeMap = llvm::StringMap<const onnx::AttributeProto *>;

// Fields that ONNX 1.12 does not know yet.
static constexpr int nodeOverload = 8, functionOverload = 13, functionDefaults = 11;

static std::string unknownString(const google::protobuf::Message &message, int field) {
  const google::protobuf::UnknownFieldSet &fields = message.GetReflection()->GetUnknownFields(message);
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i).number() == field &&
        fields.field(i).type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      return fields.field(i).length_delimited();
  return "";
}

static std::string makeKey(StringRef domain, StringRef name, StringRef overload) {
  return (canonicalDomain(domain) + "\n" + name + "\n" + overload).str();
}

std::string sinter::onnx_import::functionKey(const onnx::FunctionProto &function) {
  return makeKey(function.domain(), function.name(), unknownString(function, functionOverload));
}

std::string sinter::onnx_import::functionKey(const onnx::NodeProto &call) {
  return makeKey(call.domain(), call.op_type(), unknownString(call, nodeOverload));
}

static void substitute(Nodes &nodes, const AttributeMap &values);

static void substitute(onnx::NodeProto &node, const AttributeMap &values) {
  auto &attributes = *node.mutable_attribute();
  for (int i = attributes.size() - 1; i >= 0; --i) {
    onnx::AttributeProto &a = attributes[i];
    if (a.has_g())
      substitute(*a.mutable_g()->mutable_node(), values);
    for (onnx::GraphProto &graph : *a.mutable_graphs())
      substitute(*graph.mutable_node(), values);
    if (a.ref_attr_name().empty())
      continue;
    auto value = values.find(a.ref_attr_name());
    if (value == values.end()) {
      attributes.DeleteSubrange(i, 1);
      continue;
    }
    std::string name = a.name();
    a = *value->second;
    a.set_name(name);
  }
}

static void substitute(Nodes &nodes, const AttributeMap &values) {
  for (onnx::NodeProto &node : nodes)
    substitute(node, values);
}

Nodes sinter::onnx_import::instantiate(const onnx::FunctionProto &function, const onnx::NodeProto &call) {
  std::vector<std::unique_ptr<onnx::AttributeProto>> defaults;
  AttributeMap values;
  const google::protobuf::UnknownFieldSet &fields = function.GetReflection()->GetUnknownFields(function);
  for (int i = 0; i < fields.field_count(); ++i) {
    const google::protobuf::UnknownField &field = fields.field(i);
    if (field.number() != functionDefaults || field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      continue;
    auto attribute = std::make_unique<onnx::AttributeProto>();
    if (!attribute->ParseFromString(field.length_delimited()))
      continue;
    values[attribute->name()] = attribute.get();
    defaults.push_back(std::move(attribute));
  }
  for (const onnx::AttributeProto &attribute : call.attribute())
    values[attribute.name()] = &attribute;
  Nodes nodes = function.node();
  substitute(nodes, values);
  return nodes;
}

const onnx::FunctionProto *GraphImporter::findFunction(const onnx::NodeProto &proto) const {
  return functions.empty() ? nullptr : functions.lookup(functionKey(proto));
}

void GraphImporter::callBody(const onnx::FunctionProto &function, const onnx::NodeProto &call, ArrayRef<Value> inputs,
                             SmallVectorImpl<Value> &outputs) {
  Scope inner;
  Scope *outer = std::exchange(scope, &inner);
  Opsets own;
  for (const onnx::OperatorSetIdProto &opset : function.opset_import())
    own[canonicalDomain(opset.domain())] = opset.version();
  Opsets *outerOpsets = std::exchange(opsets, &own);
  llvm::scope_exit leave([&] {
    scope = outer;
    opsets = outerOpsets;
  });
  // Absent inputs are absent inside too: their name is replaced by the empty one.
  Nodes nodes = instantiate(function, call);
  llvm::StringSet<> absent;
  for (auto [i, name] : llvm::enumerate(function.input())) {
    if (i < inputs.size() && inputs[i])
      bind(name, inputs[i]);
    else
      absent.insert(name);
  }
  if (!absent.empty())
    for (onnx::NodeProto &node : nodes)
      for (std::string &input : *node.mutable_input())
        if (absent.contains(input))
          input.clear();
  SmallVector<StringRef> names(function.output().begin(), function.output().end());
  for (size_t i = call.output_size(); i < names.size();)
    names.pop_back();
  importNodes(nodes, names, outputs);
}

void GraphImporter::importCall(const onnx::FunctionProto &function, const onnx::NodeProto &call, ArrayRef<Value> inputs,
                               StringRef name) {
  SmallVector<Value> outputs;
  if (callDepth == limits::callDepth) {
    diagnostics.error(DiagnosticCode::LimitExceeded, name,
                      "functions call each other deeper than " + Twine(limits::callDepth) + " levels, or without end");
    return bindOutputs(call, {});
  }
  std::string outerPrefix = std::exchange(namePrefix, (name + "/").str());
  ++callDepth;
  callBody(function, call, inputs, outputs);
  --callDepth;
  namePrefix = std::move(outerPrefix);
  bindOutputs(call, outputs);
}
