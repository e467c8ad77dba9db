// Checks of the metadata's tables of values, states and constants.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "verify/MetadataCheck.h"

#include "verify/BufferCheck.h"

using namespace sinter;
using namespace sinter::rt;

using Dims = flatbuffers::Vector<const fb_reader::Dim *>;

sinter_code MetadataContext::fail(std::initializer_list<Piece> pieces) const {
  return report.at(section, 0).fail(SINTER_E_FORMAT, pieces);
}

Checked sinter::rt::tensorBytes(uint32_t type, const Dims *dims) {
  uint32_t bits = sinter_type_bits(type);
  Checked elements = 1;
  for (uint32_t i = 0; i < countOf(dims); ++i)
    elements = elements * uint64_t(dims->Get(i)->extent());
  return bits ? packedBytes(elements, bits) : Checked(UINT64_MAX) + 1;
}

static sinter_code checkShape(const MetadataContext &context, const char *name, uint32_t type, const Dims *dims) {
  if (!sinter_type_bits(type))
    return context.fail({"'", name, "' has element type ", type, ", which this loader does not know"});
  if (countOf(dims) > SINTER_MAX_RANK)
    return context.report.limit(SINTER_MAX_RANK, countOf(dims)), context.fail({"'", name, "' has too many dimensions"});
  for (uint32_t i = 0; i < countOf(dims); ++i) {
    const fb_reader::Dim &dim = *dims->Get(i);
    if (dim.extent() < 0)
      return context.fail({"'", name, "' has a negative dimension"});
    if (dim.symbol() < -1 || (dim.symbol() >= 0 && uint32_t(dim.symbol()) >= countOf(context.package.symbols())))
      return context.fail({"'", name, "' has a dimension of unknown symbol ", dim.symbol()});
    if (dim.symbol() >= 0 && context.package.symbols()->Get(uint32_t(dim.symbol()))->max() > dim.extent())
      return context.fail({"'", name, "' has a dimension whose symbol exceeds its bound, ", dim.extent()});
    if (dim.scalar() < -1 || dim.scalar() >= int32_t(kMaxScalars))
      return context.fail({"'", name, "' has a dimension in unknown register ", dim.scalar()});
  }
  if (!tensorBytes(type, dims).atMost(INT64_MAX))
    return context.fail({"'", name, "' is larger than 63 bits can say"});
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
    return context.fail({"'", value.name()->c_str(), "' has a quantisation that does not fit its shape"});
  return SINTER_OK;
}

static sinter_code checkValue(const MetadataContext &context, const fb_reader::Value *value) {
  if (!value)
    return context.fail({"an entry point has an empty value"});
  const char *name = value->name()->c_str();
  if (sinter_code code = checkShape(context, name, value->type(), value->dims()))
    return code;
  if (!isPowerOfTwo(value->alignment()) || value->alignment() > 65536)
    return context.fail({"'", name, "' asks for alignment ", value->alignment()});
  if (value->state() < -1 || (value->state() >= 0 && uint32_t(value->state()) >= countOf(context.package.states())))
    return context.fail({"'", name, "' is kept in unknown state ", value->state()});
  if (value->state() >= 0) {
    const fb_reader::State *state = context.package.states()->Get(uint32_t(value->state()));
    if (state && (state->type() != value->type() || !sameShape(state->dims(), value->dims())))
      return context.fail({"'", name, "' has another type or shape than its state"});
  }
  return checkQuantization(context, *value);
}

static sinter_code checkEntries(const MetadataContext &context) {
  uint32_t count = countOf(context.package.entries());
  if (!count || count > kMaxEntries)
    return context.fail({count, " entry points, 1 to ", kMaxEntries, " are allowed"});
  for (uint32_t i = 0; i < count; ++i) {
    const fb_reader::EntryPoint *entry = context.package.entries()->Get(i);
    if (!entry)
      return context.fail({"entry point ", i, " is empty"});
    for (uint32_t k = 0; k < countOf(entry->inputs()); ++k)
      if (sinter_code code = checkValue(context, entry->inputs()->Get(k)))
        return code;
    for (uint32_t k = 0; k < countOf(entry->outputs()); ++k)
      if (sinter_code code = checkValue(context, entry->outputs()->Get(k)))
        return code;
  }
  return SINTER_OK;
}

static sinter_code checkStates(const MetadataContext &context) {
  for (uint32_t i = 0; i < countOf(context.package.states()); ++i) {
    const fb_reader::State *state = context.package.states()->Get(i);
    if (!state)
      return context.fail({"state ", i, " is empty"});
    const char *name = state->name()->c_str();
    if (sinter_code code = checkShape(context, name, state->type(), state->dims()))
      return code;
    if (state->size() != tensorBytes(state->type(), state->dims()).value())
      return context.fail({"state '", name, "' has ", state->size(), " bytes, its shape needs another number"});
    if (state->init() < -1 || (state->init() >= 0 && uint32_t(state->init()) >= countOf(context.package.constants())))
      return context.fail({"state '", name, "' begins as unknown constant ", state->init()});
    const fb_reader::Constant *init =
        state->init() < 0 ? nullptr : context.package.constants()->Get(uint32_t(state->init()));
    if (init && init->size() != state->size())
      return context.fail({"state '", name, "' has another size than its initial value"});
  }
  return SINTER_OK;
}

static sinter_code checkConstants(const MetadataContext &context) {
  for (uint32_t i = 0; i < countOf(context.package.constants()); ++i) {
    const fb_reader::Constant *constant = context.package.constants()->Get(i);
    if (!constant || constant->section() >= context.directory.count)
      return context.fail({"constant ", i, " lies in no section"});
    const format::SectionEntry &section = context.directory.sections[constant->section()];
    if (section.kind != uint32_t(format::SectionKind::Constants) || section.alignment < 64)
      return context.fail({"constant ", i, " lies in a section that cannot hold constants"});
    if ((constant->offset() & 63) || !inRange(constant->offset(), constant->size(), section.size))
      return context.fail({"constant ", i, " is misaligned or leaves its section"});
  }
  return SINTER_OK;
}

static sinter_code checkSymbols(const MetadataContext &context) {
  for (uint32_t i = 0; i < countOf(context.package.symbols()); ++i) {
    const fb_reader::Symbol *symbol = context.package.symbols()->Get(i);
    if (!symbol || symbol->min() < 0 || symbol->max() < symbol->min() || symbol->scalar() >= kMaxScalars)
      return context.fail({"symbol ", i, " has no range"});
  }
  return SINTER_OK;
}

sinter_code sinter::rt::checkMetadata(const Directory &directory, int32_t section, const uint8_t *bytes, uint64_t size,
                                      const fb_reader::Package *&package, Report &report) {
  if (size > INT32_MAX || !isWellFormed(bytes, size_t(size)))
    return report.at(section, 0).fail(SINTER_E_FORMAT, {"the metadata is no well-formed FlatBuffer"});
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
      return context.fail({"program ", i, " is empty"});
    if (sinter_code code = checkProgram(context, *program))
      return code;
  }
  return SINTER_OK;
}
