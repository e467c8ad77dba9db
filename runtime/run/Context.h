// A context: the memory, streams and prepared segments with which one thread runs a package.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_RUN_CONTEXT_H
#define SINTER_RUNTIME_RUN_CONTEXT_H

#include "load/Package.h"
#include "os/Os.h"

namespace sinter::rt {

/// A caller's buffer for one input or output.
struct Slot {
  void *data = nullptr;    ///< The caller's.
  uint64_t bytes = 0;
  void *staging = nullptr; ///< Ours, aligned; used where `data` is not.
  uint64_t stagingBytes = 0;
};

/// One entry point's buffers, shapes and prepared segments.
struct EntryState {
  Slot *inputs = nullptr;
  Slot *outputs = nullptr;
  void **inputPointers = nullptr; ///< What segments get; NULL where the value is kept as state.
  void **outputPointers = nullptr;
  sinter_prepared **segments = nullptr; ///< By command; NULL where the command is no segment.
  int64_t *symbols = nullptr;           ///< Resolved value of each of the package's symbols; -1: not resolved.
  int64_t *scalars = nullptr;           ///< The program's registers, as the last run left them.
  bool hasRun = false;
};

/// Host memory that a context needs, and where each part of it begins.
struct MemoryLayout {
  Checked total = 0;
  uint64_t alignment = 64;
  uint64_t arenaBytes = 0, stateBytes = 0, scratchBytes = 0, stackBytes = 0;

  /// Room for `bytes` at a multiple of `alignment`; returns its offset.
  uint64_t add(uint64_t bytes, uint64_t alignment) {
    Checked start = total.alignedTo(alignment);
    this->alignment = alignment > this->alignment ? alignment : this->alignment;
    total = start + bytes;
    return start.value();
  }
};

constexpr uint64_t kMemoryAlignment = 64;

/// Bytes of a value with the sizes that were resolved; dimensions not known yet count at their bound.
Checked resolvedBytes(const fb_reader::Value &value, const int64_t *symbols);

inline const fb_reader::Procedure &procedureOf(const sinter_package &package, uint32_t entry) {
  return *package.chosen()->procedures()->Get(entry);
}

} // namespace sinter::rt

/// The handle. Lives in the caller's block.
struct sinter_context {
  static constexpr uint32_t kMagic = 0x434b4753;

  explicit sinter_context(const sinter_package &package) : package(package), hooks(package.hooks), memory(hooks) {}
  ~sinter_context();

  uint32_t magic = kMagic;
  const sinter_package &package;
  sinter_hooks hooks;
  sinter::rt::SetupMemory memory;
  uint32_t threads = 1;
  sinter::rt::Pool *pool = nullptr;

  sinter_memory *arenas = nullptr;
  sinter_memory *states = nullptr;
  bool statesValid = true;
  sinter_stream **streams = nullptr; ///< One for each executable of the program.
  uint64_t *timelines = nullptr;     ///< Per stream: what has been signalled by earlier runs.
  sinter::rt::EntryState *entries = nullptr;
  uint64_t *jumps = nullptr; ///< Taken backward jumps by command, for the run in progress.
};

namespace sinter::rt {

inline bool isContext(const sinter_context *context) { return context && context->magic == sinter_context::kMagic; }

/// Writes every state's initial value.
void resetStates(sinter_context &context);

} // namespace sinter::rt

#endif
