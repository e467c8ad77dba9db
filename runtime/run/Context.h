// A context: the memory, streams and prepared segments with which one thread runs a package.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_RUN_CONTEXT_H
#define SINTER_RUNTIME_RUN_CONTEXT_H

#include "load/Package.h"
#include "os/Os.h"
#include "run/Registers.h"

namespace sinter::rt {

/// A caller's buffer for one input or output.
struct Slot {
  void *data = nullptr; ///< The caller's.
  uint64_t bytes = 0;
  void *staging = nullptr; ///< Ours, aligned; used where `data` is not.
  uint64_t stagingBytes = 0;
};

/// A command that is a segment, as a context runs it.
struct PreparedSegment {
  sinter_prepared *prepared = nullptr; ///< NULL: no segment, or one that the loader runs itself.
  const fb_reader::Segment *segment = nullptr;
  const fb_reader::Procedure *procedure = nullptr;
  sinter_context *context = nullptr; ///< For the profile, which a driver may report after later submissions.
};

/// One entry point's buffers, shapes and prepared segments.
struct EntryState {
  Slot *inputs = nullptr;
  Slot *outputs = nullptr;
  void **inputPointers = nullptr; ///< What segments get; NULL where the value is kept as state.
  void **outputPointers = nullptr;
  PreparedSegment *segments = nullptr; ///< By command.
  int64_t *symbols = nullptr;          ///< Resolved value of each of the package's symbols; -1: not resolved.
  int64_t *scalars = nullptr;          ///< The program's registers, as the last run left them.
  Foresight foreseen;                  ///< What sinter_resolve could compute of them.
  bool hasRun = false;
};

/// Memory that a context needs, and in the host's, where each part of it begins.
struct MemoryLayout {
  Checked total = 0;       ///< Of host memory.
  Checked deviceBytes = 0; ///< Of memory that drivers allocate.
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

/// Bytes of a value with the sizes that were resolved; dimensions not known yet count at their
/// bound.
Checked resolvedBytes(const fb_reader::Value &value, const EntryState &state);

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
  uint64_t *lengths = nullptr; ///< Of states that grow; 0 for others.
  bool statesValid = true;
  bool isLost = false;               ///< A driver could not recover from a failed run.
  sinter_stream **streams = nullptr; ///< One for each executable of the program.
  uint64_t *timelines = nullptr;     ///< Per stream: what has been signalled by earlier runs.
  uint64_t *pending = nullptr;       ///< Per stream: the last signal submitted and not waited for, or 0.
  sinter::rt::EntryState *entries = nullptr;
  uint64_t *jumps = nullptr;                  ///< Taken backward jumps by command, for the run in progress.
  const sinter_run_params *running = nullptr; ///< Of the run in progress.
};

namespace sinter::rt {

inline bool isContext(const sinter_context *context) { return context && context->magic == sinter_context::kMagic; }

//===--- memory (Memory.cpp) -------------------------------------------------------------------------------------===//

/// What a context with so many threads needs.
sinter_code measureMemory(const sinter_package &package, uint32_t threads, MemoryLayout &layout, Report &report);

/// Makes arenas and states; `scratch` gets each executable's.
sinter_code makeMemory(sinter_context &context, const sinter_context_options &options, void **scratch, Report &report);

/// Gives back what drivers allocated. Streams are closed.
void releaseMemory(sinter_context &context);

/// Where the host reads and writes a range; NULL where it does not.
void *hostAddress(const sinter_context &context, const EntryState &entry, const fb_reader::Binding &binding);

/// Copies a range to the host, from wherever it is.
sinter_code readRange(const sinter_context &context, const EntryState &entry, const fb_reader::Binding &binding,
                      void *data, Report &report);

/// The whole of a state. `data` NULL: zeros.
sinter_code writeState(const sinter_context &context, uint32_t state, const void *data, Report &report);
sinter_code readState(const sinter_context &context, uint32_t state, void *data, Report &report);

/// Writes every state's initial value (State.cpp).
sinter_code resetStates(sinter_context &context, Report &report);

} // namespace sinter::rt

#endif
