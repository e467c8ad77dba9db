// sinter evaluate: what a model computes according to the nn reference evaluator. Slow; the oracle of tests.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Commands.h"
#include "CrashGuard.h"
#include "ModelOptions.h"
#include "compiler/pipeline/Stages.h"
#include "compiler/support/ReadFile.h"
#include "dialects/nn/Evaluator.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "tools/arrays/Files.h"
#include "tools/support/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace llvm;
using namespace sinter;

namespace {

struct EvaluateCommand {
  CompileOptions options;
  std::string inputs, outputs, after;
  bool json = false;
  Diagnostics diagnostics;
};

/// The type that carries an element's bits in a .npz: numbers that numpy lacks travel as unsigned integers.
std::string dtypeOf(mlir::Type element) {
  if (auto quantized = dyn_cast<mlir::quant::QuantizedType>(element))
    element = mlir::IntegerType::get(element.getContext(), quantized.getStorageTypeIntegralWidth(),
                                     quantized.isSigned() ? mlir::IntegerType::Signless : mlir::IntegerType::Unsigned);
  unsigned width = nn::Tensor::elementBytes(element);
  char kind = 'u';
  if (isa<mlir::Float16Type, mlir::Float32Type, mlir::Float64Type>(element))
    kind = 'f';
  else if (element.isInteger(1))
    kind = 'b';
  else if (isa<mlir::IntegerType>(element) && element.getIntOrFloatBitWidth() >= 8 && !element.isUnsignedInteger())
    kind = 'i';
  return std::string(width == 1 ? "|" : "<") + kind + std::to_string(width);
}

std::string nameOf(mlir::DictionaryAttr attributes, StringRef fallback) {
  auto name = attributes ? attributes.getAs<mlir::StringAttr>("nn.name") : mlir::StringAttr();
  return name ? name.str() : fallback.str();
}

class Evaluation {
public:
  explicit Evaluation(EvaluateCommand &command) : command(command) {}

  bool run(const std::string &checkpoint) {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    prepareContext(context);
    StageRunner runner(context, command.diagnostics, [](StringRef) {}, checkpoint);
    runner.begin("import");
    std::vector<ImportInfo> infos;
    mlir::OwningOpRef<mlir::ModuleOp> module = importModels(command.options, context, command.diagnostics, infos);
    if (!module || !runStages(runner, *module))
      return false;
    auto entry = *module->getOps<mlir::func::FuncOp>().begin();
    std::vector<nn::Tensor> arguments;
    if (!readInputs(entry, arguments))
      return false;
    mlir::FailureOr<SmallVector<nn::Tensor>> results = nn::evaluateFunction(entry, arguments);
    return succeeded(results) && writeOutputs(entry, *results);
  }

private:
  bool error(DiagnosticCode code, StringRef file, StringRef node, const Twine &message) {
    command.diagnostics.report({Severity::Error, code, file.str(), node.str(), message.str(), ""});
    return false;
  }

  bool runStages(StageRunner &runner, mlir::ModuleOp module) {
    for (const Stage &stage : frontStages()) {
      if (command.after.empty())
        return true;
      if (failed(runner.run(stage, module)))
        return false;
      if (stage.name == command.after)
        return true;
    }
    return true;
  }

  bool readInputs(mlir::func::FuncOp entry, std::vector<nn::Tensor> &arguments) {
    tool::Arrays arrays;
    if (!command.inputs.empty()) {
      std::unique_ptr<MemoryBuffer> buffer = readFile(command.inputs, uint64_t(1) << 36, command.diagnostics);
      if (!buffer)
        return false;
      std::vector<uint8_t> bytes(buffer->getBuffer().bytes_begin(), buffer->getBuffer().bytes_end());
      std::string why = tool::parseNpz(bytes, arrays);
      if (!why.empty())
        return error(DiagnosticCode::Malformed, command.inputs, "", why);
    }
    bool ok = true;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      ok &= readInput(entry, i, arrays, arguments.emplace_back());
    std::set<std::string> known;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      known.insert(inputName(entry, i));
    for (const auto &[name, array] : arrays)
      if (!known.count(name))
        ok = error(DiagnosticCode::File, command.inputs, name, "the model has no such input");
    return ok;
  }

  static std::string inputName(mlir::func::FuncOp entry, unsigned index) {
    return nameOf(entry.getArgAttrDict(index), "input" + std::to_string(index));
  }

