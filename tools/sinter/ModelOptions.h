// The options of every sub-command that reads a model: shapes, states, targets.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_MODELOPTIONS_H
#define SINTER_TOOLS_SINTER_MODELOPTIONS_H

#include "CommandLine.h"
#include "compiler/pipeline/Compile.h"

namespace sinter {

/// Adds --dim, --shape and --state. Values are split at the last '=': ONNX names contain ':', '/' and '='.
void addModelOptions(CommandLine &line, ImportOptions &options);

/// Where targets come from, besides those that were built in.
struct TargetSources {
  std::vector<std::string> plugins;
  std::vector<std::string> deviceFiles;
};

/// Adds --target and --require. Names are resolved with resolveTargets once plug-ins and device files are loaded.
void addTargetOptions(CommandLine &line, CompileOptions &options);

/// Adds --load-target and --target-file.
void addTargetSources(CommandLine &line, TargetSources &sources);

/// Built-in targets, those of plug-ins, then the devices that files add to both; these are noted in `options`, if any.
bool addTargets(TargetRegistry &registry, const TargetSources &sources, Diagnostics &diagnostics,
                CompileOptions *options = nullptr);

/// Adds -j; the default is the number of processors.
void addThreadOption(CommandLine &line, unsigned &threads);

/// Adds --diagnostics=text|json.
void addDiagnosticsOption(CommandLine &line, bool &json);

/// Replaces names by targets' full names, splits off variants (`cpu:x86-64@v3`), and fills in the default target.
/// Checks what options ask of targets.
bool resolveTargets(CompileOptions &options, const TargetRegistry &registry, Diagnostics &diagnostics);

/// Options that decide the package's bytes, sorted and spelled one way, without paths.
std::vector<std::string> normalizedOptions(const CompileOptions &options);

/// Prints diagnostics as asked and returns the exit code.
int finish(const Diagnostics &diagnostics, bool json);

/// Ends standard output; returns `code`, or that of the error when something printed did not arrive.
int closeOutput(int code);

} // namespace sinter

#endif
