// The table of a driver, for a platform.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_GPU_DRIVER_DRIVERTABLE_H
#define SINTER_TARGETS_GPU_DRIVER_DRIVERTABLE_H

#include "targets/gpu/driver/Stream.h"

#include "support/DriverObjects.h"

namespace sinter::gpu {

/// What the index-th device is; nothing stays open.
sinter_code describe(const Platform &platform, uint32_t index, Abilities *abilities, rt::Report &report);
sinter_code enumerate(const Platform &platform, uint32_t index, sinter_device_info *info, rt::Report &report);
sinter_code accept(const Platform &platform, uint32_t index, const sinter_code_image &code, rt::Report &report);

/// See support/DriverObjects.h. `platform` has static storage.
template <const Platform &platform> struct PlatformDriver {
  struct Executable : gpu::Executable {
    explicit Executable(const sinter_hooks &hooks) : gpu::Executable(hooks, platform) {}
  };
  using Stream = gpu::Stream;
  using Segment = gpu::Segment;
  using Buffer = gpu::Buffer;
  static constexpr const char *title = platform.title;

  static sinter_code enumerate(const sinter_hooks *, uint32_t index, sinter_device_info *info, sinter_error *error) {
    rt::Report report(error);
    return gpu::enumerate(platform, index, info, report);
  }
  static sinter_code accept(const sinter_hooks *, uint32_t index, const sinter_code_image *code, sinter_error *error) {
    rt::Report report(error);
    return gpu::accept(platform, index, *code, report);
  }
  static sinter_code verify(const sinter_hooks *, const sinter_code_image *code, sinter_error *error) {
    rt::Report report(error);
    sinter_code result = rt::checkAbi(*code, platform.codeAbi, SINTER_E_VERSION, report);
    return result ? result : gpu::verify(platform, *code, report);
  }

  static const sinter_driver *entry(uint32_t hostAbi, sinter_error *error) {
    using D = rt::DriverMemory<PlatformDriver>;
    static constexpr sinter_driver table = D::table(platform.driver, enumerate, accept, verify);
    return D::entry(table, hostAbi, error);
  }
};

} // namespace sinter::gpu

#endif