  bool readInput(mlir::func::FuncOp entry, unsigned index, const tool::Arrays &arrays, nn::Tensor &tensor) {
    mlir::DictionaryAttr attributes = entry.getArgAttrDict(index);
    std::string name = inputName(entry, index);
    auto type = cast<mlir::RankedTensorType>(entry.getArgumentTypes()[index]);
    auto found = arrays.find(name);
    if (found == arrays.end()) {
      if (!attributes || !attributes.contains("nn.state"))
        return error(DiagnosticCode::File, command.inputs, name, "the input is missing");
      auto init = attributes.getAs<mlir::ElementsAttr>("nn.state_init");
      tensor = init ? *nn::Tensor::fromAttr(init, type) : nn::Tensor::zeros(type);
      return true;
    }
    const tool::Array &array = found->second;
    std::string dtype = tool::numpyCode(array.type), wanted = dtypeOf(type.getElementType());
    if (ArrayRef<int64_t>(array.shape) != type.getShape())
      return error(DiagnosticCode::InvalidModel, command.inputs, name,
                   "the input's shape is [" +
                       join(map_range(array.shape, [](int64_t d) { return std::to_string(d); }), "x") +
                       "], the model's [" +
                       join(map_range(type.getShape(), [](int64_t d) { return std::to_string(d); }), "x") + "]");
    if (tool::fileBytes(array.type) != nn::Tensor::elementBytes(type.getElementType()) ||
        (dtype[1] == 'f') != (wanted[1] == 'f'))
      return error(DiagnosticCode::UnsupportedType, command.inputs, name,
                   "the input is " + dtype + ", the model's " + wanted);
    tensor = nn::Tensor::fromBytes(type, array.bytes);
    return true;
  }

  bool writeOutputs(mlir::func::FuncOp entry, ArrayRef<nn::Tensor> results) {
    tool::Arrays arrays;
    for (auto [index, tensor] : enumerate(results)) {
      std::string name = nameOf(entry.getResultAttrDict(index), "output" + std::to_string(index));
      arrays[name] = {tool::typeOfNumpyCode(dtypeOf(tensor.getElementType())), tensor.getShape().vec(),
                      tensor.getBytes().vec()};
    }
    std::vector<uint8_t> bytes = tool::formatNpz(arrays);
    for (const std::string &source : {command.options.models.front(), command.inputs})
      if (tool::isSameFile(source, command.outputs))
        return error(DiagnosticCode::Usage, command.outputs, "", "the output would replace a file that is read");
    std::string why = tool::writeOutputFile(command.outputs, bytes.data(), bytes.size());
    return why.empty() || error(DiagnosticCode::File, command.outputs, "", "cannot write: " + why);
  }

  EvaluateCommand &command;
};

CommandLine describe(EvaluateCommand &command) {
  CommandLine line("sinter evaluate MODEL.onnx --inputs IN.npz --outputs OUT.npz [options]",
                   "Computes a model with the reference evaluator, which says what every operator means. It is slow.",
                   "  sinter evaluate model.onnx --inputs in.npz --outputs out.npz --after=simplify\n");
  line.group("Model");
  addModelOptions(line, command.options.import);
  line.group("Data");
  line.text("--inputs", "IN.npz", "arrays by the inputs' names; states may be left out", command.inputs);
  line.text("--outputs", "OUT.npz", "where to write the outputs", command.outputs);
  line.value("--after", "simplify|quantize", "evaluate what these stages have made of the model",
             [&](StringRef text, std::string &why) {
               command.after = text.str();
               if (text == "simplify" || text == "quantize")
                 return true;
               why = ("'" + text + "' is neither simplify nor quantize").str();
               return false;
             });
  line.group("Other");
  addDiagnosticsOption(line, command.json);
  return line;
}

} // namespace

int sinter::evaluateCommand(ArrayRef<StringRef> arguments) {
  EvaluateCommand command;
  CommandLine line = describe(command);
  bool ok = line.parse(arguments, command.options.models, command.diagnostics);
  if (line.wantsHelp()) {
    line.printHelp(outs());
    return 0;
  }
  auto usage = [&](const Twine &message) {
    command.diagnostics.error(DiagnosticCode::Usage, "", message, "see sinter evaluate --help");
  };
  if (ok && command.options.models.size() != 1)
    usage("one model is evaluated at a time, not " + Twine(command.options.models.size()));
  if (ok && command.outputs.empty())
    usage("no output is named: --outputs OUT.npz");
  if (command.diagnostics.hasErrors())
    return finish(command.diagnostics, command.json);
  return runGuarded(sys::path::stem(command.options.models.front()), command.json, [&](const std::string &checkpoint) {
    Evaluation(command).run(checkpoint);
    return finish(command.diagnostics, command.json);
  });
}
