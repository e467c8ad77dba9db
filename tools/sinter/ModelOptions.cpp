// The options of every sub-command that reads a model.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ModelOptions.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Threading.h"

using namespace llvm;
using namespace sinter;

static std::optional<std::vector<int64_t>> parseShape(StringRef text) {
  std::vector<int64_t> shape;
  if (text.empty())
    return shape; // a scalar
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts) {
    std::optional<int64_t> dim = parseNumber(part);
    if (!dim || *dim < 0)
      return std::nullopt;
    shape.push_back(*dim);
  }
  return shape;
}

static std::optional<DimBound> parseBound(StringRef text) {
  auto [low, high] = text.split("..");
  std::optional<int64_t> minimum = parseNumber(low);
  std::optional<int64_t> maximum = text.contains("..") ? parseNumber(high) : minimum;
  if (!minimum || !maximum || *minimum < 0 || *maximum < *minimum)
    return std::nullopt;
  return DimBound{*minimum, *maximum};
}

static std::optional<StateOption> parseState(StringRef text) {
  auto [input, rest] = text.rsplit('=');
  if (input.empty() || rest.empty() || input.size() == text.size())
    return std::nullopt;
  StateOption state;
  state.input = input.str();
  // `h=hn:0` names the output "hn:0"; only what can be meant as a start is split off.
  auto [output, init] = rest.rsplit(':');
  bool hasInit = init == "zero" || init.ends_with(".npy") || init.ends_with(".bin");
  state.output = (hasInit ? output : rest).str();
  if (hasInit && init != "zero")
    state.initFile = init.str();
  return state;
}

void sinter::addModelOptions(CommandLine &line, ImportOptions &options) {
  line.value("--dim", "NAME=V|NAME=A..B", "value or range of a named dimension", [&](StringRef text, std::string &why) {
    auto [name, value] = text.rsplit('=');
    std::optional<DimBound> bound = parseBound(value);
    if (name.empty() || name.size() == text.size() || !bound) {
      why = ("'" + text + "' is not NAME=VALUE or NAME=MINIMUM..MAXIMUM").str();
      return false;
    }
    options.dims[name.str()] = *bound;
    return true;
  });
  line.value("--shape", "INPUT=1x3x48x320", "shape of an input", [&](StringRef text, std::string &why) {
    auto [name, value] = text.rsplit('=');
    std::optional<std::vector<int64_t>> shape = parseShape(value);
    if (name.empty() || name.size() == text.size() || !shape) {
      why = ("'" + text + "' is not INPUT=DxDx…").str();
      return false;
    }
    options.shapes[name.str()] = *shape;
    return true;
  });
  line.value("--state", "IN=OUT[:zero|FILE]",
             "one variable that the loader keeps from run to run;\nFILE (.npy or raw .bin) has its first value",
             [&](StringRef text, std::string &why) {
               std::optional<StateOption> state = parseState(text);
               if (!state) {
                 why = ("'" + text + "' is not INPUT=OUTPUT").str();
                 return false;
               }
               options.states.push_back(*state);
               return true;
             });
}

void sinter::addThreadOption(CommandLine &line, unsigned &threads) {
  threads = hardware_concurrency().compute_thread_count();
  line.value("-j", "N", "threads; the result does not depend on it", [&](StringRef text, std::string &why) {
    std::optional<int64_t> count = parseNumber(text);
    if (!count || *count < 1 || *count > 1024) {
      why = ("'" + text + "' is not a number from 1 to 1024").str();
      return false;
    }
    threads = static_cast<unsigned>(*count);
    return true;
  });
}

void sinter::addDiagnosticsOption(CommandLine &line, bool &json) {
  line.value("--diagnostics", "text|json", "how to print errors, on standard error",
             [&](StringRef text, std::string &why) {
               json = text == "json";
               if (json || text == "text")
                 return true;
               why = ("'" + text + "' is neither text nor json").str();
               return false;
             });
}

int sinter::closeOutput(int code) {
  outs().flush();
  std::error_code error = outs().error();
  if (!error)
    return code;
  outs().clear_error();
  Diagnostics diagnostics;
  diagnostics.error(DiagnosticCode::File, "", "cannot write to standard output: " + error.message());
  return std::max(code, finish(diagnostics, false));
}

int sinter::finish(const Diagnostics &diagnostics, bool json) {
  if (json)
    diagnostics.printJson(errs());
  else
    diagnostics.printText(errs(), sys::Process::StandardErrHasColors());
  return diagnostics.exitCode();
}
