// Shapes and buffers of a context's entry points.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Context.h"

#include "support/Structs.h"
#include "support/Types.h"

using namespace sinter;
using namespace sinter::rt;

static sinter_code findEntry(const sinter_context *context, uint32_t index, const fb_reader::EntryPoint *&entry,
                             Report &report) {
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, "not a context");
  entry = context->package.entry(index);
  if (!entry)
    return report.fail(SINTER_E_NOT_FOUND, "no entry point %", index);
  return SINTER_OK;
}

//===--- shapes --------------------------------------------------------------------------------------------------===//

/// One given dimension against its static size or its symbol, whose value it sets.
static sinter_code resolveDim(const fb_reader::Package &package, const fb_reader::Value &value, uint32_t d,
                              int64_t given, int64_t *symbols, Report &report) {
  const fb_reader::Dim &dim = *value.dims()->Get(d);
  const char *name = value.name()->c_str();
  if (dim.symbol() < 0)
    return given == dim.extent()
               ? SINTER_OK
               : report.limit(dim.extent(), given)
                     .fail(SINTER_E_BOUND, "dimension % of '%' is %, not %", d, name, dim.extent(), given);
  const fb_reader::Symbol &symbol = *package.symbols()->Get(uint32_t(dim.symbol()));
  const char *symbolName = textOf(symbol.name());
  if (given < symbol.min() || given > symbol.max())
    return report.limit(given < symbol.min() ? symbol.min() : symbol.max(), given)
        .fail(SINTER_E_BOUND, "'%' is %, allowed are % to %", symbolName, given, symbol.min(), symbol.max());
  int64_t &known = symbols[dim.symbol()];
  if (known >= 0 && known != given)
    return report.limit(known, given).fail(SINTER_E_BOUND, "'%' is both % and %", symbolName, known, given);
  known = given;
  return SINTER_OK;
}

/// As resolved; -1 where only a run can know.
static int64_t resolvedExtent(const fb_reader::Dim &dim, const EntryState &state) {
  if (dim.symbol() >= 0)
    return state.symbols[dim.symbol()];
  return dim.scalar() >= 0 ? state.foreseen.of(dim.scalar()) : dim.extent();
}

static void describeOutput(const fb_reader::Value &value, const EntryState &state, bool hasRun, sinter_shape &shape) {
  shape.rank = countOf(value.dims());
  for (uint32_t d = 0; d < shape.rank; ++d) {
    const fb_reader::Dim &dim = *value.dims()->Get(d);
    bool computed = hasRun && dim.symbol() < 0 && dim.scalar() >= 0;
    shape.extent[d] = computed ? state.scalars[dim.scalar()] : resolvedExtent(dim, state);
  }
}

static void forgetShapes(const sinter_package &package, EntryState &state) {
  for (uint32_t i = 0; i < countOf(package.metadata->symbols()); ++i)
    state.symbols[i] = -1;
  for (uint32_t i = 0; i < package.chosen()->scalars(); ++i)
    state.foreseen.known[i] = false;
}

static sinter_code resolveInputs(const fb_reader::Package &package, const fb_reader::EntryPoint &entry,
                                 const sinter_shape *inputs, int64_t *symbols, Report &report) {
  for (uint32_t i = 0; i < countOf(entry.inputs()); ++i) {
    const fb_reader::Value &value = *entry.inputs()->Get(i);
    sinter_shape shape;
    if (!readStruct(&inputs[i], shape) || shape.rank != countOf(value.dims()))
      return report.fail(SINTER_E_ARGUMENT, "'%' has rank %", value.name()->c_str(), countOf(value.dims()));
    for (uint32_t d = 0; d < shape.rank; ++d)
      if (sinter_code code = resolveDim(package, value, d, shape.extent[d], symbols, report))
        return code;
  }
  return SINTER_OK;
}

sinter_code sinter_resolve(sinter_context *context, uint32_t index, const sinter_shape *inputs, uint32_t inputCount,
                           sinter_shape *outputs, uint32_t outputCount, sinter_error *error) {
  Report report(error);
  const fb_reader::EntryPoint *entry;
  if (sinter_code code = findEntry(context, index, entry, report))
    return code;
  if (inputCount != countOf(entry->inputs()) || (inputCount && !inputs) ||
      (outputs && outputCount != countOf(entry->outputs())))
    return report.fail(SINTER_E_ARGUMENT, "the entry point has % inputs and % outputs", countOf(entry->inputs()),
                       countOf(entry->outputs()));
  EntryState &state = context->entries[index];
  const sinter_package &package = context->package;
  forgetShapes(package, state);
  sinter_code code = resolveInputs(*package.metadata, *entry, inputs, state.symbols, report);
  if (!code) {
    beginRegisters(*package.metadata, *package.chosen(), state.symbols, context->lengths, state.foreseen.registers);
    code = foresee(procedureOf(package, index), package.chosen()->scalars(), state.foreseen, report);
  }
  if (code) {
    forgetShapes(package, state); // Half a shape is none.
    return code;
  }
  for (uint32_t i = 0; outputs && i < outputCount; ++i) {
    sinter_shape shape{};
    describeOutput(*entry->outputs()->Get(i), state, false, shape);
    if (!writeStruct(&outputs[i], shape))
      return report.fail(SINTER_E_ARGUMENT, "a sinter_shape has no size");
  }
  return SINTER_OK;
}

