// See Module.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/ptx/Module.h"
#include "test/ptx/Machine.h"

#include <algorithm>
#include <stdlib.h>
#include <string.h>

using namespace sinter::ptx;

namespace {

Type typeOf(const std::string &word) {
  static const std::map<std::string, Type> types = {
      {"pred", {Kind::Pred, 8}},       {"b8", {Kind::Bits, 8}},           {"b16", {Kind::Bits, 16}},
      {"b32", {Kind::Bits, 32}},       {"b64", {Kind::Bits, 64}},         {"b128", {Kind::Bits, 128}},
      {"u8", {Kind::Unsigned, 8}},     {"u16", {Kind::Unsigned, 16}},     {"u32", {Kind::Unsigned, 32}},
      {"u64", {Kind::Unsigned, 64}},   {"s8", {Kind::Signed, 8}},         {"s16", {Kind::Signed, 16}},
      {"s32", {Kind::Signed, 32}},     {"s64", {Kind::Signed, 64}},       {"f16", {Kind::Float, 16}},
      {"f32", {Kind::Float, 32}},      {"f64", {Kind::Float, 64}},        {"bf16", {Kind::BFloat, 16}},
      {"f16x2", {Kind::Float, 16, 2}}, {"bf16x2", {Kind::BFloat, 16, 2}},
  };
  auto found = types.find(word);
  return found == types.end() ? Type() : found->second;
}

uint32_t modifierOf(const std::string &part) {
  static const char *const names[kModifiers] = {"wide",   "lo",    "hi",    "NaN", "wrap", "l",   "and", "or",  "xor",
                                                "shared", "local", "param", "rni", "rzi",  "rmi", "rpi", "sat", "relu"};
  for (uint32_t k = 0; k < kModifiers; ++k)
    if (part == names[k])
      return 1u << k;
  return 0;
}

struct Token {
  std::string text;
  uint32_t line;
};

bool isWordCharacter(char c) { return isalnum(c) || c == '_' || c == '$' || c == '%' || c == '.'; }

std::vector<Token> tokenize(const char *text) {
  std::vector<Token> tokens;
  uint32_t line = 1;
  for (const char *at = text; *at;) {
    if (*at == '\n')
      ++line;
    if (isspace(*at)) {
      ++at;
    } else if (at[0] == '/' && at[1] == '/') {
      at += strcspn(at, "\n");
    } else if (*at == '"') {
      const char *end = at + 1 + strcspn(at + 1, "\"");
      tokens.push_back({std::string(at, end + 1), line});
      at = end + 1;
    } else {
      const char *end = at + 1;
      while (isWordCharacter(*at) && isWordCharacter(*end))
        ++end;
      tokens.push_back({std::string(at, end), line});
      at = end;
    }
  }
  return tokens;
}

class Parser {
public:
  Parser(Module &module, const char *text) : module(module), tokens(tokenize(text)) {}

  std::string parse() {
    while (at < tokens.size() && error.empty())
      parseDirective();
    for (auto &entry : module.entries)
      for (Instruction &instruction : entry->code)
        resolve(*entry, instruction);
    return error;
  }

private:
  //===--- tokens -----------------------------------------------------------------------------------------------===//

  std::string peek() const { return at < tokens.size() ? tokens[at].text : ""; }
  std::string take() { return at < tokens.size() ? tokens[at++].text : ""; }
  bool accept(const char *text) {
    bool same = peek() == text;
    at += same;
    return same;
  }
  void expect(const char *text) {
    if (!accept(text))
      fail(std::string("expected '") + text + "'");
  }
  void fail(const std::string &what) {
    if (error.empty())
      error = "line " + std::to_string(at < tokens.size() ? tokens[at].line : 0) + ": " + what + " at '" + peek() + "'";
    at = tokens.size();
  }
  uint64_t number() {
    bool negative = accept("-");
    std::string text = take();
    uint64_t value = 0;
    if (text.size() > 2 && text[0] == '0' && strchr("fFdD", text[1]))
      value = strtoull(text.c_str() + 2, nullptr, 16);
    else if (!text.empty() && isdigit(text[0]))
      value = strtoull(text.c_str(), nullptr, 0);
    else
      fail("expected a number");
    return negative ? 0 - value : value;
  }

