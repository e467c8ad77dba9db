// See Window.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/driver/Window.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace sinter::rt;

namespace sinter::hexagon {

namespace {

/// Holds a flag that is held for the length of a short list.
class Held {
public:
  explicit Held(std::atomic_flag &flag) : flag(flag) {
    while (flag.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Held() { flag.clear(std::memory_order_release); }

private:
  std::atomic_flag &flag;
};

} // namespace

sinter_code Window::open(Report &report) {
  fd = ::memfd_create("hexagon", MFD_CLOEXEC);
  if (fd >= 0 && !::ftruncate(fd, kBytes)) {
    void *mapped = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (mapped != MAP_FAILED) {
      host = static_cast<uint8_t *>(mapped);
      return SINTER_OK;
    }
  }
  return report.limit(0, kBytes).fail(SINTER_E_MEMORY, "no memory to share with the device");
}

Window::~Window() {
  if (host)
    ::munmap(host, kBytes);
  if (fd >= 0)
    ::close(fd);
}

sinter_code Window::allocate(uint64_t bytes, uint32_t alignment, Buffer *buffer, Report &report) {
  *buffer = {};
  if (bytes <= kBytes) {
    Held held(busy);
    // The first page stays free, so that no address is what a null pointer is.
    uint64_t place = kWindow + kPage;
    Buffer **link = &first;
    for (;; link = &(*link)->next) {
      place = (place + alignment - 1) & ~uint64_t(alignment - 1);
      if (place + (bytes ? bytes : 1) <= (*link ? (*link)->address : uint64_t(kWindow) + kBytes)) {
        buffer->address = uint32_t(place);
        buffer->host = host + (place - kWindow);
        buffer->size = bytes;
        buffer->next = *link;
        *link = buffer;
        break;
      }
      if (!*link)
        break;
      place = (*link)->end();
    }
  }
  if (!buffer->exists())
    return report.limit(kBytes, int64_t(bytes)).fail(SINTER_E_MEMORY, "no % bytes are left on the device", bytes);
  memset(buffer->host, 0, size_t(bytes));
  return SINTER_OK;
}

void Window::release(Buffer &buffer) {
  if (!buffer.exists())
    return;
  Held held(busy);
  Buffer **link = &first;
  while (*link != &buffer)
    link = &(*link)->next;
  *link = buffer.next;
  buffer = {};
}

} // namespace sinter::hexagon
