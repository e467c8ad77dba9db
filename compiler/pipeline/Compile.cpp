// The compiler as a function.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/pipeline/Compile.h"
#include "compiler/package/ElementType.h"
#include "compiler/package/Writer.h"
#include "compiler/pipeline/Stages.h"
#include "compiler/support/ReadFile.h"
#include "compiler/support/Registration.h"
#include "compiler/support/Version.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "passes/place/Requirement.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace sinter;

void sinter::prepareContext(MLIRContext &context) {
  DialectRegistry registry;
  registerAllDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

namespace {

/// A model's entry point: "main" if it is the only one, otherwise its file's name without folder and ending.
std::string entryNameOf(const CompileOptions &options, llvm::StringRef path) {
  return options.models.size() == 1 ? options.import.entry : llvm::sys::path::stem(path).str();
}

/// What the stages take for granted of an entry point, and the importer makes so: text may be anything.
LogicalResult checkEntry(func::FuncOp entry) {
  if (entry.isExternal() || !entry.getBody().hasOneBlock())
    return entry.emitError() << "entry point " << entry.getSymName() << " must have a body of one block";
  auto isTensor = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape() && elementTypeNumber(tensor.getElementType()) != 0;
  };
  for (ArrayRef<Type> types : {entry.getArgumentTypes(), entry.getResultTypes()})
    for (Type type : types)
      if (!isTensor(type))
        return entry.emitError() << "entry point " << entry.getSymName() << " takes or gives " << type
                                 << ", not a tensor of static shape with elements that packages hold";
  return success();
}

bool isText(llvm::StringRef path) { return path.ends_with(".mlir"); }

OwningOpRef<ModuleOp> importText(llvm::StringRef path, MLIRContext &context, Diagnostics &diagnostics,
                                 ImportInfo &info) {
  std::unique_ptr<llvm::MemoryBuffer> buffer = readFile(path, uint64_t(1) << 32, diagnostics);
  if (!buffer)
    return nullptr;
  info.files.push_back({path.str(), sha256Hex(buffer->getBuffer())});
  DiagnosticBridge bridge(context, diagnostics, DiagnosticCode::Malformed);
  auto module =
      parseSourceString<ModuleOp>(buffer->getBuffer(), ParserConfig(&context), llvm::sys::path::filename(path));
  bool ok = static_cast<bool>(module);
  if (ok)
    for (func::FuncOp entry : module->getOps<func::FuncOp>())
      ok &= succeeded(checkEntry(entry));
  return ok ? std::move(module) : nullptr;
}

/// Complaints of ONNX models about names in the options that they do not have, by message. What all of them lack is
/// wrong.
using UnknownNames = std::map<std::string, std::vector<sinter::Diagnostic>>;

OwningOpRef<ModuleOp> importOne(const CompileOptions &options, llvm::StringRef path, MLIRContext &context,
                                Diagnostics &diagnostics, ImportInfo &info, UnknownNames &unknown) {
  diagnostics.setFile(path);
  if (isText(path))
    return importText(path, context, diagnostics, info);
  ImportOptions import = options.import;
  import.entry = entryNameOf(options, path);
  if (options.models.size() > 1)
    import.unknownName = [&](sinter::Diagnostic complaint) { unknown[complaint.message].push_back(complaint); };
  return importModel(path, context, import, diagnostics, &info);
}

/// Moves the functions of `from` into `into`; two of the same name are an error.
bool mergeEntries(ModuleOp from, ModuleOp into, Diagnostics &diagnostics) {
  for (func::FuncOp entry : llvm::make_early_inc_range(from.getOps<func::FuncOp>())) {
    if (into.lookupSymbol(entry.getSymName())) {
      diagnostics.error(DiagnosticCode::Usage, "", "another model is called " + entry.getSymName() + " already",
                        "name the files differently; an entry point is called like its file");
      return false;
    }
    entry->moveBefore(into.getBody(), into.getBody()->end());
  }
  return true;
}

/// Those that a program over `targets` can meet; a fallback without the required kind of target stays a fallback.
std::vector<std::string> requirementsOf(const CompileOptions &options, const TargetList &targets) {
  std::vector<std::string> result;
  for (const std::string &text : options.requirements)
    if (std::optional<Requirement> requirement = parseRequirement(text))
      if (llvm::any_of(targets, [&](const std::string &target) { return requirement->includes(target); }))
        result.push_back(text);
  return result;
}

/// One alternative program on its way from placement to a planned program.
class ProgramCompiler {
public:
  ProgramCompiler(const CompileOptions &options, const TargetRegistry &registry, Diagnostics &diagnostics,
                  StageRunner &runner)
      : options(options), registry(registry), diagnostics(diagnostics), runner(runner) {}

  /// Takes a module of its own. With `text`, stops where options.stage says and writes there.
  bool compile(ModuleOp module, const TargetList &targets, llvm::raw_ostream *text, PackageProgram &result) {
    if (failed(runner.run(targetStages(registry, targets, requirementsOf(options, targets)), module)))
      return false;
    takeRefusals(module, result);
    runner.begin("emit", module, "builtin.module(program-emit)");
    for (ModuleOp kernels : module.getOps<ModuleOp>())
      if (!emit(kernels, text, result))
        return false;
    if (text)
      return true;
    if (failed(runner.run(memoryStages(registry, targets), module)))
      return false;
    result.program = *module.getOps<program::ProgramOp>().begin();
    return true;
  }

private:
  bool emit(ModuleOp kernels, llvm::raw_ostream *text, PackageProgram &result) {
    if (text && options.stage == EmitStage::Linalg)
      return kernels.print(*text), true;
    const Target *target = registry.find(kernels->getAttrOfType<StringAttr>("program.target").getValue());
    EmitOptions emitOptions;
    emitOptions.stage = options.stage;
    emitOptions.variant = options.variant;
    emitOptions.bitstream = options.bitstream;
    emitOptions.embedsBitcode = options.embedsBitcode;
    emitOptions.assembler = options.assembler;
    emitOptions.text = text;
    FailureOr<std::vector<EmittedVariant>> variants = target->emit(kernels, emitOptions, options.threads);
    if (failed(variants)) {
      if (!diagnostics.hasErrors())
        diagnostics.error(DiagnosticCode::Internal, "", "no code for target " + target->info().name);
      return false;
    }
    result.executables.push_back({&target->info(), std::move(*variants)});
    return true;
  }

  void takeRefusals(ModuleOp module, PackageProgram &result) {
    auto list = module->getAttrOfType<ArrayAttr>("program.refusals");
    if (!list)
      return;
    for (auto entry : list.getAsRange<DictionaryAttr>()) {
      auto text = [&](llvm::StringRef key) { return entry.getAs<StringAttr>(key).str(); };
      result.refusals.push_back({text("target"), {text("node"), text("reason"), text("limit"), text("value")}});
    }
    module->removeAttr("program.refusals");
  }

  const CompileOptions &options;
  const TargetRegistry &registry;
  Diagnostics &diagnostics;
  StageRunner &runner;
};

Provenance provenanceOf(const CompileOptions &options, llvm::ArrayRef<ImportInfo> infos) {
  Provenance provenance;
  provenance.producer = std::string("sinter ") + kVersion;
  provenance.options = options.normalized;
  std::map<std::string, int64_t> opsets;
  for (const ImportInfo &info : infos) {
    if (!info.files.empty())
      provenance.modelSha256.push_back(info.files.front().sha256);
    for (const auto &[domain, version] : info.opsets)
      opsets[domain] = std::max(opsets[domain], version);
  }
  for (const auto &[domain, version] : opsets)
    provenance.opsets.push_back(domain + "=" + std::to_string(version));
  return provenance;
}

std::vector<char> charsOf(llvm::StringRef text) { return std::vector<char>(text.begin(), text.end()); }

std::string printModule(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  os << '\n';
  return text;
}

/// A context and its threads.
struct Session {
  explicit Session(unsigned threads) : context(MLIRContext::Threading::DISABLED) {
    prepareContext(context);
    if (threads > 1) {
      pool.emplace(llvm::hardware_concurrency(threads));
      context.setThreadPool(*pool);
    }
  }
  std::optional<llvm::DefaultThreadPool> pool;
  MLIRContext context;
};

} // namespace

