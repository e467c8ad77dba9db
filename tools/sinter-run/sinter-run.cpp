// sinter-run: loads a package and runs it, with the runtime alone.
//
// Exit codes: 0 done; 1 the package, the data or the machine is at fault; 2 wrong usage.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Files.h"
#include "tools/sinter-run/Output.h"
#include "tools/support/OutputFile.h"
#include "tools/support/StandardStreams.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

using namespace sinter::tool;

namespace {

using Clock = std::chrono::steady_clock;

double msSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool isArchive(const std::string &path) { return path.size() > 4 && path.compare(path.size() - 4, 4, ".npz") == 0; }

/// An argument of --inputs as name and file; an archive has names of its own. A name ends at the last '=': ONNX names
/// may hold others.
std::pair<std::string, std::string> nameAndFile(const std::string &argument) {
  size_t equals = argument.rfind('=');
  return equals == std::string::npos ? std::pair<std::string, std::string>("", argument)
                                     : std::pair(argument.substr(0, equals), argument.substr(equals + 1));
}

/// The files of --inputs by name.
Problem readInputs(const Arguments &arguments, Arrays &arrays) {
  for (const std::string &argument : arguments.inputs) {
    auto [name, file] = nameAndFile(argument);
    Arrays read;
    Problem problem;
    if (!name.empty())
      problem = readArray(file, read[name]);
    else if (isArchive(file))
      problem = readArchive(file, read);
    else
      problem = "'" + argument + "' is neither FILE.npz nor NAME=FILE";
    if (!problem.empty())
      return problem;
    arrays.merge(read);
    if (!read.empty())
      return "input '" + read.begin()->first + "' is given twice, the second time by '" + argument + "'";
  }
  return "";
}

Problem checkNames(const Session &session, const Arrays &arrays) {
  for (const auto &[name, array] : arrays) {
    auto port = std::find_if(session.inputs.begin(), session.inputs.end(),
                             [&, &name = name](const Port &each) { return name == each.info.name; });
    if (port == session.inputs.end())
      return "the package has no input '" + name + "'";
    if (port->info.state >= 0)
      return "input '" + name + "' is a state, which the loader keeps: it takes no values";
  }
  return "";
}

/// How many steps the files hold: the length of their leading axis, which must be one for all.
Problem countSteps(const Arrays &arrays, int64_t &steps) {
  steps = -1;
  for (const auto &[name, array] : arrays) {
    if (array.shape.empty())
      return "input '" + name + "': with --steps the file needs a leading axis";
    if (steps >= 0 && array.shape[0] != steps)
      return "input '" + name + "' has " + std::to_string(array.shape[0]) + " steps, another has " +
             std::to_string(steps);
    steps = array.shape[0];
  }
  return steps < 0 ? "--steps needs --inputs" : "";
}

/// The results must not replace what they come from.
Problem checkOutputs(const Arguments &arguments) {
  std::vector<std::string> sources = {arguments.package};
  for (const std::string &argument : arguments.inputs)
    sources.push_back(nameAndFile(argument).second);
  for (const std::string &source : sources)
    if (isSameFile(source, arguments.outputs))
      return "--outputs '" + arguments.outputs + "' would replace '" + source + "', which is read";
  return "";
}

class Run {
public:
  explicit Run(const Arguments &arguments) : arguments(arguments) {
    params.size = sizeof(params);
    params.seed = arguments.seed;
    if (arguments.profile) {
      params.profile = Profile::add;
      params.profile_user = &profile;
    }
  }

  Problem operator()() {
    if (Problem problem = checkOutputs(arguments); !problem.empty())
      return problem;
    Clock::time_point start = Clock::now();
    if (Problem problem = session.open(arguments); !problem.empty())
      return problem;
    figures.loadMs = msSince(start);
    Arrays arrays;
    if (Problem problem = readInputs(arguments, arrays); !problem.empty())
      return problem;
    if (Problem problem = checkNames(session, arrays); !problem.empty())
      return problem;
    Problem problem = arguments.steps ? runSteps(arrays) : runRepeated(arrays);
    return problem.empty() ? report() : problem;
  }

private:
  Problem runOnce(bool counted) {
    Clock::time_point start = Clock::now();
    Problem problem = session.run(params);
    double ms = msSince(start);
    if (!figures.firstMs)
      figures.firstMs = ms;
    if (counted)
      figures.latencyMs.push_back(ms);
    return problem;
  }

