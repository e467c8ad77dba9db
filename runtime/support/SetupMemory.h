// Memory from the allocator hook, remembered so that one call gives all of it back. Used while opening packages,
// creating contexts and binding, never while running.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_SETUPMEMORY_H
#define SINTER_RUNTIME_SUPPORT_SETUPMEMORY_H

#include "support/Checked.h"

#include "sinter.h"

#include <string.h>

namespace sinter::rt {

class SetupMemory {
public:
  /// `hooks` must be complete and outlive this object.
  explicit SetupMemory(const sinter_hooks &hooks) : hooks(hooks) {}
  SetupMemory(const SetupMemory &) = delete;
  SetupMemory &operator=(const SetupMemory &) = delete;
  ~SetupMemory() { releaseAll(); }

  /// Zeroed bytes, or NULL. `alignment` is a power of two.
  void *allocate(uint64_t bytes, uint64_t alignment = 16) {
    void *memory = allocateRaw(bytes, alignment);
    return memory ? memset(memory, 0, size_t(bytes)) : nullptr;
  }

  /// Bytes of undefined content, or NULL: for what is large and written before it is read.
  void *allocateRaw(uint64_t bytes, uint64_t alignment) {
    alignment = alignment < alignof(Block) ? alignof(Block) : alignment;
    Checked front = Checked(sizeof(Block)).alignedTo(alignment);
    Checked total = front + bytes;
    if (!total.ok() || !isAddressable(total.value()))
      return nullptr;
    void *start = hooks.allocate(hooks.user, size_t(total.value()), size_t(alignment));
    if (!start)
      return nullptr;
    uint8_t *user = static_cast<uint8_t *>(start) + front.value();
    Block *block = reinterpret_cast<Block *>(user) - 1;
    *block = {head, start, size_t(total.value()), size_t(alignment)};
    head = block;
    return user;
  }

  /// An array of zeroed elements that need no destructor.
  template <typename T> T *array(uint64_t count) {
    Checked bytes = Checked(count) * sizeof(T);
    return bytes.ok() ? static_cast<T *>(allocate(bytes.value(), alignof(T))) : nullptr;
  }

  void releaseAll() {
    while (Block *block = head) {
      head = block->next;
      hooks.release(hooks.user, block->start, block->bytes, block->alignment);
    }
  }

private:
  struct Block {
    Block *next;
    void *start;
    size_t bytes;
    size_t alignment;
  };

  const sinter_hooks &hooks;
  Block *head = nullptr;
};

} // namespace sinter::rt

#endif
