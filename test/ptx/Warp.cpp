// What a warp does together: matrix products and exchanges.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/ptx/Fragments.h"
#include "test/ptx/Machine.h"

#include <string.h>

using namespace sinter::ptx;

namespace {

constexpr uint32_t rows = 16, columns = 8;

/// Element `index` of a fragment in registers of 32 bits.
uint64_t elementOf(const Thread &thread, const Operand &fragment, uint32_t index, uint32_t bits) {
  uint32_t each = 32 / bits;
  uint64_t word = thread.bits(fragment.elements[index / each], {Kind::Bits, 32});
  return word >> (index % each * bits) & ((uint64_t(1) << bits) - 1);
}

double valueOf(uint64_t bits, Type type) {
  if (type.isFloat())
    return decode(bits, type);
  return type.isSigned() ? double(int8_t(bits)) : double(uint8_t(bits));
}

/// mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 d, a, b, c
void multiply(const Instruction &i, std::vector<Thread *> &warp) {
  std::vector<Type> types;
  bool isShort = i.parts[3] == "m16n8k16", isByte = i.parts[3] == "m16n8k32";
  static const std::vector<std::pair<std::string, Type>> inputs = {
      {"f16", {Kind::Float, 16}}, {"bf16", {Kind::BFloat, 16}}, {"s8", {Kind::Signed, 8}}, {"u8", {Kind::Unsigned, 8}}};
  for (size_t part = i.parts.size() - 3; part < i.parts.size() - 1; ++part)
    for (const auto &[name, type] : inputs)
      if (i.parts[part] == name)
        types.push_back(type);
  bool isKnown = (isShort || isByte) && types.size() == 2 && types[0].bits == (isShort ? 16 : 8) &&
                 (isByte ? i.type.bits == 32 && i.type.isSigned() : i.type.kind == Kind::Float && i.type.bits == 32);
  if (!isKnown || warp.size() != kWarp)
    return warp.front()->fail(i, "a matrix product that the model lacks");
  uint32_t depth = isShort ? 16 : 32, run = isShort ? 2 : 4;
  double a[rows][32], b[32][columns];
  for (uint32_t lane = 0; lane < kWarp; ++lane) {
    for (uint32_t element = 0; element < 4 * run; ++element) {
      Place place = placeInA(lane, element, run);
      a[place.row][place.column] = valueOf(elementOf(*warp[lane], i.operands[1], element, types[0].bits), types[0]);
    }
    for (uint32_t element = 0; element < 2 * run; ++element) {
      Place place = placeInB(lane, element, run);
      b[place.row][place.column] = valueOf(elementOf(*warp[lane], i.operands[2], element, types[1].bits), types[1]);
    }
  }
  for (Thread *thread : warp)
    for (uint32_t element = 0; element < 4; ++element) {
      Place place = placeInC(thread->lane(), element);
      // Integers are exact in double; floats are summed wide, then rounded: the ISA leaves their order open.
      double sum = i.type.isFloat() ? thread->real(i.operands[3].elements[element], i.type)
                                    : double(thread->integer(i.operands[3].elements[element], i.type));
      for (uint32_t k = 0; k < depth; ++k)
        sum += a[place.row][k] * b[k][place.column];
      thread->set(i.operands[0].elements[element],
                  i.type.isFloat() ? encode(sum, i.type) : uint64_t(uint32_t(int64_t(sum))));
    }
}

} // namespace

void sinter::ptx::executeWarp(const Instruction &instruction, std::vector<Thread *> &warp) {
  if (instruction.parts.front() == "mma")
    return multiply(instruction, warp);
  warp.front()->fail(instruction, "work of a warp that the model lacks");
}