OwningOpRef<ModuleOp> sinter::importModels(const CompileOptions &options, MLIRContext &context,
                                           Diagnostics &diagnostics, std::vector<ImportInfo> &infos) {
  OwningOpRef<ModuleOp> all = ModuleOp::create(UnknownLoc::get(&context));
  bool ok = true;
  UnknownNames unknown;
  for (const std::string &path : options.models) {
    OwningOpRef<ModuleOp> one = importOne(options, path, context, diagnostics, infos.emplace_back(), unknown);
    ok &= one && mergeEntries(*one, *all, diagnostics);
  }
  size_t onnx = llvm::count_if(options.models, [](const std::string &path) { return !isText(path); });
  if (options.models.size() > 1)
    diagnostics.setFile("");
  const ImportOptions &names = options.import;
  if (onnx == 0 && !(names.dims.empty() && names.shapes.empty() && names.states.empty())) {
    diagnostics.error(DiagnosticCode::Usage, "", "a model of MLIR text has its shapes and no state to choose",
                      "leave out --dim, --shape and --state, which are for ONNX models");
    ok = false;
  }
  for (auto &[message, complaints] : unknown)
    if (complaints.size() == onnx) {
      sinter::Diagnostic &first = complaints.front();
      diagnostics.error(first.code, "", first.message, first.remedy);
      ok = false;
    }
  if (ok && all->getOps<func::FuncOp>().empty()) {
    diagnostics.error(DiagnosticCode::InvalidModel, "", "the model has no entry point");
    ok = false;
  }
  return ok ? std::move(all) : nullptr;
}