  //===--- module -----------------------------------------------------------------------------------------------===//

  void parseDirective() {
    std::string word = take();
    if (word == ".version")
      module.version = take();
    else if (word == ".target")
      module.target = take();
    else if (word == ".address_size")
      take();
    else if (word == ".global" || word == ".shared")
      parseVariable(word == ".shared");
    else if (word == ".entry")
      parseEntry();
    else if (word != ".visible")
      fail("unknown directive '" + word + "'");
  }

  /// .align 64 .b8 name[256] = {…};
  void parseVariable(bool isShared) {
    uint64_t alignment = 1, count = 1;
    if (accept(".align"))
      alignment = number();
    Type type = typeOf(take().substr(1));
    std::string name = take();
    if (accept("[")) {
      count = number();
      expect("]");
    }
    uint64_t bytes = count * type.bytes();
    if (isShared) {
      uint64_t place = (module.sharedBytes + alignment - 1) / alignment * alignment;
      module.shared[name] = place;
      module.sharedBytes = uint32_t(place + bytes);
    } else {
      std::vector<uint8_t> &data = module.globals[name];
      data.assign(bytes, 0);
      if (accept("="))
        parseValues(type, data);
    }
    expect(";");
  }

  void parseValues(Type type, std::vector<uint8_t> &data) {
    bool isList = accept("{");
    size_t place = 0;
    do {
      uint64_t value = number();
      if (place + type.bytes() > data.size())
        return fail("too many values");
      memcpy(data.data() + place, &value, type.bytes());
      place += type.bytes();
    } while (isList && accept(","));
    if (isList)
      expect("}");
  }

  //===--- entries ----------------------------------------------------------------------------------------------===//

  void parseEntry() {
    module.entries.push_back(std::make_unique<Entry>());
    Entry &entry = *module.entries.back();
    entry.name = take();
    expect("(");
    while (!accept(")") && error.empty()) {
      std::string word = take();
      if (word[0] != '.' && !isdigit(word[0]) && word != ",")
        entry.parameters.push_back(word);
    }
    while (!accept("{") && error.empty()) {
      std::string word = take();
      if (word == ".maxntid" || word == ".reqntid")
        entry.maxThreads = uint32_t(number());
    }
    while (!accept("}") && error.empty())
      parseStatement(entry);
  }

  void parseStatement(Entry &entry) {
    if (accept("{")) { // A scope: its registers are named anew in each.
      while (!accept("}") && error.empty())
        parseStatement(entry);
      return;
    }
    if (accept(".reg"))
      return parseRegisters(entry);
    if (accept(".shared"))
      return parseVariable(true);
    if (accept(".pragma")) {
      take();
      return expect(";");
    }
    if (at + 1 < tokens.size() && tokens[at + 1].text == ":") {
      entry.labels[take()] = entry.code.size();
      return expect(":");
    }
    parseInstruction(entry);
  }

  /// .reg .b32 %r<28>;
  void parseRegisters(Entry &entry) {
    take();
    std::string name = take();
    if (accept("<")) {
      uint64_t count = number();
      expect(">");
      for (uint64_t i = 0; i < count; ++i)
        addRegister(entry, name + std::to_string(i));
    } else {
      addRegister(entry, name);
    }
    expect(";");
  }

  static void addRegister(Entry &entry, const std::string &name) {
    entry.registers.emplace(name, uint32_t(entry.registers.size()));
  }

