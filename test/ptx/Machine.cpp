// Threads and blocks; see Machine.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/ptx/Machine.h"

#include <string.h>

using namespace sinter::ptx;

/// Bytes of shared memory that nothing was written to.
static constexpr uint8_t kPoison = 0xcd;

static uint64_t mask(uint64_t value, uint32_t bits) { return bits >= 64 ? value : value & ((uint64_t(1) << bits) - 1); }

uint64_t Thread::special(const std::string &name) const {
  const uint32_t *size = block.launch.block;
  uint32_t at[3] = {number % size[0], number / size[0] % size[1], number / size[0] / size[1]};
  auto axis = [&](const char *prefix) {
    size_t length = strlen(prefix);
    return name.compare(0, length, prefix) == 0 && name.size() == length + 1 ? name[length] - 'x' : -1;
  };
  if (int d = axis("%tid."); d >= 0)
    return at[d];
  if (int d = axis("%ntid."); d >= 0)
    return size[d];
  if (int d = axis("%ctaid."); d >= 0)
    return block.number[d];
  if (int d = axis("%nctaid."); d >= 0)
    return block.launch.grid[d];
  if (name == "%laneid")
    return lane();
  return ~uint64_t(0);
}

uint64_t Thread::bits(const Operand &operand, Type type) const {
  uint32_t width = type.bits * uint32_t(type.lanes);
  switch (operand.form) {
  case Operand::Register: return mask(registers[operand.value], width);
  case Operand::Special: return mask(special(operand.name), width);
  case Operand::Vector: {
    uint64_t value = 0;
    uint32_t each = width / uint32_t(operand.elements.size());
    for (size_t i = 0; i < operand.elements.size(); ++i)
      value |= bits(operand.elements[i], {Kind::Bits, uint8_t(each)}) << (each * i);
    return value;
  }
  default: return mask(operand.value, width);
  }
}

int64_t Thread::integer(const Operand &operand, Type type) const {
  uint64_t value = bits(operand, type);
  bool isNegative = type.isSigned() && type.bits < 64 && value >> (type.bits - 1) & 1;
  return int64_t(isNegative ? value | ~uint64_t(0) << type.bits : value);
}

void Thread::set(const Operand &operand, uint64_t value) {
  if (operand.form == Operand::Register)
    registers[operand.value] = value;
}

uint8_t *Thread::access(const Instruction &instruction, const Operand &address, uint64_t bytes, bool isShared) {
  uint64_t place = uint64_t(address.offset) + (address.base >= 0 ? registers[address.base] : address.value);
  if (place % bytes) {
    fail(instruction, "misaligned address");
    return nullptr;
  }
  if (isShared) {
    showArrived();
    place = mask(place, 32);
    if (place <= block.shared.size() && bytes <= block.shared.size() - place)
      return block.shared.data() + place;
    fail(instruction, "access outside of shared memory");
    return nullptr;
  }
  if (block.launch.memory->has(place, bytes))
    return reinterpret_cast<uint8_t *>(uintptr_t(place));
  for (const auto &[name, data] : block.launch.module->globals) {
    uint64_t start = uint64_t(reinterpret_cast<uintptr_t>(data.data()));
    if (place >= start && place - start <= data.size() && bytes <= data.size() - (place - start))
      return reinterpret_cast<uint8_t *>(uintptr_t(place));
  }
  fail(instruction, "access outside of what is allocated");
  return nullptr;
}

void Thread::startCopy(const Copy &copy) {
  memset(copy.target, kPoison, copy.bytes);
  open.push_back(copy);
}

void Thread::closeGroup() {
  groups.push_back(std::move(open));
  open.clear();
}

void Thread::waitForGroups(uint64_t pending) {
  size_t done = groups.size() > pending ? groups.size() - size_t(pending) : 0;
  for (size_t i = 0; i < done; ++i)
    arrived.insert(arrived.end(), groups[i].begin(), groups[i].end());
  groups.erase(groups.begin(), groups.begin() + ptrdiff_t(done));
}

void Thread::showArrived() {
  for (const Copy &copy : arrived) {
    memcpy(copy.target, copy.source, copy.valid);
    memset(copy.target + copy.valid, 0, copy.bytes - copy.valid);
  }
  arrived.clear();
}

void Thread::fail(const Instruction &instruction, const std::string &what) {
  state = Done;
  if (block.error.empty())
    block.error = block.launch.entry->name + ", line " + std::to_string(instruction.line) + ", thread " +
                  std::to_string(number) + " of block " + std::to_string(block.number[0]) + ": " + what + ": " +
                  instruction.text;
}

void Thread::run() {
  const std::vector<Instruction> &code = block.launch.entry->code;
  for (state = Ready; state == Ready;) {
    if (next >= code.size())
      return void(state = Done);
    const Instruction &instruction = code[next++];
    if (instruction.guard >= 0 && (registers[instruction.guard] & 1) == instruction.guardNegated)
      continue;
    instruction.handler(*this, instruction);
  }
}

/// Runs a warp until all of its threads have ended or stand at a barrier.
static void runWarp(std::vector<Thread *> &warp, const Entry &entry) {
  for (;;) {
    bool together = true;
    for (Thread *thread : warp) {
      if (thread->state == Thread::Ready)
        thread->run();
      together &= thread->state == Thread::AtWarp && thread->next == warp.front()->next;
    }
    if (!warp.front()->block.error.empty())
      return;
    if (!together) {
      for (Thread *thread : warp)
        if (thread->state == Thread::AtWarp)
          thread->fail(entry.code[thread->next - 1], "not all threads of the warp are here");
      return;
    }
    executeWarp(entry.code[warp.front()->next - 1], warp);
    for (Thread *thread : warp)
      if (thread->state == Thread::AtWarp)
        thread->state = Thread::Ready;
  }
}

static void runBlock(Block &block) {
  const uint32_t *size = block.launch.block;
  uint32_t count = size[0] * size[1] * size[2];
  std::vector<Thread> threads;
  threads.reserve(count);
  std::vector<std::vector<Thread *>> warps((count + kWarp - 1) / kWarp);
  for (uint32_t i = 0; i < count; ++i) {
    threads.emplace_back(block, i);
    warps[i / kWarp].push_back(&threads.back());
  }
  // What was in shared memory before is anything.
  block.shared.assign(block.launch.module->sharedBytes, kPoison);
  for (;;) {
    for (std::vector<Thread *> &warp : warps)
      runWarp(warp, *block.launch.entry);
    uint32_t waiting = 0, done = 0;
    for (Thread &thread : threads) {
      waiting += thread.state == Thread::AtBarrier;
      done += thread.state == Thread::Done;
    }
    if (!block.error.empty() || done == count)
      return;
    if (waiting != count) {
      block.error = block.launch.entry->name + ": some threads wait at a barrier that others never reach";
      return;
    }
    for (Thread &thread : threads)
      thread.state = Thread::Ready;
  }
}

std::string sinter::ptx::execute(const Launch &launch) {
  uint64_t threads = uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  if (launch.entry->maxThreads && threads > launch.entry->maxThreads)
    return launch.entry->name + ": more threads than the kernel allows";
  for (uint32_t z = 0; z < launch.grid[2]; ++z)
    for (uint32_t y = 0; y < launch.grid[1]; ++y)
      for (uint32_t x = 0; x < launch.grid[0]; ++x) {
        Block block{launch, {x, y, z}, {}, ""};
        runBlock(block);
        if (!block.error.empty())
          return block.error;
      }
  return "";
}
