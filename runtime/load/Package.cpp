// Opening and closing packages.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "load/Package.h"

#include "os/Os.h"
#include "support/Structs.h"
#include "support/Text.h"

#include <new>

using namespace sinter;
using namespace sinter::rt;

sinter_code sinter::rt::completeHooks(const sinter_hooks *given, sinter_hooks &hooks, Report &report) {
  if (!readStruct(given, hooks))
    return report.fail(SINTER_E_ARGUMENT, "sinter_hooks is of an unknown version");
  hooks.size = sizeof(hooks);
  fillDefaultHooks(hooks);
  if (!hooks.allocate || !hooks.release)
    return report.fail(SINTER_E_ARGUMENT, "this library needs the hooks allocate and release");
  if (!hooks.log)
    hooks.log = [](void *, int32_t, const char *) {};
  if (!hooks.clock)
    hooks.clock = [](void *) -> uint64_t { return 0; };
  if (!hooks.yield)
    hooks.yield = [](void *) {};
  return SINTER_OK;
}

sinter_code sinter::rt::openDriver(sinter_driver_entry entry, const sinter_driver *&driver, Report &report) {
  if (!entry)
    return report.fail(SINTER_E_ARGUMENT, "a driver's entry function is NULL");
  driver = entry(SINTER_DRIVER_ABI, report.raw());
  if (!driver)
    return report.raw()->code ? sinter_code(report.raw()->code)
                              : report.fail(SINTER_E_VERSION, "a driver refused this loader");
  if (driver->size < sizeof(sinter_driver) || driver->abi >> 16 != SINTER_DRIVER_ABI >> 16)
    return report.fail(SINTER_E_VERSION, "a driver was built for another driver ABI, %", driver->abi);
  return SINTER_OK;
}

//===--- opening -------------------------------------------------------------------------------------------------===//

static sinter_code copyOptions(sinter_package &package, const sinter_load_options &options, Report &report) {
  package.drivers = package.memory.array<const sinter_driver *>(options.driver_count + 1);
  if (!package.drivers)
    return report.fail(SINTER_E_MEMORY, "no memory for drivers");
  for (size_t i = 0; i < options.driver_count; ++i)
    if (sinter_code code = openDriver(options.drivers[i], package.drivers[package.driverCount++], report))
      return code;
  if (!options.device)
    return SINTER_OK;
  size_t length = textLength(options.device);
  char *copy = package.memory.array<char>(length + 1);
  if (!copy)
    return report.fail(SINTER_E_MEMORY, "no memory for a device's name");
  memcpy(copy, options.device, length);
  package.device = copy;
  return SINTER_OK;
}

static sinter_code readDirectory(sinter_package &package, Report &report) {
  format::Header header;
  if (sinter_code code = checkHeader(package.source, header, report))
    return code;
  uint64_t size = directorySize(header);
  auto *bytes = static_cast<uint8_t *>(package.memory.allocate(size, 64));
  if (!bytes)
    return report.fail(SINTER_E_MEMORY, "no memory for the section directory, % bytes", size);
  if (!package.source.read(0, bytes, size))
    return report.fail(SINTER_E_SOURCE, "the section directory cannot be read");
  return checkDirectory(package.source, header, bytes, package.directory, report);
}

sinter_code sinter::rt::readSection(const sinter_package &package, uint32_t section, SetupMemory &memory,
                                    uint8_t *&bytes, Report &report) {
  const format::SectionEntry &entry = package.directory.sections[section];
  report.at(int32_t(section), 0);
  if (!isAddressable(entry.size))
    return report.fail(SINTER_E_LIMIT, "a section of % bytes cannot be addressed", entry.size);
  bytes = static_cast<uint8_t *>(memory.allocateRaw(entry.size, 64));
  if (!bytes)
    return report.fail(SINTER_E_MEMORY, "no memory for a section of % bytes", entry.size);
  if (!package.source.read(entry.offset, bytes, entry.size))
    return report.fail(SINTER_E_SOURCE, "a section cannot be read");
  return SINTER_OK;
}

static sinter_code readMetadata(sinter_package &package, Report &report) {
  package.metadataSection = package.directory.find(format::SectionKind::Metadata);
  if (package.metadataSection < 0)
    return report.fail(SINTER_E_FORMAT, "the package has no metadata");
  uint32_t section = uint32_t(package.metadataSection);
  uint8_t *bytes;
  if (sinter_code code = readSection(package, section, package.memory, bytes, report))
    return code;
  if (sinter_code code = checkSectionHash(package.directory, section, bytes, report))
    return code;
  return checkMetadata(package.directory, package.metadataSection, bytes, package.directory.sections[section].size,
                       package.metadata, report);
}

/// Where the bytes of a constants section are: in place, mapped, or copied.
static sinter_code placeSection(sinter_package &package, uint32_t section, const uint8_t *&bytes, Report &report) {
  const format::SectionEntry &entry = package.directory.sections[section];
  report.at(int32_t(section), 0);
  bytes = package.source.inPlace(entry.offset);
  if (bytes && isAligned(bytes, 64))
    return SINTER_OK;
  uint64_t position = package.source.base() + entry.offset;
  if (package.source.kind() == SINTER_SOURCE_FD && package.hooks.map && entry.size && position % 64 == 0) {
    sinter_map_request &request = package.mappings[section];
    request = {
        sizeof(request), SINTER_MAP_FILE, package.source.descriptor(), position, entry.size, nullptr, nullptr, 0};
    if (!package.hooks.map(package.hooks.user, &request) && isAligned(request.data, 64)) {
      bytes = static_cast<const uint8_t *>(request.data);
      return SINTER_OK;
    }
  }
  uint8_t *copy;
  sinter_code code = readSection(package, section, package.memory, copy, report);
  bytes = copy;
  return code;
}

