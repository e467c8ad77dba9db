// What a package contains and what can run it: the inspecting functions of sinter.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "load/Package.h"
#include "support/Structs.h"
#include "support/Text.h"

using namespace sinter;
using namespace sinter::rt;

static sinter_code noPackage(Report &report) { return report.fail(SINTER_E_ARGUMENT, "not an open package"); }

template <typename T> static sinter_code give(T *given, T &result, Report &report) {
  if (writeStruct(given, result))
    return SINTER_OK;
  return report.fail(SINTER_E_ARGUMENT, "the struct for the result is NULL or has no size");
}

static sinter_code notFound(Report &report, const char *what, uint64_t index, uint64_t count) {
  return report.limit(int64_t(count), int64_t(index))
      .fail(SINTER_E_NOT_FOUND, "no % %, there are %", what, index, count);
}

sinter_code sinter_package_get_info(const sinter_package *package, sinter_package_info *info, sinter_error *error) {
  Report report(error);
  if (!isPackage(package))
    return noPackage(report);
  const auto *provenance = package->metadata->provenance();
  sinter_package_info result{};
  result.bytes = package->source.size();
  result.entry_count = countOf(package->metadata->entries());
  result.state_count = countOf(package->metadata->states());
  result.program_count = countOf(package->metadata->programs());
  result.program = package->program;
  result.producer = provenance ? textOf(provenance->producer()) : "";
  return give(info, result, report);
}

sinter_code sinter_entry_find(const sinter_package *package, const char *name, uint32_t *entry, sinter_error *error) {
  Report report(error);
  if (!isPackage(package) || !entry)
    return noPackage(report);
  for (uint32_t i = 0; i < countOf(package->metadata->entries()); ++i)
    if (!name || sameText(name, package->metadata->entries()->Get(i)->name()->c_str()))
      return *entry = i, SINTER_OK;
  return report.fail(SINTER_E_NOT_FOUND, "no entry point '%'", name);
}

sinter_code sinter_entry_get_info(const sinter_package *package, uint32_t index, sinter_entry_info *info,
                                  sinter_error *error) {
  Report report(error);
  if (!isPackage(package))
    return noPackage(report);
  const fb_reader::EntryPoint *entry = package->entry(index);
  if (!entry)
    return notFound(report, "entry point", index, countOf(package->metadata->entries()));
  sinter_entry_info result{sizeof(result), entry->name()->c_str(), countOf(entry->inputs()), countOf(entry->outputs())};
  return give(info, result, report);
}

static void describeShape(const sinter_package &package, const fb_reader::Value &value, sinter_value_info &result) {
  result.rank = countOf(value.dims());
  int64_t stride = 1;
  for (uint32_t i = result.rank; i-- > 0;) {
    const fb_reader::Dim &dim = *value.dims()->Get(i);
    result.extent[i] = result.minimum[i] = dim.extent();
    result.stride[i] = stride;
    stride *= dim.extent();
    if (dim.symbol() >= 0) {
      const fb_reader::Symbol &symbol = *package.metadata->symbols()->Get(uint32_t(dim.symbol()));
      result.symbol[i] = textOf(symbol.name());
      result.minimum[i] = symbol.min();
    } else if (dim.scalar() >= 0) {
      result.symbol[i] = "";
      result.minimum[i] = 0;
    }
  }
  result.bytes = tensorBytes(value.type(), value.dims()).value();
}

sinter_code sinter_value_get_info(const sinter_package *package, uint32_t entryIndex, uint32_t direction,
                                  uint32_t index, sinter_value_info *info, sinter_error *error) {
  Report report(error);
  if (!isPackage(package))
    return noPackage(report);
  const fb_reader::EntryPoint *entry = package->entry(entryIndex);
  if (!entry)
    return notFound(report, "entry point", entryIndex, countOf(package->metadata->entries()));
  if (direction != SINTER_INPUT && direction != SINTER_OUTPUT)
    return report.fail(SINTER_E_ARGUMENT, "a direction is neither input nor output");
  const auto *values = direction == SINTER_INPUT ? entry->inputs() : entry->outputs();
  if (index >= countOf(values))
    return notFound(report, direction == SINTER_INPUT ? "input" : "output", index, countOf(values));
  const fb_reader::Value &value = *values->Get(index);
  sinter_value_info result{};
  result.name = value.name()->c_str();
  result.type = value.type();
  describeShape(*package, value, result);
  result.alignment = value.alignment();
  result.state = value.state();
  result.quant_axis = -1;
  if (const fb_reader::Quantization *quantization = value.quantization()) {
    result.scale = quantization->scale()->data();
    result.scale_count = countOf(quantization->scale());
    result.zero_point = countOf(quantization->zero_point()) ? quantization->zero_point()->data() : nullptr;
    result.quant_axis = quantization->axis();
  }
  return give(info, result, report);
}

sinter_code sinter_state_get_info(const sinter_package *package, uint32_t index, sinter_state_info *info,
                                  sinter_error *error) {
  Report report(error);
  if (!isPackage(package))
    return noPackage(report);
  if (index >= countOf(package->metadata->states()))
    return notFound(report, "state", index, countOf(package->metadata->states()));
  const fb_reader::State &state = *package->metadata->states()->Get(index);
  sinter_state_info result{};
  result.name = state.name()->c_str();
  result.type = state.type();
  result.rank = countOf(state.dims());
  result.axis = growingAxis(state);
  for (uint32_t i = 0; i < result.rank; ++i)
    result.extent[i] = state.dims()->Get(i)->extent();
  result.bytes = state.size();
  result.save_bytes = savedBytes(state);
  return give(info, result, report);
}

sinter_code sinter_device_list(const sinter_driver_entry *entries, size_t count, const sinter_hooks *givenHooks,
                               uint32_t index, sinter_device_info *info, sinter_error *error) {
  Report report(error);
  sinter_hooks hooks;
  if (sinter_code code = completeHooks(givenHooks, hooks, report))
    return code;
  uint32_t seen = 0;
  for (size_t d = 0; d < count; ++d) {
    const sinter_driver *driver;
    if (sinter_code code = openDriver(entries[d], driver, report))
      return code;
    for (uint32_t device = 0;; ++device, ++seen) {
      sinter_device_info result{};
      result.size = sizeof(result);
      sinter_code code = driver->enumerate(&hooks, device, &result, report.raw());
      if (code == SINTER_E_NOT_FOUND)
        break;
      if (code)
        return code;
      if (seen == index)
        return give(info, result, report);
    }
  }
  return notFound(report, "device", index, seen);
}

sinter_code sinter_program_get_info(const sinter_package *package, uint32_t index, sinter_program_info *info,
                                    sinter_error *error) {
  Report report(error);
  if (!isPackage(package))
    return noPackage(report);
  if (index >= countOf(package->metadata->programs()))
    return notFound(report, "program", index, countOf(package->metadata->programs()));
  const fb_reader::Program &program = *package->metadata->programs()->Get(index);
  const fb_reader::Executable &first = *program.executables()->Get(0);
  sinter_program_info result{};
  result.chosen = package->program == int32_t(index);
  result.executable_count = countOf(program.executables());
  result.target = first.target()->c_str();
  result.driver = first.driver()->c_str();
  result.variant = result.chosen ? first.variants()->Get(package->executables[0].variant)->name()->c_str() : nullptr;
  for (uint32_t i = 0; i < countOf(program.arenas()); ++i)
    result.arena_bytes += program.arenas()->Get(i)->size();
  result.reason = package->reasons[index];
  return give(info, result, report);
}
