// Executes PTX on the host: threads one after another, between the points where they meet.
//
// It is a stand-in for a GPU in tests, and says what the text means, not how fast it is. Each access to memory is
// checked against what is allocated. Threads run until they end, meet at a barrier, or do something that a warp does
// together; an order in which a GPU could run them, and one of many.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_PTX_MACHINE_H
#define SINTER_TEST_PTX_MACHINE_H

#include "test/ptx/Module.h"

namespace sinter::ptx {

constexpr uint32_t kWarp = 32;

/// What is allocated, for checks.
class Memory {
public:
  virtual ~Memory() = default;
  virtual bool has(uint64_t address, uint64_t bytes) const = 0;
};

struct Launch {
  const Module *module = nullptr;
  const Entry *entry = nullptr;
  const Memory *memory = nullptr;
  std::vector<uint64_t> parameters;
  uint32_t grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
};

/// A float (f16, bf16, f32 or f64) from the low bits of `bits`, and back: rounded to nearest, ties to even.
double decode(uint64_t bits, Type type);
uint64_t encode(double value, Type type);

/// A block under execution.
struct Block {
  const Launch &launch;
  uint32_t number[3] = {};
  std::vector<uint8_t> shared;
  std::string error;
};

/// A cp.async under way: `valid` bytes of its source, and zeros behind them.
struct Copy {
  const uint8_t *source;
  uint8_t *target;
  uint32_t bytes, valid;
};

class Thread {
public:
  enum State { Ready, AtBarrier, AtWarp, Done };

  Thread(Block &block, uint32_t number)
      : block(block), number(number), registers(block.launch.entry->registers.size()) {}

  uint32_t lane() const { return number % kWarp; }

  /// Bits of an operand; only the low ones of `type` count.
  uint64_t bits(const Operand &operand, Type type) const;
  int64_t integer(const Operand &operand, Type type) const; ///< Sign- or zero-extended, as `type` says.
  double real(const Operand &operand, Type type) const { return decode(bits(operand, type), type); }

  void set(const Operand &operand, uint64_t value);
  void setReal(const Operand &operand, double value, Type type) { set(operand, encode(value, type)); }

  /// Memory of the state space that the instruction names: NULL, with an error, where there is none.
  uint8_t *access(const Instruction &instruction, const Operand &address, uint64_t bytes) {
    return access(instruction, address, bytes, instruction.has(kShared));
  }
  uint8_t *access(const Instruction &instruction, const Operand &address, uint64_t bytes, bool isShared);

  /// Asynchronous copies. Their targets hold nothing of use from the start until a wait for the copy's group, after
  /// which this thread sees the data, and others behind the next barrier.
  void startCopy(const Copy &copy);
  void closeGroup();
  void waitForGroups(uint64_t pending);
  void showArrived(); ///< To this thread and all that it meets.

  void fail(const Instruction &instruction, const std::string &what);

  /// Until the thread ends or waits.
  void run();

  Block &block;
  uint32_t number; ///< In the block.
  uint64_t next = 0;
  State state = Ready;
  std::vector<uint64_t> registers;

private:
  uint64_t special(const std::string &name) const;

  std::vector<Copy> open, arrived;       ///< In no group yet; waited for, and not seen by others.
  std::vector<std::vector<Copy>> groups; ///< The oldest first.
};

/// What executes an instruction, or NULL. Declared for Module.cpp.
Handler findHandler(const Instruction &instruction);

/// What a warp executes together: all of `warp` stand at `instruction`.
void executeWarp(const Instruction &instruction, std::vector<Thread *> &warp);

/// Runs all blocks; returns what went wrong, or "".
std::string execute(const Launch &launch);

} // namespace sinter::ptx

#endif
