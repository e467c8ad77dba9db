// Checks of the metadata's tables of values, states and constants.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "verify/MetadataCheck.h"

#include "support/Text.h"
#include "verify/BufferCheck.h"

using namespace sinter;
using namespace sinter::rt;

using Dims = flatbuffers::Vector<const fb_reader::Dim *>;

sinter_code MetadataContext::failWith(const char *sentence, Words kinds, ...) const {
  va_list words;
  va_start(words, kinds);
  report.at(section, 0).failList(SINTER_E_FORMAT, sentence, kinds, words);
  va_end(words);
  return SINTER_E_FORMAT;
}

Checked sinter::rt::tensorBytes(uint32_t type, const Dims *dims) {
  uint32_t bits = sinter_type_bits(type);
  Checked elements = 1;
  for (uint32_t i = 0; i < countOf(dims); ++i)
    elements = elements * uint64_t(dims->Get(i)->extent());
  return bits ? packedBytes(elements, bits) : Checked(UINT64_MAX) + 1;
}

bool sinter::rt::isHostMemory(const flatbuffers::String *name) { return !name || sameText(name->c_str(), "host"); }

int32_t sinter::rt::stateExecutable(const fb_reader::Program &program, uint32_t state) {
  return countOf(program.state_executables()) ? program.state_executables()->Get(state) : -1;
}

int32_t sinter::rt::growingAxis(const fb_reader::State &state) {
  for (uint32_t i = 0; i < countOf(state.dims()); ++i)
    if (state.dims()->Get(i)->scalar() >= 0)
      return int32_t(i);
  return -1;
}

static sinter_code checkShape(const MetadataContext &context, const char *name, uint32_t type, const Dims *dims) {
  if (!sinter_type_bits(type))
    return context.fail("'%' has element type %, which this loader does not know", name, type);
  if (countOf(dims) > SINTER_MAX_RANK)
    return context.report.limit(SINTER_MAX_RANK, countOf(dims)), context.fail("'%' has too many dimensions", name);
  for (uint32_t i = 0; i < countOf(dims); ++i) {
    const fb_reader::Dim &dim = *dims->Get(i);
    if (dim.extent() < 0)
      return context.fail("'%' has a negative dimension", name);
    if (dim.symbol() < -1 || (dim.symbol() >= 0 && uint32_t(dim.symbol()) >= countOf(context.package.symbols())))
      return context.fail("'%' has a dimension of unknown symbol %", name, dim.symbol());
    if (dim.symbol() >= 0 && context.package.symbols()->Get(uint32_t(dim.symbol()))->max() > dim.extent())
      return context.fail("'%' has a dimension whose symbol exceeds its bound, %", name, dim.extent());
    if (dim.scalar() < -1 || dim.scalar() >= int32_t(kMaxScalars))
      return context.fail("'%' has a dimension in unknown register %", name, dim.scalar());
  }
  if (!tensorBytes(type, dims).atMost(INT64_MAX))
    return context.fail("'%' is larger than 63 bits can say", name);
  return SINTER_OK;
}

static bool sameShape(const Dims *a, const Dims *b) {
  if (countOf(a) != countOf(b))
    return false;
  for (uint32_t i = 0; i < countOf(a); ++i)
    if (a->Get(i)->extent() != b->Get(i)->extent())
      return false;
  return true;
}

static sinter_code checkQuantization(const MetadataContext &context, const fb_reader::Value &value) {
  const fb_reader::Quantization *quantization = value.quantization();
  if (!quantization)
    return SINTER_OK;
  uint32_t scales = countOf(quantization->scale()), zeros = countOf(quantization->zero_point());
  int32_t axis = quantization->axis();
  bool axisKnown = axis == -1 || (axis >= 0 && uint32_t(axis) < countOf(value.dims()));
  uint64_t wanted = axis >= 0 && axisKnown ? uint64_t(value.dims()->Get(uint32_t(axis))->extent()) : 1;
  if (!axisKnown || scales != wanted || (zeros && zeros != scales))
    return context.fail("'%' has a quantisation that does not fit its shape", value.name()->c_str());
  return SINTER_OK;
}

static sinter_code checkValue(const MetadataContext &context, const fb_reader::Value *value) {
  if (!value)
    return context.fail("an entry point has an empty value");
  const char *name = value->name()->c_str();
  if (sinter_code code = checkShape(context, name, value->type(), value->dims()))
    return code;
  if (!isPowerOfTwo(value->alignment()) || value->alignment() > 65536)
    return context.fail("'%' asks for alignment %", name, value->alignment());
  if (value->state() < -1 || (value->state() >= 0 && uint32_t(value->state()) >= countOf(context.package.states())))
    return context.fail("'%' is kept in unknown state %", name, value->state());
  if (value->state() >= 0) {
    const fb_reader::State *state = context.package.states()->Get(uint32_t(value->state()));
    if (state && (state->type() != value->type() || !sameShape(state->dims(), value->dims())))
      return context.fail("'%' has another type or shape than its state", name);
  }
  return checkQuantization(context, *value);
}