std::optional<CompileResult> sinter::compile(const CompileOptions &options, const TargetRegistry &registry,
                                             Diagnostics &diagnostics) {
  Session session(options.threads);
  StageRunner runner(session.context, diagnostics, options.progress, options.checkpoint);
  runner.begin("import");
  std::vector<ImportInfo> infos;
  OwningOpRef<ModuleOp> module = importModels(options, session.context, diagnostics, infos);
  if (!module || failed(runner.run(frontStages(), *module)))
    return std::nullopt;

  CompileResult result;
  for (ImportInfo &info : infos)
    llvm::append_range(result.files, info.files);
  if (options.stage == EmitStage::Nn) {
    result.bytes = charsOf(printModule(*module));
    return result;
  }
  std::string text;
  llvm::raw_string_ostream textStream(text);
  bool wantsText = options.stage != EmitStage::Package;
  std::vector<PackageProgram> programs;
  std::vector<OwningOpRef<ModuleOp>> modules;
  ProgramCompiler compiler(options, registry, diagnostics, runner);
  for (const TargetList &targets : options.targets) {
    bool isLast = &targets == &options.targets.back();
    modules.push_back(isLast ? std::move(module) : OwningOpRef<ModuleOp>(module->clone()));
    if (!compiler.compile(*modules.back(), targets, wantsText ? &textStream : nullptr, programs.emplace_back()))
      return std::nullopt;
  }
  if (wantsText) {
    result.bytes = charsOf(text);
    return result;
  }
  runner.begin("package");
  FailureOr<std::vector<char>> bytes = writePackage(programs, provenanceOf(options, infos));
  if (failed(bytes))
    return std::nullopt;
  result.bytes = std::move(*bytes);
  return result;
}

bool sinter::check(const CompileOptions &options, const TargetRegistry &registry, Diagnostics &diagnostics) {
  Session session(options.threads);
  StageRunner runner(session.context, diagnostics, options.progress, options.checkpoint);
  runner.begin("import");
  std::vector<ImportInfo> infos;
  OwningOpRef<ModuleOp> module = importModels(options, session.context, diagnostics, infos);
  if (!module || failed(runner.run(frontStages(), *module)))
    return false;
  bool ok = true;
  for (const TargetList &targets : options.targets) {
    OwningOpRef<ModuleOp> copy(module->clone());
    ok &= succeeded(runner.run(targetStages(registry, targets, requirementsOf(options, targets)).front(), *copy));
  }
  return ok;
}
