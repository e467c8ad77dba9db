// The memory that host and device share, and what lies in it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_DRIVER_WINDOW_H
#define SINTER_TARGETS_NPU_HEXAGON_DRIVER_WINDOW_H

#include "support/Report.h"
#include "targets/npu/hexagon/Protocol.h"

#include <atomic>

namespace sinter::hexagon {

/// A piece of the window. It knows its neighbours: it does not move while it exists.
struct Buffer {
  uint8_t *host = nullptr;
  uint32_t address = 0; ///< The device's.
  uint64_t size = 0;

  bool exists() const { return address != 0; }

private:
  friend class Window;
  uint64_t end() const { return address + (size ? size : 1); }
  Buffer *next = nullptr; ///< By address.
};

/// A file in memory, mapped once. Pieces are handed out first fit, from any thread.
class Window {
public:
  static constexpr uint32_t kBytes = 512u << 20; ///< Of address space; pages come with their first use.

  Window() = default;
  Window(const Window &) = delete;
  ~Window();

  sinter_code open(rt::Report &report);

  /// Zeroed memory, aligned to `alignment`, a power of two.
  sinter_code allocate(uint64_t bytes, uint32_t alignment, Buffer *buffer, rt::Report &report);
  void release(Buffer &buffer);

  int file() const { return fd; }

private:
  int fd = -1;
  uint8_t *host = nullptr;
  Buffer *first = nullptr;
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
};

} // namespace sinter::hexagon

#endif
