// See Registers.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Registers.h"

#include "verify/MetadataCheck.h"

using namespace sinter;
using namespace sinter::rt;

sinter_code sinter::rt::setRegister(int64_t *registers, uint32_t index, int64_t value, int64_t min, int64_t max,
                                    Report &report) {
  if (value < min || value > max)
    return report.limit(value < min ? min : max, value)
        .fail(SINTER_E_BOUND, "a computed size is %, allowed are % to %", value, min, max);
  registers[index] = value;
  return SINTER_OK;
}

static bool divide(fb_reader::ScalarOp op, int64_t a, int64_t b, int64_t &result) {
  if (!b || (a == INT64_MIN && b == -1))
    return false;
  int64_t quotient = a / b, rest = a % b;
  bool inexact = rest != 0, negative = (rest < 0) != (b < 0);
  if (op == fb_reader::ScalarOp_floordiv)
    result = quotient - (inexact && negative);
  else if (op == fb_reader::ScalarOp_ceildiv)
    result = quotient + (inexact && !negative);
  else
    result = inexact && negative ? rest + b : rest;
  return true;
}

sinter_code sinter::rt::compute(const fb_reader::Scalar &command, int64_t *registers, Report &report) {
  int64_t a = registers[command.op() == fb_reader::ScalarOp_constant ? 0 : command.a()];
  int64_t b = registers[command.op() == fb_reader::ScalarOp_constant ? 0 : command.b()];
  int64_t result = 0;
  bool wrong = false;
  switch (command.op()) {
  case fb_reader::ScalarOp_constant: result = command.value(); break;
  case fb_reader::ScalarOp_add: wrong = __builtin_add_overflow(a, b, &result); break;
  case fb_reader::ScalarOp_sub: wrong = __builtin_sub_overflow(a, b, &result); break;
  case fb_reader::ScalarOp_mul: wrong = __builtin_mul_overflow(a, b, &result); break;
  case fb_reader::ScalarOp_floordiv:
  case fb_reader::ScalarOp_ceildiv:
  case fb_reader::ScalarOp_mod: wrong = !divide(command.op(), a, b, result); break;
  case fb_reader::ScalarOp_min: result = a < b ? a : b; break;
  case fb_reader::ScalarOp_max: result = a > b ? a : b; break;
  case fb_reader::ScalarOp_equal: result = a == b; break;
  case fb_reader::ScalarOp_less: result = a < b; break;
  case fb_reader::ScalarOp_select: result = a ? b : registers[command.value()]; break;
  }
  if (wrong)
    return report.fail(SINTER_E_ARITHMETIC, "a size's arithmetic overflowed or divided by zero");
  return setRegister(registers, command.result(), result, command.min(), command.max(), report);
}

void sinter::rt::beginRegisters(const fb_reader::Package &package, const fb_reader::Program &program,
                                const int64_t *symbols, const uint64_t *lengths, int64_t *registers) {
  for (uint32_t i = 0; i < program.scalars(); ++i)
    registers[i] = 0;
  for (uint32_t i = 0; i < countOf(package.symbols()); ++i)
    if (symbols[i] >= 0)
      registers[package.symbols()->Get(i)->scalar()] = symbols[i];
  for (uint32_t i = 0; i < countOf(package.states()); ++i) {
    const fb_reader::State &state = *package.states()->Get(i);
    int32_t axis = growingAxis(state);
    if (axis >= 0)
      registers[state.dims()->Get(uint32_t(axis))->scalar()] = int64_t(lengths[i]);
  }
}

static bool operandsKnown(const fb_reader::Scalar &command, const bool *known) {
  if (command.op() == fb_reader::ScalarOp_constant)
    return true;
  return known[command.a()] && known[command.b()] &&
         (command.op() != fb_reader::ScalarOp_select || known[command.value()]);
}

/// From here on the way depends on data: whatever any command writes may change.
static void forgetWritten(const fb_reader::Procedure &procedure, bool *known) {
  for (uint32_t i = 0; i < countOf(procedure.commands()); ++i) {
    const fb_reader::CommandItem &item = *procedure.commands()->Get(i);
    if (const fb_reader::Scalar *scalar = item.command_as_Scalar())
      known[scalar->result()] = false;
    else if (const fb_reader::Load *load = item.command_as_Load())
      known[load->result()] = false;
  }
}

sinter_code sinter::rt::foresee(const fb_reader::Procedure &procedure, uint32_t registers, Foresight &result,
                                Report &report) {
  bool *known = result.known;
  for (uint32_t i = 0; i < registers; ++i)
    known[i] = true;
  for (uint32_t at = 0;;) {
    const fb_reader::CommandItem &item = *procedure.commands()->Get(at);
    uint32_t next = at + 1;
    if (const fb_reader::Scalar *scalar = item.command_as_Scalar()) {
      known[scalar->result()] = operandsKnown(*scalar, known);
      if (known[scalar->result()])
        if (sinter_code code = compute(*scalar, result.registers, report))
          return code;
    } else if (const fb_reader::Load *load = item.command_as_Load()) {
      known[load->result()] = false;
    } else if (const fb_reader::Branch *branch = item.command_as_Branch()) {
      if (!known[branch->condition()])
        return forgetWritten(procedure, known), SINTER_OK;
      next = result.registers[branch->condition()] ? branch->target() : next;
    } else if (const fb_reader::Jump *jump = item.command_as_Jump()) {
      if (jump->target() <= at)
        return forgetWritten(procedure, known), SINTER_OK;
      next = jump->target();
    } else if (item.command_type() == fb_reader::Command_End) {
      return SINTER_OK;
    }
    at = next;
  }
}