/// Where no run has computed anything yet, only symbols and what is kept as state can vary.
static sinter_code checkInput(const MetadataContext &context, const fb_reader::Value *input) {
  if (sinter_code code = checkValue(context, input))
    return code;
  for (uint32_t d = 0; d < countOf(input->dims()); ++d)
    if (input->state() < 0 && input->dims()->Get(d)->scalar() >= 0)
      return context.fail("input '%' has a dimension that the program computes", input->name()->c_str());
  return SINTER_OK;
}

static sinter_code checkEntries(const MetadataContext &context) {
  uint32_t count = countOf(context.package.entries());
  if (!count || count > kMaxEntries)
    return context.fail("% entry points, 1 to % are allowed", count, kMaxEntries);
  for (uint32_t i = 0; i < count; ++i) {
    const fb_reader::EntryPoint *entry = context.package.entries()->Get(i);
    if (!entry)
      return context.fail("entry point % is empty", i);
    for (uint32_t k = 0; k < countOf(entry->inputs()); ++k)
      if (sinter_code code = checkInput(context, entry->inputs()->Get(k)))
        return code;
    for (uint32_t k = 0; k < countOf(entry->outputs()); ++k)
      if (sinter_code code = checkValue(context, entry->outputs()->Get(k)))
        return code;
  }
  return SINTER_OK;
}

/// A state's dimensions are fixed but for at most one, which grows.
static sinter_code checkGrowth(const MetadataContext &context, const fb_reader::State &state) {
  int32_t axis = growingAxis(state);
  bool ok = axis < 0 ? !state.length() : state.length() <= uint64_t(state.dims()->Get(uint32_t(axis))->extent());
  for (uint32_t i = 0; i < countOf(state.dims()); ++i)
    ok &= state.dims()->Get(i)->symbol() < 0 && (state.dims()->Get(i)->scalar() < 0 || int32_t(i) == axis);
  return ok ? SINTER_OK : context.fail("state '%' grows in an impossible way", state.name()->c_str());
}

static sinter_code checkStates(const MetadataContext &context) {
  for (uint32_t i = 0; i < countOf(context.package.states()); ++i) {
    const fb_reader::State *state = context.package.states()->Get(i);
    if (!state)
      return context.fail("state % is empty", i);
    const char *name = state->name()->c_str();
    if (sinter_code code = checkShape(context, name, state->type(), state->dims()))
      return code;
    if (sinter_code code = checkGrowth(context, *state))
      return code;
    if (state->size() != tensorBytes(state->type(), state->dims()).value())
      return context.fail("state '%' has % bytes, its shape needs another number", name, state->size());
    if (state->init() < -1 || (state->init() >= 0 && uint32_t(state->init()) >= countOf(context.package.constants())))
      return context.fail("state '%' begins as unknown constant %", name, state->init());
    const fb_reader::Constant *init =
        state->init() < 0 ? nullptr : context.package.constants()->Get(uint32_t(state->init()));
    if (init && init->size() != state->size())
      return context.fail("state '%' has another size than its initial value", name);
  }
  return SINTER_OK;
}

static sinter_code checkConstants(const MetadataContext &context) {
  for (uint32_t i = 0; i < countOf(context.package.constants()); ++i) {
    const fb_reader::Constant *constant = context.package.constants()->Get(i);
    if (!constant || constant->section() >= context.directory.count)
      return context.fail("constant % lies in no section", i);
    const format::SectionEntry &section = context.directory.sections[constant->section()];
    if (section.kind != uint32_t(format::SectionKind::Constants) || section.alignment < 64)
      return context.fail("constant % lies in a section that cannot hold constants", i);
    if ((constant->offset() & 63) || !inRange(constant->offset(), constant->size(), section.size))
      return context.fail("constant % is misaligned or leaves its section", i);
  }
  return SINTER_OK;
}

static sinter_code checkSymbols(const MetadataContext &context) {
  for (uint32_t i = 0; i < countOf(context.package.symbols()); ++i) {
    const fb_reader::Symbol *symbol = context.package.symbols()->Get(i);
    if (!symbol || symbol->min() < 0 || symbol->max() < symbol->min() || symbol->scalar() >= kMaxScalars)
      return context.fail("symbol % has no range", i);
  }
  return SINTER_OK;
}

sinter_code sinter::rt::checkMetadata(const Directory &directory, int32_t section, const uint8_t *bytes, uint64_t size,
                                      const fb_reader::Package *&package, Report &report) {
  if (size > INT32_MAX || !isWellFormed(bytes, size_t(size)))
    return report.at(section, 0).fail(SINTER_E_FORMAT, "the metadata is no well-formed FlatBuffer");
  package = fb_reader::GetPackage(bytes);
  MetadataContext context{directory, *package, section, report};
  if (sinter_code code = checkSymbols(context))
    return code;
  if (sinter_code code = checkConstants(context))
    return code;
  if (sinter_code code = checkStates(context))
    return code;
  if (sinter_code code = checkEntries(context))
    return code;
  for (uint32_t i = 0; i < countOf(package->programs()); ++i) {
    const fb_reader::Program *program = package->programs()->Get(i);
    if (!program)
      return context.fail("program % is empty", i);
    if (sinter_code code = checkProgram(context, *program))
      return code;
  }
  return SINTER_OK;
}