sinter_code sinter_output_shape(const sinter_context *context, uint32_t index, uint32_t output, sinter_shape *given,
                                sinter_error *error) {
  Report report(error);
  const fb_reader::EntryPoint *entry;
  if (sinter_code code = findEntry(context, index, entry, report))
    return code;
  if (output >= countOf(entry->outputs()))
    return report.fail(SINTER_E_NOT_FOUND, "no output %", output);
  const EntryState &state = context->entries[index];
  if (!state.hasRun)
    return report.fail(SINTER_E_UNBOUND, "the entry point has not run");
  sinter_shape shape{};
  describeOutput(*entry->outputs()->Get(output), state, true, shape);
  if (!writeStruct(given, shape))
    return report.fail(SINTER_E_ARGUMENT, "sinter_shape is NULL or has no size");
  return SINTER_OK;
}

//===--- buffers -------------------------------------------------------------------------------------------------===//

/// Neither range wraps: sinter_bind has checked.
static bool overlaps(const Slot &slot, const void *data, uint64_t bytes) {
  uintptr_t a = reinterpret_cast<uintptr_t>(slot.data), b = reinterpret_cast<uintptr_t>(data);
  return slot.data && a < b + bytes && b < a + slot.bytes;
}

/// A buffer that is written may share no byte with another of the entry point.
static const char *findOverlap(const fb_reader::EntryPoint &entry, const EntryState &state, uint32_t direction,
                               uint32_t index, const void *data, uint64_t bytes) {
  for (uint32_t i = 0; i < countOf(entry.outputs()); ++i)
    if ((direction == SINTER_INPUT || i != index) && overlaps(state.outputs[i], data, bytes))
      return entry.outputs()->Get(i)->name()->c_str();
  for (uint32_t i = 0; direction == SINTER_OUTPUT && i < countOf(entry.inputs()); ++i)
    if (overlaps(state.inputs[i], data, bytes))
      return entry.inputs()->Get(i)->name()->c_str();
  return nullptr;
}

Checked sinter::rt::resolvedBytes(const fb_reader::Value &value, const EntryState &state) {
  Checked elements = 1;
  for (uint32_t d = 0; d < countOf(value.dims()); ++d) {
    const fb_reader::Dim &dim = *value.dims()->Get(d);
    int64_t known = resolvedExtent(dim, state);
    elements = elements * uint64_t(known < 0 ? dim.extent() : known);
  }
  return packedBytes(elements, sinter_type_bits(value.type()));
}

/// A private copy for a buffer that kernels cannot use where it lies. Kept and reused when the
/// buffer changes.
static bool provideStaging(sinter_context &context, const fb_reader::Value &value, Slot &slot) {
  uint64_t bytes = tensorBytes(value.type(), value.dims()).value();
  if (slot.stagingBytes < bytes || !slot.staging) {
    slot.staging = context.memory.allocateRaw(bytes + 1, value.alignment());
    slot.stagingBytes = bytes;
  }
  return slot.staging;
}

sinter_code sinter_bind(sinter_context *context, uint32_t index, uint32_t direction, uint32_t valueIndex, void *data,
                        uint64_t bytes, sinter_error *error) {
  Report report(error);
  const fb_reader::EntryPoint *entry;
  if (sinter_code code = findEntry(context, index, entry, report))
    return code;
  if (direction != SINTER_INPUT && direction != SINTER_OUTPUT)
    return report.fail(SINTER_E_ARGUMENT, "a direction is neither input nor output");
  const auto *values = direction == SINTER_INPUT ? entry->inputs() : entry->outputs();
  if (valueIndex >= countOf(values))
    return report.fail(SINTER_E_NOT_FOUND, "no %%, there are %", direction == SINTER_INPUT ? "input " : "output ",
                       valueIndex, countOf(values));
  const fb_reader::Value &value = *values->Get(valueIndex);
  const char *name = value.name()->c_str();
  if (value.state() >= 0)
    return report.fail(SINTER_E_ARGUMENT, "'%' is kept as state; it takes no buffer", name);
  EntryState &state = context->entries[index];
  Slot &slot = direction == SINTER_INPUT ? state.inputs[valueIndex] : state.outputs[valueIndex];
  void *&pointer = direction == SINTER_INPUT ? state.inputPointers[valueIndex] : state.outputPointers[valueIndex];
  if (!data && !bytes) {
    slot.data = nullptr;
    pointer = nullptr;
    return SINTER_OK;
  }
  Checked needed = resolvedBytes(value, state);
  if (bytes > UINTPTR_MAX - reinterpret_cast<uintptr_t>(data))
    return report.fail(SINTER_E_BUFFER, "the buffer for '%' leaves the address space", name);
  if (!data || !needed.atMost(bytes))
    return report.limit(int64_t(needed.value()), int64_t(bytes))
        .fail(SINTER_E_BUFFER, "the buffer for '%' has % bytes, it needs %", name, bytes, needed.value());
  if (const char *other = findOverlap(*entry, state, direction, valueIndex, data, bytes))
    return report.fail(SINTER_E_BUFFER, "the buffer for '%' overlaps that of '%'", name, other);
  bool inPlace = isAligned(data, value.alignment());
  if (!inPlace && !provideStaging(*context, value, slot))
    return report.fail(SINTER_E_MEMORY, "no memory to copy '%' to an aligned place", name);
  slot.data = data;
  slot.bytes = bytes;
  pointer = inPlace ? data : slot.staging;
  return SINTER_OK;
}
