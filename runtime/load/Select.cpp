// Choosing the program that runs here, and loading its code.
//
// Programs are tried in the package's order. A program runs where, for each of its executables, a
// driver of the right name has a device that accepts one of the variants; variants are in order of
// preference.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "load/Package.h"

#include "support/Text.h"

using namespace sinter;
using namespace sinter::rt;

sinter_code_image sinter::rt::describeCode(const sinter_package &package, const fb_reader::Executable &executable,
                                           uint32_t variantIndex, sinter_kernel *kernels, const char **features) {
  const fb_reader::Variant &variant = *executable.variants()->Get(variantIndex);
  const format::SectionEntry &section = package.directory.sections[variant.section()];
  for (uint32_t i = 0; i < countOf(executable.kernels()); ++i) {
    const fb_reader::Kernel &kernel = *executable.kernels()->Get(i);
    kernels[i] = {kernel.name()->c_str(), kernel.bindings(), kernel.outputs(), variant.entries()->Get(i),
                  variant.scratch()->Get(i)};
  }
  for (uint32_t i = 0; i < countOf(variant.features()); ++i)
    features[i] = variant.features()->Get(i)->c_str();
  sinter_code_image image{};
  image.size = sizeof(image);
  image.target = executable.target()->c_str();
  image.variant = variant.name()->c_str();
  image.features = features;
  image.feature_count = countOf(variant.features());
  image.abi = section.abi;
  image.section = variant.section();
  image.kernel_count = countOf(executable.kernels());
  image.kernels = kernels;
  image.length = section.size;
  image.memory = isHostMemory(executable.memory()) ? "host" : executable.memory()->c_str();
  return image;
}

/// Memory for describing any variant of an executable; kept until the package is closed.
static bool allocateTables(sinter_package &package, const fb_reader::Executable &executable, sinter_kernel *&kernels,
                           const char **&features) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < countOf(executable.variants()); ++i) {
    uint32_t count = countOf(executable.variants()->Get(i)->features());
    most = count > most ? count : most;
  }
  kernels = package.memory.array<sinter_kernel>(countOf(executable.kernels()) + 1);
  features = package.memory.array<const char *>(most + 1);
  return kernels && features;
}

/// Whether the caller's choice, "name" or "name@variant", allows this device and variant.
static bool isWanted(const char *wish, const char *driver, const char *target, const char *device,
                     const char *variant) {
  if (!wish)
    return true;
  const char *at = findLast(wish, '@');
  if (at && !sameText(at + 1, variant))
    return false;
  size_t length = at ? size_t(at - wish) : textLength(wish);
  auto is = [&](const char *name) { return textLength(name) == length && !memcmp(wish, name, length); };
  return is(driver) || is(target) || is(device);
}

static bool hasMemoryFunctions(const sinter_driver &driver) {
  return driver.allocate && driver.deallocate && driver.write && driver.read;
}

/// The first device and variant for one executable that are as `wish` says. `reason` says why there is none.
static bool selectDevice(sinter_package &package, const char *wish, const fb_reader::Executable &executable,
                         sinter_kernel *kernels, const char **features, LoadedExecutable &selected, Report &reason) {
  reason.fail(SINTER_E_NO_DEVICE, "no driver '%' was given for target %", executable.driver()->c_str(),
              executable.target()->c_str());
  for (uint32_t d = 0; d < package.driverCount; ++d) {
    const sinter_driver *driver = package.drivers[d];
    if (!sameText(driver->name, executable.driver()->c_str()))
      continue;
    for (uint32_t device = 0;; ++device) {
      sinter_device_info info{};
      info.size = sizeof(info);
      sinter_error end{};
      end.size = sizeof(end);
      if (driver->enumerate(&package.hooks, device, &info, &end)) {
        if (end.code != SINTER_E_NOT_FOUND) // Otherwise the last refusal is the reason,
          *reason.raw() = end;
        else if (!device) // or that there is none at all.
          reason.fail(SINTER_E_NO_DEVICE, "%", end.text);
        break;
      }
      for (uint32_t v = 0; v < countOf(executable.variants()); ++v) {
        sinter_code_image image = describeCode(package, executable, v, kernels, features);
        if (!isWanted(wish, driver->name, image.target, info.name, image.variant)) {
          reason.fail(SINTER_E_NO_DEVICE, "the device asked for, '%', is another", wish);
          continue;
        }
        if (!sameText(info.memory, image.memory)) {
          reason.fail(SINTER_E_UNSUPPORTED, "the program works in memory '%', the device in '%'", image.memory,
                      info.memory);
          continue;
        }
        if (!sameText(image.memory, "host") && !hasMemoryFunctions(*driver)) {
          reason.fail(SINTER_E_VERSION, "driver '%' lacks the functions for memory of its own", driver->name);
          continue;
        }
        if (driver->accept(&package.hooks, device, &image, reason.raw()))
          continue;
        selected = {driver, device, v, nullptr};
        return true;
      }
    }
  }
  return false;
}

