// sinter-run's command line.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter-run/Arguments.h"

#include <cstdlib>
#include <cstring>

using namespace sinter::tool;

const char *const sinter::tool::helpText = R"(Run a package that 'sinter compile' made.

Usage: sinter-run MODEL.sinter [options]; - is standard input

Data:
  --inputs FILE.npz|NAME=FILE   values by the model's names (.npz, .npy, .bin, ONNX .pb); repeatable.
                                Without any, seeded values are used
  --outputs FILE.npz            where results are written
  --steps                       iterate over the files' leading axis, keep state, stack the outputs
  --entry NAME                  entry point (default: the first)
  --seed N                      of seeded values and random operators (default 0)

Device:
  --device NAME[@VARIANT]       a driver, target or device; default: the package's first that runs here
  --load-driver FILE.so         another driver; repeatable
  --threads N                   threads of one run (default 1)

Measuring:
  --repeat N, --warmup N        timed runs (default 1) after runs that are not counted (default 0)
  --profile                     time by kernel and ONNX node
  --json                        print latency, load time and memory as JSON

Other:
  --help, --version

Example:
  sinter-run model.sinter --inputs x.npz --outputs y.npz --threads 2
)";

namespace {

/// Values of options, "--name value" or "--name=value".
class Cursor {
public:
  Cursor(int argc, char **argv) : argc(argc), argv(argv) {}

  bool next() {
    if (++at >= argc)
      return false;
    name = argv[at];
    inlineValue = nullptr;
    if (const char *equals = std::strchr(argv[at], '='); equals && name.rfind("--", 0) == 0) {
      name.resize(size_t(equals - argv[at]));
      inlineValue = equals + 1;
    }
    return true;
  }

  bool value(std::string &result) {
    if (!inlineValue && at + 1 >= argc)
      return false;
    result = inlineValue ? inlineValue : argv[++at];
    return true;
  }

  bool hasInlineValue() const { return inlineValue; }

  std::string name;

private:
  int argc;
  char **argv;
  int at = 0;
  const char *inlineValue = nullptr;
};

bool parseNumber(const std::string &text, uint64_t limit, uint64_t &number) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos || text.size() > 18)
    return false;
  number = std::strtoull(text.c_str(), nullptr, 10);
  return number <= limit;
}

Problem parseFlag(Cursor &cursor, Arguments &arguments, bool &known) {
  struct Flag {
    const char *name;
    bool Arguments::*member;
  };
  static const Flag flags[] = {{"--steps", &Arguments::steps}, {"--profile", &Arguments::profile},
                               {"--json", &Arguments::json},   {"--help", &Arguments::help},
                               {"-h", &Arguments::help},       {"--version", &Arguments::version}};
  for (const Flag &flag : flags) {
    if (cursor.name != flag.name)
      continue;
    known = true;
    if (cursor.hasInlineValue())
      return cursor.name + " takes no value";
    arguments.*flag.member = true;
  }
  return "";
}

Problem parseOption(Cursor &cursor, Arguments &arguments) {
  bool known = false;
  if (Problem problem = parseFlag(cursor, arguments, known); known || !problem.empty())
    return problem;
  std::string value;
  auto text = [&](std::string &target) -> Problem {
    return cursor.value(target) && !target.empty() ? "" : cursor.name + " needs a value";
  };
  auto list = [&](std::vector<std::string> &target) -> Problem {
    Problem problem = text(value);
    target.push_back(value);
    return problem;
  };
  auto number = [&](auto &target, uint64_t least, uint64_t most) -> Problem {
    uint64_t parsed;
    if (!cursor.value(value))
      return cursor.name + " needs a value";
    if (!parseNumber(value, most, parsed) || parsed < least)
      return cursor.name + " takes a number from " + std::to_string(least) + " to " + std::to_string(most) + ", not '" +
             value + "'";
    target = static_cast<std::remove_reference_t<decltype(target)>>(parsed);
    return "";
  };
  if (cursor.name == "--inputs")
    return list(arguments.inputs);
  if (cursor.name == "--outputs")
    return text(arguments.outputs);
  if (cursor.name == "--entry")
    return text(arguments.entry);
  if (cursor.name == "--device")
    return text(arguments.device);
  if (cursor.name == "--load-driver")
    return list(arguments.drivers);
  if (cursor.name == "--threads")
    return number(arguments.threads, 1, 1024);
  if (cursor.name == "--repeat")
    return number(arguments.repeat, 1, 1000000000);
  if (cursor.name == "--warmup")
    return number(arguments.warmup, 0, 1000000000);
  if (cursor.name == "--seed")
    return number(arguments.seed, 0, 999999999999999999);
  if (cursor.name.rfind("-", 0) == 0 && cursor.name != "-")
    return "unknown option '" + cursor.name + "'";
  if (!arguments.package.empty())
    return "one package at a time: '" + arguments.package + "' and '" + cursor.name + "'";
  arguments.package = cursor.name;
  return "";
}

/// Options that are right one by one.
Problem checkTogether(const Arguments &arguments) {
  if (arguments.package.empty())
    return "no package given";
  if (arguments.steps && (arguments.repeat != 1 || arguments.warmup != 0))
    return "--steps runs each step once: --repeat and --warmup have no meaning with it";
  size_t dot = arguments.outputs.rfind('.');
  std::string ending = dot == std::string::npos ? "" : arguments.outputs.substr(dot);
  if (ending == ".npy" || ending == ".bin" || ending == ".pb")
    return "--outputs writes a .npz, which '" + arguments.outputs + "' would not be";
  return "";
}

} // namespace

Problem sinter::tool::parseArguments(int argc, char **argv, Arguments &arguments) {
  Cursor cursor(argc, argv);
  while (cursor.next())
    if (Problem problem = parseOption(cursor, arguments); !problem.empty())
      return problem;
  return arguments.help || arguments.version ? "" : checkTogether(arguments);
}
