// package.fbs as a table of bytes: what each field of each FlatBuffers table is. One walk over it
// (BufferCheck.cpp) replaces the verifier that flatc generates, at a fifth of the code. A test
// compares it with the compiled schema.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_VERIFY_BUFFERSCHEMA_H
#define SINTER_RUNTIME_VERIFY_BUFFERSCHEMA_H

#include "format/Reader.h"

namespace sinter::rt::schema {

/// Tables, in the order in which `fields` describes them.
enum Table : uint8_t {
  kPackage,
  kSymbol,
  kQuantization,
  kValue,
  kState,
  kEntryPoint,
  kConstant,
  kVariant,
  kKernel,
  kExecutable,
  kDispatch,
  kCopy,
  kFill,
  kSegment,
  kScalar,
  kLoad,
  kBranch,
  kJump,
  kEnd,
  kWorkItem,
  kCommandItem,
  kProcedure,
  kArena,
  kArenaTensor,
  kProgram,
  kRefusal,
  kProvenance,
  kTableCount
};

enum class Kind : uint8_t {
  Last,   ///< No field: ends a table's list.
  Inline, ///< A number or struct of `detail` bytes.
  String,
  Table,  ///< `detail` says which.
  Union,  ///< `detail` is the table of member 1; the others follow. The field before it holds the
          ///< member's number.
  Vector, ///< Of numbers or structs of `detail` bytes.
  StringVector,
  TableVector, ///< Of tables `detail`.
};

struct Field {
  uint8_t slot = 0; ///< Index in the vtable: the field's id.
  Kind kind = Kind::Last;
  uint8_t detail = 0;
  uint8_t required = 0; ///< For a union: how many members it has.
};

constexpr Field field(uint16_t offset, Kind kind, uint8_t detail = 0, uint8_t required = 0) {
  return {uint8_t((offset - 4) / 2), kind, detail, required};
}
constexpr Field number(uint16_t offset, uint8_t bytes) { return field(offset, Kind::Inline, bytes); }
constexpr Field name(uint16_t offset) { return field(offset, Kind::String, 0, 1); } // required
constexpr Field text(uint16_t offset) { return field(offset, Kind::String); }
constexpr Field texts(uint16_t offset) { return field(offset, Kind::StringVector); }
constexpr Field numbers(uint16_t offset, uint8_t bytes) { return field(offset, Kind::Vector, bytes); }
constexpr Field tables(uint16_t offset, Table table) { return field(offset, Kind::TableVector, table); }

constexpr uint8_t kDimBytes = sizeof(fb_reader::Dim), kBindingBytes = sizeof(fb_reader::Binding);

// clang-format off
constexpr Field fields[] = {
    tables(fb_reader::Package::VT_ENTRIES, kEntryPoint), tables(fb_reader::Package::VT_SYMBOLS, kSymbol),
    tables(fb_reader::Package::VT_STATES, kState), tables(fb_reader::Package::VT_CONSTANTS, kConstant),
    tables(fb_reader::Package::VT_PROGRAMS, kProgram),
    field(fb_reader::Package::VT_PROVENANCE, Kind::Table, kProvenance), {},
    text(fb_reader::Symbol::VT_NAME), number(fb_reader::Symbol::VT_MIN, 8), number(fb_reader::Symbol::VT_MAX, 8),
    number(fb_reader::Symbol::VT_SCALAR, 4), {},
    numbers(fb_reader::Quantization::VT_SCALE, 4), numbers(fb_reader::Quantization::VT_ZERO_POINT, 4),
    number(fb_reader::Quantization::VT_AXIS, 4), {},
    name(fb_reader::Value::VT_NAME), number(fb_reader::Value::VT_TYPE, 1), numbers(fb_reader::Value::VT_DIMS, kDimBytes),
    field(fb_reader::Value::VT_QUANTIZATION, Kind::Table, kQuantization), number(fb_reader::Value::VT_ALIGNMENT, 4),
    number(fb_reader::Value::VT_STATE, 4), {},
    name(fb_reader::State::VT_NAME), number(fb_reader::State::VT_TYPE, 1), numbers(fb_reader::State::VT_DIMS, kDimBytes),
    number(fb_reader::State::VT_SIZE, 8), number(fb_reader::State::VT_INIT, 4), number(fb_reader::State::VT_LENGTH, 8), {},
    name(fb_reader::EntryPoint::VT_NAME), tables(fb_reader::EntryPoint::VT_INPUTS, kValue),
    tables(fb_reader::EntryPoint::VT_OUTPUTS, kValue), {},
    number(fb_reader::Constant::VT_SECTION, 4), number(fb_reader::Constant::VT_OFFSET, 8),
    number(fb_reader::Constant::VT_SIZE, 8), text(fb_reader::Constant::VT_NAME), {},
    name(fb_reader::Variant::VT_NAME), texts(fb_reader::Variant::VT_FEATURES), number(fb_reader::Variant::VT_SECTION, 4),
    numbers(fb_reader::Variant::VT_ENTRIES, 8), numbers(fb_reader::Variant::VT_SCRATCH, 8), {},
    name(fb_reader::Kernel::VT_NAME), texts(fb_reader::Kernel::VT_NODES), number(fb_reader::Kernel::VT_BINDINGS, 4),
    number(fb_reader::Kernel::VT_OUTPUTS, 4), number(fb_reader::Kernel::VT_FLOPS, 8),
    number(fb_reader::Kernel::VT_BYTES, 8), {},
    name(fb_reader::Executable::VT_TARGET), name(fb_reader::Executable::VT_DRIVER),
    tables(fb_reader::Executable::VT_KERNELS, kKernel), tables(fb_reader::Executable::VT_VARIANTS, kVariant),
    text(fb_reader::Executable::VT_MEMORY), {},
    number(fb_reader::Dispatch::VT_EXECUTABLE, 4), number(fb_reader::Dispatch::VT_KERNEL, 4),
    number(fb_reader::Dispatch::VT_GRID, 8), numbers(fb_reader::Dispatch::VT_BINDINGS, kBindingBytes),
    number(fb_reader::Dispatch::VT_GRID_SCALAR, 4), {},
    number(fb_reader::Copy::VT_SOURCE, kBindingBytes), number(fb_reader::Copy::VT_TARGET, kBindingBytes),
    number(fb_reader::Copy::VT_QUEUE, 4), {},
    number(fb_reader::Fill::VT_TARGET, kBindingBytes), number(fb_reader::Fill::VT_PATTERN, 8),
    number(fb_reader::Fill::VT_WIDTH, 1), {},
    number(fb_reader::Segment::VT_EXECUTABLE, 4), number(fb_reader::Segment::VT_FIRST, 4),
    number(fb_reader::Segment::VT_COUNT, 4), numbers(fb_reader::Segment::VT_WAITS, 8),
    number(fb_reader::Segment::VT_SIGNAL, 8), {},
    number(fb_reader::Scalar::VT_OP, 1), number(fb_reader::Scalar::VT_RESULT, 4), number(fb_reader::Scalar::VT_A, 4),
    number(fb_reader::Scalar::VT_B, 4), number(fb_reader::Scalar::VT_VALUE, 8), number(fb_reader::Scalar::VT_MIN, 8),
    number(fb_reader::Scalar::VT_MAX, 8), {},
    number(fb_reader::Load::VT_SOURCE, kBindingBytes), number(fb_reader::Load::VT_WIDTH, 1),
    number(fb_reader::Load::VT_RESULT, 4), number(fb_reader::Load::VT_MIN, 8), number(fb_reader::Load::VT_MAX, 8), {},
    number(fb_reader::Branch::VT_CONDITION, 4), number(fb_reader::Branch::VT_TARGET, 4), {},
    number(fb_reader::Jump::VT_TARGET, 4), number(fb_reader::Jump::VT_LIMIT, 8), {},
    number(fb_reader::End::VT_UNUSED, 1), {},
    number(fb_reader::WorkItem::VT_WORK_TYPE, 1),
    field(fb_reader::WorkItem::VT_WORK, Kind::Union, kDispatch, fb_reader::Work_MAX),
    text(fb_reader::WorkItem::VT_NODE), {},
    number(fb_reader::CommandItem::VT_COMMAND_TYPE, 1),
    field(fb_reader::CommandItem::VT_COMMAND, Kind::Union, kSegment, fb_reader::Command_MAX), {},
    number(fb_reader::Procedure::VT_ENTRY, 4), tables(fb_reader::Procedure::VT_COMMANDS, kCommandItem),
    tables(fb_reader::Procedure::VT_WORK, kWorkItem), {},
    number(fb_reader::Arena::VT_EXECUTABLE, 4), text(fb_reader::Arena::VT_MEMORY), number(fb_reader::Arena::VT_SIZE, 8),
    number(fb_reader::Arena::VT_ALIGNMENT, 4), tables(fb_reader::Arena::VT_TENSORS, kArenaTensor),
    number(fb_reader::Arena::VT_HOST_VISIBLE, 1), {},
    text(fb_reader::ArenaTensor::VT_NAME), number(fb_reader::ArenaTensor::VT_OFFSET, 8),
    number(fb_reader::ArenaTensor::VT_SIZE, 8), number(fb_reader::ArenaTensor::VT_FIRST, 4),
    number(fb_reader::ArenaTensor::VT_LAST, 4), {},
    tables(fb_reader::Program::VT_EXECUTABLES, kExecutable), tables(fb_reader::Program::VT_ARENAS, kArena),
    number(fb_reader::Program::VT_SCALARS, 4), tables(fb_reader::Program::VT_PROCEDURES, kProcedure),
    tables(fb_reader::Program::VT_REFUSALS, kRefusal), numbers(fb_reader::Program::VT_STATE_EXECUTABLES, 4), {},
    text(fb_reader::Refusal::VT_NODE), text(fb_reader::Refusal::VT_TARGET), text(fb_reader::Refusal::VT_REASON),
    text(fb_reader::Refusal::VT_LIMIT), text(fb_reader::Refusal::VT_VALUE), {},
    text(fb_reader::Provenance::VT_PRODUCER), texts(fb_reader::Provenance::VT_OPTIONS),
    texts(fb_reader::Provenance::VT_MODEL_SHA256), texts(fb_reader::Provenance::VT_OPSETS), {},
};
// clang-format on

} // namespace sinter::rt::schema

#endif