  void parseInstruction(Entry &entry) {
    Instruction instruction;
    instruction.line = at < tokens.size() ? tokens[at].line : 0;
    if (accept("@")) {
      instruction.guardNegated = accept("!");
      instruction.guard = int32_t(registerOf(entry, take()));
    }
    instruction.text = take();
    for (size_t start = 0; start <= instruction.text.size();) {
      size_t end = std::min(instruction.text.find('.', start), instruction.text.size());
      instruction.parts.push_back(instruction.text.substr(start, end - start));
      start = end + 1;
    }
    for (const std::string &part : instruction.parts) {
      instruction.modifiers |= modifierOf(part);
      if (Type type = typeOf(part); type.kind != Kind::None) {
        instruction.type = instruction.type.kind == Kind::None ? type : instruction.type;
        instruction.from = type;
      }
    }
    while (!accept(";") && error.empty()) {
      instruction.operands.push_back(parseOperand(entry));
      accept(",");
      // "p|q" names a second result.
      if (accept("|"))
        instruction.operands.push_back(parseOperand(entry));
    }
    instruction.handler = findHandler(instruction);
    if (!instruction.handler)
      fail("unknown instruction '" + instruction.text + "'");
    entry.code.push_back(std::move(instruction));
  }

  uint64_t registerOf(const Entry &entry, const std::string &name) {
    auto found = entry.registers.find(name);
    if (found != entry.registers.end())
      return found->second;
    fail("unknown register '" + name + "'");
    return 0;
  }

  Operand parseOperand(const Entry &entry) {
    Operand operand;
    if (accept("{")) {
      operand.form = Operand::Vector;
      do
        operand.elements.push_back(parseOperand(entry));
      while (accept(","));
      expect("}");
      return operand;
    }
    if (accept("["))
      return parseAddress(entry);
    if (accept("_"))
      return operand;
    bool isNegative = peek() == "-";
    if (isNegative || isdigit(peek()[0])) {
      operand.form = Operand::Immediate;
      operand.value = number();
      return operand;
    }
    operand.name = take();
    auto found = entry.registers.find(operand.name);
    operand.form = found != entry.registers.end() ? Operand::Register
                   : operand.name[0] == '%'       ? Operand::Special
                                                  : Operand::Label;
    if (operand.form == Operand::Register)
      operand.value = found->second;
    return operand;
  }

  /// [%rd1+4], [k0_param_0], [k0_1+8]
  Operand parseAddress(const Entry &entry) {
    Operand operand;
    operand.form = Operand::Address;
    operand.name = take();
    if (operand.name[0] == '%')
      operand.base = int32_t(registerOf(entry, operand.name));
    if (accept("+"))
      operand.offset = int64_t(number());
    expect("]");
    return operand;
  }

  /// Labels and variables have their places now.
  void resolve(const Entry &entry, Instruction &instruction) {
    for (Operand &operand : instruction.operands) {
      bool isNamed = operand.form == Operand::Label || (operand.form == Operand::Address && operand.base < 0);
      if (!isNamed)
        continue;
      auto parameter = std::find(entry.parameters.begin(), entry.parameters.end(), operand.name);
      if (auto label = entry.labels.find(operand.name); label != entry.labels.end()) {
        operand.value = label->second;
      } else if (auto shared = module.shared.find(operand.name); shared != module.shared.end()) {
        operand.value = shared->second;
      } else if (auto global = module.globals.find(operand.name); global != module.globals.end()) {
        operand.value = uint64_t(reinterpret_cast<uintptr_t>(global->second.data()));
      } else if (parameter != entry.parameters.end()) {
        operand.value = uint64_t(parameter - entry.parameters.begin());
      } else if (error.empty()) {
        error = "line " + std::to_string(instruction.line) + ": unknown name '" + operand.name + "'";
      }
    }
  }

  Module &module;
  std::vector<Token> tokens;
  size_t at = 0;
  std::string error;
};

} // namespace

std::string Module::parse(const char *text) { return Parser(*this, text).parse(); }

const Entry *Module::find(const std::string &name) const {
  for (const auto &entry : entries)
    if (entry->name == name)
      return entry.get();
  return nullptr;
}
