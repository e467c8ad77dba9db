// Command lines as data.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CommandLine.h"
#include "llvm/Support/Unicode.h"

using namespace llvm;
using namespace sinter;

std::optional<int64_t> sinter::parseNumber(StringRef text) {
  int64_t value;
  if (text.empty() || text.getAsInteger(10, value))
    return std::nullopt;
  return value;
}

void CommandLine::group(StringRef title) { options.push_back({title.str(), "", "", nullptr, true}); }

void CommandLine::flag(StringRef name, StringRef help, bool &value) {
  options.push_back({name.str(), "", help.str(), [&value](StringRef, std::string &) { return value = true; }});
}

void CommandLine::value(StringRef name, StringRef placeholder, StringRef help, Apply apply) {
  options.push_back({name.str(), placeholder.str(), help.str(), std::move(apply)});
}

void CommandLine::text(StringRef name, StringRef placeholder, StringRef help, std::string &value) {
  this->value(name, placeholder, help, [&value](StringRef given, std::string &) {
    value = given.str();
    return true;
  });
}

const CommandLine::Option *CommandLine::find(StringRef name) const {
  for (const Option &option : options)
    if (!option.isHeading && option.name == name)
      return &option;
  return nullptr;
}

const CommandLine::Option *CommandLine::match(StringRef argument, std::optional<StringRef> &value) const {
  if (const Option *exact = find(argument))
    return exact;
  if (argument.starts_with("--")) {
    auto [name, rest] = argument.split('=');
    if (name.size() == argument.size())
      return nullptr;
    value = rest;
    return find(name);
  }
  const Option *letter = find(argument.take_front(2));
  if (!letter || letter->placeholder.empty())
    return nullptr;
  value = argument.drop_front(2);
  return letter;
}

/// The words of a usage line before the first operand: "sinter compile MODEL…".
static std::string commandOf(StringRef usage) {
  auto [tool, rest] = usage.split(' ');
  return (tool + " " + rest.split(' ').first).str();
}

bool CommandLine::parse(ArrayRef<StringRef> arguments, std::vector<std::string> &operands, Diagnostics &diagnostics) {
  bool ok = true;
  auto complain = [&](const Twine &message) {
    diagnostics.error(DiagnosticCode::Usage, "", message, "see " + commandOf(usage) + " --help");
    ok = false;
  };
  for (size_t i = 0; i < arguments.size(); ++i) {
    StringRef argument = arguments[i];
    if (argument == "--") {
      for (StringRef rest : arguments.drop_front(i + 1))
        operands.push_back(rest.str());
      break;
    }
    if (argument == "--help" || argument == "-h") {
      help = true;
      continue;
    }
    if (argument.size() < 2 || !argument.starts_with("-")) {
      operands.push_back(argument.str());
      continue;
    }
    std::optional<StringRef> value;
    const Option *option = match(argument, value);
    if (!option) {
      complain("unknown option " + argument);
      continue;
    }
    if (option->placeholder.empty() && value) {
      complain(option->name + " takes no value");
      continue;
    }
    if (!option->placeholder.empty() && !value) {
      if (++i == arguments.size()) {
        complain(option->name + " needs a value: " + option->placeholder);
        break;
      }
      value = arguments[i];
    }
    std::string message;
    if (!option->apply(value.value_or(""), message))
      complain(option->name + ": " + message);
  }
  return ok;
}

void CommandLine::printHelp(raw_ostream &os) const {
  os << summary << "\n\nUsage: " << usage << '\n';
  for (const Option &option : options) {
    if (option.isHeading) {
      os << '\n' << option.name << ":\n";
      continue;
    }
    std::string left = option.name;
    if (!option.placeholder.empty())
      left += (StringRef(option.name).starts_with("--") ? "=" : " ") + option.placeholder;
    // Continuation lines of the help are aligned with its first.
    StringRef text = option.help;
    auto [first, rest] = text.split('\n');
    size_t width = std::max(0, sys::unicode::columnWidthUTF8(left));
    std::string fill = width > 28 ? "\n" + std::string(31, ' ') : std::string(29 - width, ' ');
    os << "  " << left << fill << first << '\n';
    while (!rest.empty()) {
      std::tie(first, rest) = rest.split('\n');
      os << std::string(31, ' ') << first << '\n';
    }
  }
  os << "\nExample:\n" << example;
}
