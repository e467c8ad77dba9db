// An open package: verified metadata, the chosen program, its code on devices, constants.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_LOAD_PACKAGE_H
#define SINTER_RUNTIME_LOAD_PACKAGE_H

#include "load/Source.h"
#include "support/SetupMemory.h"
#include "verify/MetadataCheck.h"

#include "sinter_driver.h"

namespace sinter::rt {

/// An executable of the chosen program on a device.
struct LoadedExecutable {
  const sinter_driver *driver = nullptr;
  uint32_t device = 0;
  uint32_t variant = 0;
  sinter_executable *handle = nullptr;
};

/// Completes the caller's hooks with defaults. Fails where an essential one is missing.
sinter_code completeHooks(const sinter_hooks *given, sinter_hooks &hooks, Report &report);

/// A driver's table, of our own size; checks version and required functions.
sinter_code openDriver(sinter_driver_entry entry, const sinter_driver *&driver, Report &report);

} // namespace sinter::rt

/// The handle. Lives in the caller's block.
struct sinter_package {
  static constexpr uint32_t kMagic = 0x504b4753;

  explicit sinter_package(const sinter_hooks &given) : hooks(given), memory(hooks) {}
  ~sinter_package();

  uint32_t magic = kMagic;
  sinter_hooks hooks;
  sinter::rt::SetupMemory memory;
  sinter::rt::Source source;
  sinter::rt::Directory directory;
  int32_t metadataSection = -1;
  const sinter::fb_reader::Package *metadata = nullptr;

  const sinter_driver **drivers = nullptr;
  uint32_t driverCount = 0;
  const char *device = nullptr; ///< The caller's choice, or NULL.

  int32_t program = -1;            ///< The chosen one.
  sinter_error *reasons = nullptr; ///< For each program: why it cannot run.
  sinter::rt::LoadedExecutable *executables = nullptr;
  sinter_memory *constants = nullptr;
  sinter_map_request *mappings = nullptr; ///< Of constants in a file; one for each section, extent 0 where unused.

  const sinter::fb_reader::Program *chosen() const {
    return program < 0 ? nullptr : metadata->programs()->Get(uint32_t(program));
  }
  /// The executable whose device's memory an arena or a state of the chosen program is in; NULL:
  /// the host's.
  const sinter::rt::LoadedExecutable *ownerOf(const sinter::fb_reader::Arena &arena) const {
    return sinter::rt::isHostMemory(arena.memory()) ? nullptr : &executables[arena.executable()];
  }
  const sinter::rt::LoadedExecutable *ownerOfState(uint32_t state) const {
    int32_t owner = sinter::rt::stateExecutable(*chosen(), state);
    return owner < 0 ? nullptr : &executables[owner];
  }
  const sinter::fb_reader::EntryPoint *entry(uint32_t index) const {
    return index < sinter::rt::countOf(metadata->entries()) ? metadata->entries()->Get(index) : nullptr;
  }
};

namespace sinter::rt {

/// Whether the pointer is an open package.
inline bool isPackage(const sinter_package *package) { return package && package->magic == sinter_package::kMagic; }

/// Copies a section into memory, at a multiple of 64.
sinter_code readSection(const sinter_package &package, uint32_t section, SetupMemory &memory, uint8_t *&bytes,
                        Report &report);

/// Chooses the first program that the devices accept. Leaves `program` at -1, with reasons, where
/// there is none.
sinter_code selectProgram(sinter_package &package, Report &report);

/// Checks code hashes and loads the chosen program's code. `scratch` bytes are read into private
/// memory.
sinter_code loadCode(sinter_package &package, Report &report);

/// Describes a variant of an executable for a driver. `kernels` must hold one element for each
/// kernel.
sinter_code_image describeCode(const sinter_package &package, const fb_reader::Executable &executable, uint32_t variant,
                               sinter_kernel *kernels, const char **features);

} // namespace sinter::rt

#endif
