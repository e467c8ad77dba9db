// The program's registers: arithmetic on sizes, in a run and, as far as shapes decide it, before.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_RUN_REGISTERS_H
#define SINTER_RUNTIME_RUN_REGISTERS_H

#include "format/Reader.h"
#include "support/Report.h"

namespace sinter::rt {

/// Registers as a run will leave them, where that can be known.
struct Foresight {
  int64_t *registers = nullptr;
  bool *known = nullptr;

  /// The register's value, or -1.
  int64_t of(int32_t index) const { return known && known[index] ? registers[index] : -1; }
};

/// Sets a register to what was computed or read, which must be in the range.
sinter_code setRegister(int64_t *registers, uint32_t index, int64_t value, int64_t min, int64_t max, Report &report);

/// One command of arithmetic.
sinter_code compute(const fb_reader::Scalar &command, int64_t *registers, Report &report);

/// Registers as every run finds them: symbols and states' lengths in theirs, 0 in the others.
void beginRegisters(const fb_reader::Package &package, const fb_reader::Program &program, const int64_t *symbols,
                    const uint64_t *lengths, int64_t *registers);

/// Computes what follows from `result.registers` as a run finds them, up to the first command that
/// depends on data or jumps back.
sinter_code foresee(const fb_reader::Procedure &procedure, uint32_t registers, Foresight &result, Report &report);

} // namespace sinter::rt

#endif