static sinter_code placeConstants(sinter_package &package, uint32_t integrity, Report &report) {
  uint32_t count = countOf(package.metadata->constants());
  package.constants = package.memory.array<sinter_memory>(count + 1);
  package.mappings = package.memory.array<sinter_map_request>(package.directory.count);
  if (!package.constants || !package.mappings)
    return report.fail(SINTER_E_MEMORY, "no memory for the table of constants");
  for (uint32_t section = 0; section < package.directory.count; ++section) {
    const format::SectionEntry &entry = package.directory.sections[section];
    if (entry.kind != uint32_t(format::SectionKind::Constants))
      continue;
    const uint8_t *bytes = nullptr;
    if (sinter_code code = placeSection(package, section, bytes, report))
      return code;
    bool deferred = integrity == SINTER_INTEGRITY_DEFERRED && (entry.flags & format::kSectionDeferrable);
    if (!deferred)
      if (sinter_code code = checkSectionHash(package.directory, section, bytes, report))
        return code;
    for (uint32_t i = 0; i < count; ++i) {
      const fb_reader::Constant &constant = *package.metadata->constants()->Get(i);
      if (constant.section() == section)
        package.constants[i] = {const_cast<uint8_t *>(bytes) + constant.offset(), 0, constant.size()};
    }
  }
  return SINTER_OK;
}

static sinter_code openPackage(sinter_package &package, const sinter_load_options &options, Report &report) {
  if (sinter_code code = copyOptions(package, options, report))
    return code;
  if (sinter_code code = readDirectory(package, report))
    return code;
  if (sinter_code code = readMetadata(package, report))
    return code;
  if (sinter_code code = placeConstants(package, options.integrity, report))
    return code;
  if (sinter_code code = selectProgram(package, report))
    return code;
  return loadCode(package, report);
}

sinter_package::~sinter_package() {
  magic = 0;
  uint32_t count = chosen() ? countOf(chosen()->executables()) : 0;
  for (uint32_t i = 0; executables && i < count; ++i)
    if (executables[i].handle)
      executables[i].driver->unload(executables[i].handle);
  for (uint32_t i = 0; mappings && i < directory.count; ++i)
    if (mappings[i].extent)
      hooks.unmap(hooks.user, &mappings[i]);
}

static sinter_code readOptions(const sinter_load_options *given, sinter_load_options &options, Report &report) {
  if (!readStruct(given, options))
    return report.fail(SINTER_E_ARGUMENT, "sinter_load_options is of an unknown version");
  if (options.integrity > SINTER_INTEGRITY_DEFERRED || (options.driver_count && !options.drivers) ||
      options.driver_count > 1024)
    return report.fail(SINTER_E_ARGUMENT, "sinter_load_options holds an impossible value");
  return SINTER_OK;
}

sinter_code sinter_package_requirements(const sinter_source *given, const sinter_load_options *givenOptions,
                                        sinter_requirements *requirements, sinter_error *error) {
  Report report(error);
  Source source;
  sinter_load_options options;
  if (sinter_code code = readOptions(givenOptions, options, report))
    return code;
  if (sinter_code code = source.open(given, report))
    return code;
  format::Header header;
  if (sinter_code code = checkHeader(source, header, report))
    return code;
  sinter_requirements result{sizeof(result), sizeof(sinter_package), alignof(sinter_package)};
  if (!writeStruct(requirements, result))
    return report.fail(SINTER_E_ARGUMENT, "sinter_requirements is NULL or has no size");
  return SINTER_OK;
}

sinter_code sinter_package_open(const sinter_source *given, const sinter_load_options *givenOptions, void *block,
                                uint64_t blockBytes, sinter_package **package, sinter_error *error) {
  Report report(error);
  sinter_load_options options;
  sinter_hooks hooks;
  if (!package)
    return report.fail(SINTER_E_ARGUMENT, "the place for the handle is NULL");
  *package = nullptr;
  if (sinter_code code = readOptions(givenOptions, options, report))
    return code;
  if (sinter_code code = completeHooks(options.hooks, hooks, report))
    return code;
  if (!block || blockBytes < sizeof(sinter_package))
    return report.limit(sizeof(sinter_package), int64_t(blockBytes))
        .fail(SINTER_E_MEMORY, "the handle's block has % bytes, it needs %", blockBytes, sizeof(sinter_package));
  if (!isAligned(block, alignof(sinter_package)))
    return report.fail(SINTER_E_ALIGNMENT, "the handle's block must lie at a multiple of %", alignof(sinter_package));
  auto *opened = new (block) sinter_package(hooks);
  sinter_code code = opened->source.open(given, report);
  if (!code)
    code = openPackage(*opened, options, report);
  if (code) {
    // Names of nodes lie in the metadata, which goes.
    sinter_error &filled = *report.raw();
    if (filled.node)
      appendText(filled.text, sizeof(filled.text), " (node '%')", filled.node);
    filled.node = nullptr;
    opened->~sinter_package();
    return code;
  }
  *package = opened;
  return SINTER_OK;
}

void sinter_package_close(sinter_package *package) {
  if (isPackage(package))
    package->~sinter_package();
}