  Problem runRepeated(const Arrays &arrays) {
    if (arguments.inputs.empty())
      session.seedInputs(arguments.seed);
    else if (Problem problem = session.setInputs(arrays, -1); !problem.empty())
      return problem;
    for (uint64_t i = 0; i < uint64_t(arguments.warmup) + arguments.repeat; ++i)
      if (Problem problem = runOnce(i >= arguments.warmup); !problem.empty())
        return problem;
    return session.outputs(results);
  }

  Problem runSteps(const Arrays &arrays) {
    int64_t steps;
    if (Problem problem = countSteps(arrays, steps); !problem.empty())
      return problem;
    if (!steps)
      return "the inputs' files hold no step";
    for (int64_t step = 0; step < steps; ++step) {
      if (Problem problem = session.setInputs(arrays, step); !problem.empty())
        return problem;
      if (Problem problem = runOnce(true); !problem.empty())
        return problem;
      std::vector<std::pair<std::string, Array>> now;
      if (Problem problem = session.outputs(now); !problem.empty())
        return problem;
      if (Problem problem = stack(now); !problem.empty())
        return problem;
    }
    for (auto &[name, array] : results)
      array.shape.insert(array.shape.begin(), steps);
    return "";
  }

  /// Appends one step's outputs.
  Problem stack(std::vector<std::pair<std::string, Array>> &now) {
    if (results.empty()) {
      results = std::move(now);
      return "";
    }
    for (size_t i = 0; i < now.size(); ++i) {
      if (now[i].second.shape != results[i].second.shape)
        return "output '" + now[i].first + "' changes its shape between steps and cannot be stacked";
      auto &bytes = results[i].second.bytes;
      bytes.insert(bytes.end(), now[i].second.bytes.begin(), now[i].second.bytes.end());
    }
    return "";
  }

  Problem report() {
    if (!arguments.outputs.empty()) {
      Arrays arrays(results.begin(), results.end());
      if (Problem problem = writeFile(arguments.outputs, formatNpz(arrays)); !problem.empty())
        return problem;
    }
    uint32_t runs = uint32_t(figures.latencyMs.size()) + arguments.warmup;
    if (arguments.json)
      printJson(figures, session, arguments.profile ? profile.json(runs) : "");
    else
      printText(arguments, figures, session, results);
    if (arguments.profile && !arguments.json)
      profile.print(runs);
    return "";
  }

  const Arguments &arguments;
  Session session;
  Figures figures;
  Profile profile;
  sinter_run_params params{};
  std::vector<std::pair<std::string, Array>> results;
};

} // namespace

/// The exit code: what is printed has to arrive, too.
static int closeOutput() {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout))
    return 0;
  std::fprintf(stderr, "sinter-run: error: cannot write to standard output: %s\n", std::strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  holdStandardStreams();
  std::set_new_handler([] {
    std::fputs("sinter-run: error: out of memory\n", stderr);
    std::_Exit(1);
  });
  Arguments arguments;
  if (Problem problem = parseArguments(argc, argv, arguments); !problem.empty()) {
    std::fprintf(stderr, "sinter-run: error: %s\n  help: sinter-run --help\n", problem.c_str());
    return 2;
  }
  if (arguments.help || arguments.version) {
    std::fputs(arguments.help ? helpText : "sinter-run 0.1.0\n", stdout);
    return closeOutput();
  }
  if (Problem problem = Run(arguments)(); !problem.empty()) {
    std::fprintf(stderr, "sinter-run: error: %s\n", problem.c_str());
    return 1;
  }
  return closeOutput();
}
