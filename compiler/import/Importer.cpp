// The importer's table of contents: scan, parse, validate, bind shapes, build, check.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Importer.h"
#include "compiler/import/ElementTypes.h"
#include "compiler/import/GraphImporter.h"
#include "compiler/import/Signature.h"
#include "compiler/import/Validate.h"
#include "compiler/import/WireScan.h"
#include "compiler/support/DiagnosticBridge.h"
#include "compiler/support/Limits.h"
#include "compiler/support/ReadFile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

static bool parse(StringRef bytes, onnx::ModelProto &model, Diagnostics &diagnostics) {
  // Protobuf's own limits are wider than those that the scan has enforced; what it still refuses is
  // reported as malformed.
  google::protobuf::LogSilencer silencer;
  if (scanModel(bytes, diagnostics) && model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return true;
  if (!diagnostics.hasErrors())
    diagnostics.error(DiagnosticCode::Malformed, "", "not a valid ONNX file: protobuf cannot parse it",
                      "check that the file is complete and is an ONNX model");
  return false;
}

static bool checkOpsets(const onnx::ModelProto &model, Diagnostics &diagnostics) {
  bool ok = true;
  llvm::StringSet<> domains;
  for (const onnx::OperatorSetIdProto &opset : model.opset_import()) {
    StringRef domain = canonicalDomain(opset.domain());
    if (!domains.insert(domain).second) {
      diagnostics.error(DiagnosticCode::InvalidModel, "", "operator set '" + domain + "' is imported twice");
      ok = false;
    }
    if (domain.empty() && (opset.version() < oldestOpset || opset.version() > newestOpset)) {
      diagnostics.error(DiagnosticCode::UnsupportedOp, "",
                        "the model uses opset " + Twine(opset.version()) + "; supported are " + Twine(oldestOpset) +
                            " to " + Twine(newestOpset),
                        "convert the model with onnx.version_converter");
      ok = false;
    }
  }
  return ok;
}

static void fillInfo(const onnx::ModelProto &model, ImportInfo &info) {
  info.producer = model.producer_name();
  if (!model.producer_version().empty())
    info.producer += (info.producer.empty() ? "" : " ") + model.producer_version();
  info.irVersion = model.ir_version();
  info.nodeCount = model.graph().node_size();
  for (const onnx::OperatorSetIdProto &opset : model.opset_import())
    info.opsets.emplace_back(opset.domain().empty() ? "ai.onnx" : opset.domain(), opset.version());
}

namespace {

/// Builds the module of one model whose bytes were parsed and validated.
class ModuleBuilder {
public:
  ModuleBuilder(const onnx::ModelProto &model, MLIRContext &context, const ImportOptions &options,
                ExternalData &external, Diagnostics &diagnostics)
      : model(model), graph(model.graph()), options(options), external(external), diagnostics(diagnostics),
        builder(&context) {}

  OwningOpRef<ModuleOp> build();

private:
  func::FuncOp createFunction(ModuleOp module, ArrayRef<SignatureInput> inputs);
  void importGraph(func::FuncOp function, ArrayRef<SignatureInput> inputs);
  void checkOutput(const onnx::ValueInfoProto &output, Value value);
  void finish(func::FuncOp function, ArrayRef<Value> outputs);
  void markState(func::FuncOp function, const StateOption &state, ArrayRef<Value> outputs);

  const onnx::ModelProto &model;
  const onnx::GraphProto &graph;
  const ImportOptions &options;
  ExternalData &external;
  Diagnostics &diagnostics;
  OpBuilder builder;
};

} // namespace

func::FuncOp ModuleBuilder::createFunction(ModuleOp module, ArrayRef<SignatureInput> inputs) {
  SmallVector<Type> types;
  for (const SignatureInput &input : inputs)
    types.push_back(input.type);
  builder.setInsertionPointToStart(module.getBody());
  auto function =
      func::FuncOp::create(builder, builder.getUnknownLoc(), options.entry, builder.getFunctionType(types, {}));
  function.addEntryBlock();
  for (auto [i, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(i, "nn.name", builder.getStringAttr(input.info->name()));
    function.getArgument(i).setLoc(NameLoc::get(builder.getStringAttr(input.info->name())));
  }
  return function;
}

// Removes what only shape arithmetic used. One pass from the end suffices in a single block.
static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void ModuleBuilder::checkOutput(const onnx::ValueInfoProto &output, Value value) {
  if (!value || !output.type().has_tensor_type())
    return;
  int32_t declared = output.type().tensor_type().elem_type();
  Type computed = cast<RankedTensorType>(value.getType()).getElementType();
  if (declared == 0 || computed == elementType(declared, builder.getContext()))
    return;
  std::string text;
  llvm::raw_string_ostream(text) << computed;
  diagnostics.error(DiagnosticCode::InvalidModel, output.name(),
                    "output '" + output.name() + "' is declared with elements of type " + elementTypeName(declared) +
                        ", but " + text + " is computed");
}

void ModuleBuilder::markState(func::FuncOp function, const StateOption &state, ArrayRef<Value> outputs) {
  auto usage = [&](const Twine &message) {
    diagnostics.error(DiagnosticCode::Usage, "", "--state " + state.input + "=" + state.output + ": " + message);
  };
  unsigned argument = 0, result = 0;
  while (argument < function.getNumArguments() &&
         function.getArgAttrOfType<StringAttr>(argument, "nn.name").getValue() != state.input)
    ++argument;
  while (result < outputs.size() && graph.output(result).name() != state.output)
    ++result;
  if (argument == function.getNumArguments()) {
    leaveUnknownName(options, diagnostics,
                     "--state " + state.input + "=" + state.output + ": the model has no input '" + state.input + "'");
    return;
  }
  if (result == outputs.size())
    return usage("the model has no output '" + state.output + "'");
  Type inputType = function.getArgument(argument).getType();
  if (outputs[result] && outputs[result].getType() != inputType) {
    std::string from, to;
    llvm::raw_string_ostream(from) << inputType;
    llvm::raw_string_ostream(to) << outputs[result].getType();
    return usage("the input has type " + from + ", the output " + to + "; a state's must be the same");
  }
  if (function.getArgAttr(argument, "nn.state") || function.getResultAttr(result, "nn.state"))
    return usage("the input or the output is already part of a state");
  function.setArgAttr(argument, "nn.state", builder.getStringAttr(state.input));
  function.setResultAttr(result, "nn.state", builder.getStringAttr(state.input));
  if (state.initFile.empty())
    return;
  if (ElementsAttr value = readStateInit(state, cast<RankedTensorType>(inputType), diagnostics))
    function.setArgAttr(argument, "nn.state_init", value);
}

void ModuleBuilder::finish(func::FuncOp function, ArrayRef<Value> outputs) {
  for (auto [output, value] : llvm::zip_equal(graph.output(), outputs))
    checkOutput(output, value);
  if (diagnostics.hasErrors())
    return;
  func::ReturnOp::create(builder, builder.getUnknownLoc(), outputs);
  SmallVector<Type> types(ValueRange(outputs).getTypes());
  function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
  for (auto [i, output] : llvm::enumerate(graph.output()))
    function.setResultAttr(i, "nn.name", builder.getStringAttr(output.name()));
  for (const StateOption &state : options.states)
    markState(function, state, outputs);
  eraseDead(function.getBody().front());
}

void ModuleBuilder::importGraph(func::FuncOp function, ArrayRef<SignatureInput> inputs) {
  builder.setInsertionPointToEnd(&function.getBody().front());
  GraphImporter importer(model, builder, external, diagnostics);
  SmallVector<Value> outputs;
  importer.importMain(graph, function.getArguments(), outputs);
  finish(function, outputs);
}

OwningOpRef<ModuleOp> ModuleBuilder::build() {
  SmallVector<SignatureInput> inputs;
  if (!resolveInputs(graph, options, builder.getContext(), inputs, diagnostics))
    return nullptr;
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
  func::FuncOp function = createFunction(*module, inputs);
  importGraph(function, inputs);
  if (diagnostics.hasErrors())
    return nullptr;
  if (failed(verify(*module))) {
    diagnostics.error(DiagnosticCode::Internal, "", "the importer built a module that does not verify");
    return nullptr;
  }
  return module;
}

bool sinter::leaveUnknownName(const ImportOptions &options, Diagnostics &diagnostics, const Twine &message,
                              const Twine &remedy) {
  sinter::Diagnostic complaint{Severity::Error, DiagnosticCode::Usage, "", "", message.str(), remedy.str()};
  if (options.unknownName)
    options.unknownName(std::move(complaint));
  else
    diagnostics.report(std::move(complaint));
  return static_cast<bool>(options.unknownName);
}

OwningOpRef<ModuleOp> sinter::importModelBytes(StringRef bytes, StringRef folder, MLIRContext &context,
                                               const ImportOptions &options, Diagnostics &diagnostics,
                                               ImportInfo *info) {
  context.loadDialect<nn::NnDialect, func::FuncDialect, quant::QuantDialect>();
  onnx::ModelProto model;
  if (!parse(bytes, model, diagnostics) || !validateModel(model, diagnostics) || !checkOpsets(model, diagnostics))
    return nullptr;
  if (info)
    fillInfo(model, *info);
  DiagnosticBridge bridge(context, diagnostics, DiagnosticCode::InvalidModel);
  ExternalData external(folder, info);
  return ModuleBuilder(model, context, options, external, diagnostics).build();
}

OwningOpRef<ModuleOp> sinter::importModel(StringRef path, MLIRContext &context, const ImportOptions &options,
                                          Diagnostics &diagnostics, ImportInfo *info) {
  diagnostics.setFile(path);
  std::unique_ptr<llvm::MemoryBuffer> file = readFile(path, limits::modelBytes, diagnostics);
  if (!file)
    return nullptr;
  if (info)
    info->files.push_back({path.str(), sha256Hex(file->getBuffer())});
  StringRef folder = llvm::sys::path::parent_path(path);
  return importModelBytes(file->getBuffer(), folder.empty() ? "." : folder, context, options, diagnostics, info);
}
