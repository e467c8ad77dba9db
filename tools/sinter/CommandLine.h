// Command lines as data: a table of options that parses and that prints its own help.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_COMMANDLINE_H
#define SINTER_TOOLS_SINTER_COMMANDLINE_H

#include "compiler/support/Diagnostics.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>
#include <string>
#include <vector>

namespace sinter {

/// Options are `--name`, `--name=VALUE` or `--name VALUE`; those of one letter also `-jVALUE`. Arguments that are no
/// options are operands; all after `--` are.
class CommandLine {
public:
  /// Takes a value; false and a message for one that is wrong.
  using Apply = std::function<bool(llvm::StringRef value, std::string &message)>;

  /// `usage` and `summary` head the help, `example` ends it.
  CommandLine(llvm::StringRef usage, llvm::StringRef summary, llvm::StringRef example)
      : usage(usage), summary(summary), example(example) {}

  /// A heading for the options that follow.
  void group(llvm::StringRef title);
  void flag(llvm::StringRef name, llvm::StringRef help, bool &value);
  void value(llvm::StringRef name, llvm::StringRef placeholder, llvm::StringRef help, Apply apply);
  void text(llvm::StringRef name, llvm::StringRef placeholder, llvm::StringRef help, std::string &value);

  /// Operands go to `operands`. Reports everything that is wrong and returns false. `--help` sets wantsHelp.
  bool parse(llvm::ArrayRef<llvm::StringRef> arguments, std::vector<std::string> &operands, Diagnostics &diagnostics);
  bool wantsHelp() const { return help; }
  void printHelp(llvm::raw_ostream &os) const;

private:
  struct Option {
    std::string name;
    std::string placeholder; ///< Empty: takes no value.
    std::string help;
    Apply apply;
    bool isHeading = false;
  };
  const Option *find(llvm::StringRef name) const;
  /// Splits `--name=value` and `-jvalue`. Null for an unknown option.
  const Option *match(llvm::StringRef argument, std::optional<llvm::StringRef> &value) const;

  std::string usage, summary, example;
  std::vector<Option> options;
  bool help = false;
};

/// A whole decimal number; nothing for anything else.
std::optional<int64_t> parseNumber(llvm::StringRef text);

} // namespace sinter

#endif