sinter_code sinter::rt::selectProgram(sinter_package &package, Report &report) {
  uint32_t programs = countOf(package.metadata->programs());
  package.reasons = package.memory.array<sinter_error>(programs + 1);
  if (!package.reasons)
    return report.fail(SINTER_E_MEMORY, "no memory for the table of programs");
  for (uint32_t p = 0; p < programs; ++p) {
    const fb_reader::Program &program = *package.metadata->programs()->Get(p);
    sinter_error &storage = package.reasons[p];
    storage.size = sizeof(storage);
    uint32_t count = countOf(program.executables());
    auto *selected = package.memory.array<LoadedExecutable>(count);
    if (!selected)
      return report.fail(SINTER_E_MEMORY, "no memory for the table of executables");
    bool all = true;
    for (uint32_t i = 0; all && i < count; ++i) {
      sinter_kernel *kernels;
      const char **features;
      const fb_reader::Executable &executable = *program.executables()->Get(i);
      if (!allocateTables(package, executable, kernels, features))
        return report.fail(SINTER_E_MEMORY, "no memory for the tables of kernels");
      Report reason(&storage);
      // A program that is split over devices stands under the name of the first.
      all = selectDevice(package, i ? nullptr : package.device, executable, kernels, features, selected[i], reason);
    }
    if (!all)
      continue;
    memset(&storage, 0, sizeof(storage));
    storage.size = sizeof(storage);
    package.program = int32_t(p);
    package.executables = selected;
    return SINTER_OK;
  }
  return SINTER_OK;
}

//===--- loading -------------------------------------------------------------------------------------------------===//

static void markConstant(uint8_t *used, const fb_reader::Binding *binding) {
  if (binding && binding->class_() == fb_reader::BindingClass_constant)
    used[binding->index()] = 1;
}

static void markConstants(uint8_t *used, const fb_reader::Procedure &procedure, const fb_reader::Segment &segment) {
  for (uint32_t i = 0; i < segment.count(); ++i) {
    const fb_reader::WorkItem &item = *procedure.work()->Get(segment.first() + i);
    if (const fb_reader::Copy *copy = item.work_as_Copy())
      markConstant(used, copy->source());
    if (const fb_reader::Dispatch *dispatch = item.work_as_Dispatch())
      for (uint32_t k = 0; k < countOf(dispatch->bindings()); ++k)
        markConstant(used, dispatch->bindings()->Get(k));
  }
}

/// Marks the constants that the work of an executable of the chosen program uses.
static void findConstants(const sinter_package &package, uint32_t executable, uint8_t *used) {
  for (uint32_t p = 0; p < countOf(package.chosen()->procedures()); ++p) {
    const fb_reader::Procedure &procedure = *package.chosen()->procedures()->Get(p);
    for (uint32_t i = 0; i < countOf(procedure.commands()); ++i) {
      const fb_reader::Segment *segment = procedure.commands()->Get(i)->command_as_Segment();
      if (segment && segment->executable() == executable)
        markConstants(used, procedure, *segment);
    }
  }
}

static sinter_code loadExecutable(sinter_package &package, uint32_t index, const uint8_t *bytes, Report &report) {
  const fb_reader::Executable &executable = *package.chosen()->executables()->Get(index);
  LoadedExecutable &loaded = package.executables[index];
  sinter_kernel *kernels;
  const char **features;
  SetupMemory temporary(package.hooks);
  auto *used = temporary.array<uint8_t>(uint64_t(countOf(package.metadata->constants())) + 1);
  if (!used || !allocateTables(package, executable, kernels, features))
    return report.fail(SINTER_E_MEMORY, "no memory for the tables of kernels");
  findConstants(package, index, used);
  sinter_code_image image = describeCode(package, executable, loaded.variant, kernels, features);
  image.constants_used = used;
  image.data = bytes;
  image.constants = package.constants;
  image.constant_count = countOf(package.metadata->constants());
  if (sinter_code code = loaded.driver->verify(&package.hooks, &image, report.raw()))
    return code;
  return loaded.driver->load(&package.hooks, loaded.device, &image, &loaded.handle, report.raw());
}

/// Loads the executables of the chosen program whose variants lie in this section.
static sinter_code loadUsers(sinter_package &package, uint32_t section, const uint8_t *bytes, Report &report) {
  const fb_reader::Program *program = package.chosen();
  for (uint32_t i = 0; program && i < countOf(program->executables()); ++i) {
    uint32_t variant = package.executables[i].variant;
    if (program->executables()->Get(i)->variants()->Get(variant)->section() == section)
      if (sinter_code code = loadExecutable(package, i, bytes, report))
        return code;
  }
  return SINTER_OK;
}

sinter_code sinter::rt::loadCode(sinter_package &package, Report &report) {
  for (uint32_t section = 0; section < package.directory.count; ++section) {
    const format::SectionEntry &entry = package.directory.sections[section];
    if (entry.kind == uint32_t(format::SectionKind::Metadata) || entry.kind == uint32_t(format::SectionKind::Constants))
      continue;
    SetupMemory temporary(package.hooks);
    uint8_t *bytes;
    if (sinter_code code = readSection(package, section, temporary, bytes, report))
      return code;
    if (sinter_code code = checkSectionHash(package.directory, section, bytes, report))
      return code;
    if (sinter_code code = loadUsers(package, section, bytes, report))
      return code;
  }
  return SINTER_OK;
}
