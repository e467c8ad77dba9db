// PTX text, parsed: what LLVM's NVPTX back end writes, no more.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_PTX_MODULE_H
#define SINTER_TEST_PTX_MODULE_H

#include <map>
#include <memory>
#include <stdint.h>
#include <string>
#include <vector>

namespace sinter::ptx {

enum class Kind : uint8_t { None, Pred, Bits, Unsigned, Signed, Float, BFloat };

/// ".f16x2" is a float of 16 bits in 2 lanes.
struct Type {
  Kind kind = Kind::None;
  uint8_t bits = 0;
  uint8_t lanes = 1;

  uint32_t bytes() const { return uint32_t(bits) * lanes / 8; }
  bool isFloat() const { return kind == Kind::Float || kind == Kind::BFloat; }
  bool isSigned() const { return kind == Kind::Signed; }
};

struct Operand {
  enum Form : uint8_t { Register, Immediate, Special, Label, Address, Vector, Sink } form = Sink;
  uint64_t value = 0; ///< A register's number, an immediate, a label's instruction, a variable's address.
  int64_t offset = 0; ///< Of an address.
  int32_t base = -1;  ///< An address's register, or -1: it is at `value`.
  std::string name;   ///< Special registers, labels, variables.
  std::vector<Operand> elements;
};

/// The modifiers that mean something to the machine. Others (".nc", ".global", cache hints) change no result.
enum Modifier : uint8_t {
  kWide,
  kLo,
  kHi,
  kNaN,
  kWrap,
  kLeft,
  kAnd,
  kOr,
  kXor,
  kShared,
  kLocal,
  kParam,
  kToNearest,
  kToZero,
  kDown,
  kUp,
  kSaturate,
  kRelu,
  kModifiers
};

class Thread;
struct Instruction;
using Handler = void (*)(Thread &, const Instruction &);

struct Instruction {
  std::string text;               ///< "fma.rn.f32"
  std::vector<std::string> parts; ///< "fma", "rn", "f32"
  Type type, from;                ///< The first type, and the last.
  int32_t guard = -1;             ///< A predicate's register, or -1.
  bool guardNegated = false;
  std::vector<Operand> operands;
  Handler handler = nullptr;
  uint32_t line = 0;

  bool has(Modifier modifier) const { return modifiers >> modifier & 1; }

  uint32_t modifiers = 0;
};

struct Entry {
  std::string name;
  std::vector<std::string> parameters; ///< All of 64 bits.
  std::map<std::string, uint32_t> registers;
  std::map<std::string, uint64_t> labels; ///< The instruction behind each.
  std::vector<Instruction> code;
  uint32_t maxThreads = 0; ///< 0: not said.
};

class Module {
public:
  /// What is wrong with the text, or "".
  std::string parse(const char *text);

  const Entry *find(const std::string &name) const;

  std::string version, target;
  std::vector<std::unique_ptr<Entry>> entries;
  uint32_t sharedBytes = 0;                            ///< Of all variables together.
  std::map<std::string, uint64_t> shared;              ///< Their places.
  std::map<std::string, std::vector<uint8_t>> globals; ///< Constants, 64-bit aligned by the allocator.
};

} // namespace sinter::ptx

#endif
