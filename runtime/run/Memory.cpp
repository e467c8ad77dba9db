// A context's memory: in one block of the host's, or allocated by the drivers of devices that have
// their own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Context.h"

using namespace sinter;
using namespace sinter::rt;

namespace {

/// Measures, and where there is a context, makes.
class MemoryMaker {
public:
  MemoryMaker(const sinter_package &package, uint32_t threads, MemoryLayout &layout, Report &report)
      : package(package), threads(threads), layout(layout), report(report) {}

  /// From now on make what is measured, for this context.
  void makeFor(sinter_context &context, uint8_t *base, void **scratch) {
    this->context = &context;
    this->base = base;
    this->scratch = scratch;
  }

  sinter_code run() {
    const fb_reader::Program &program = *package.chosen();
    for (uint32_t i = 0; i < countOf(program.arenas()); ++i)
      if (sinter_code code = addArena(*program.arenas()->Get(i), i))
        return code;
    for (uint32_t i = 0; i < countOf(package.metadata->states()); ++i)
      if (sinter_code code = addState(package.metadata->states()->Get(i)->size(), i))
        return code;
    for (uint32_t i = 0; i < countOf(program.executables()); ++i)
      if (sinter_code code = addScratch(i))
        return code;
    if (!layout.total.ok() || !isAddressable(layout.total.value()) || !layout.deviceBytes.atMost(INT64_MAX))
      return report.fail(SINTER_E_LIMIT, "arenas, state and scratch are larger than this machine can address");
    return SINTER_OK;
  }

private:
  sinter_code addArena(const fb_reader::Arena &arena, uint32_t index) {
    uint64_t alignment = arena.alignment() < kMemoryAlignment ? kMemoryAlignment : arena.alignment();
    layout.arenaBytes += arena.size();
    const LoadedExecutable *owner = package.ownerOf(arena);
    sinter_memory *memory = context ? &context->arenas[index] : nullptr;
    if (sinter_code code = place(owner, owner ? arena.memory()->c_str() : "", arena.size(), alignment, memory))
      return code;
    if (owner && memory && arena.host_visible() && arena.size() && !memory->host)
      return report.fail(SINTER_E_DEVICE,
                         "driver '%' made memory '%' that the host does not see, which the program needs",
                         owner->driver->name, arena.memory()->c_str());
    return SINTER_OK;
  }

  sinter_code addState(uint64_t size, uint32_t index) {
    layout.stateBytes += size;
    const LoadedExecutable *owner = package.ownerOfState(index);
    const char *name = "";
    if (owner)
      name = package.chosen()->executables()->Get(uint32_t(owner - package.executables))->memory()->c_str();
    return place(owner, name, size, kMemoryAlignment, context ? &context->states[index] : nullptr);
  }

  sinter_code addScratch(uint32_t index) {
    const LoadedExecutable &executable = package.executables[index];
    sinter_stream_requirements needs{};
    needs.size = sizeof(needs);
    if (sinter_code code = executable.driver->requirements(executable.handle, threads, &needs, report.raw()))
      return code;
    uint64_t offset = layout.add(needs.scratch_bytes, kMemoryAlignment);
    if (context)
      scratch[index] = base + offset;
    layout.scratchBytes += needs.scratch_bytes;
    layout.stackBytes = needs.stack_bytes > layout.stackBytes ? needs.stack_bytes : layout.stackBytes;
    return SINTER_OK;
  }

  sinter_code place(const LoadedExecutable *owner, const char *name, uint64_t size, uint64_t alignment,
                    sinter_memory *memory) {
    if (!owner) {
      uint64_t offset = layout.add(size, alignment);
      if (memory)
        *memory = {base + offset, 0, size};
      return SINTER_OK;
    }
    layout.deviceBytes = layout.deviceBytes + size;
    if (!memory || !size)
      return SINTER_OK;
    sinter_memory made{};
    if (sinter_code code = owner->driver->allocate(owner->handle, name, size, alignment, &made, report.raw()))
      return code;
    *memory = {made.host, made.handle, size};
    return SINTER_OK;
  }

  const sinter_package &package;
  uint32_t threads;
  MemoryLayout &layout;
  Report &report;
  sinter_context *context = nullptr;
  uint8_t *base = nullptr;
  void **scratch = nullptr;
};

} // namespace

sinter_code sinter::rt::measureMemory(const sinter_package &package, uint32_t threads, MemoryLayout &layout,
                                      Report &report) {
  return MemoryMaker(package, threads, layout, report).run();
}

sinter_code sinter::rt::makeMemory(sinter_context &context, const sinter_context_options &options, void **scratch,
                                   Report &report) {
  MemoryLayout layout, again;
  if (sinter_code code = measureMemory(context.package, context.threads, layout, report))
    return code;
  auto *base = static_cast<uint8_t *>(options.memory);
  if (!base)
    base = static_cast<uint8_t *>(context.memory.allocateRaw(layout.total.value() + 1, layout.alignment));
  else if (options.memory_bytes < layout.total.value())
    return report.limit(int64_t(layout.total.value()), int64_t(options.memory_bytes))
        .fail(SINTER_E_MEMORY, "the context's memory has % bytes, it needs %", options.memory_bytes,
              layout.total.value());
  else if (!isAligned(base, layout.alignment))
    return report.fail(SINTER_E_ALIGNMENT, "the context's memory must lie at a multiple of %", layout.alignment);
  if (!base)
    return report.fail(SINTER_E_MEMORY, "no memory for arenas, state and scratch, % bytes", layout.total.value());
  MemoryMaker maker(context.package, context.threads, again, report);
  maker.makeFor(context, base, scratch);
  return maker.run();
}

static void giveBack(const LoadedExecutable *owner, sinter_memory &memory) {
  if (owner && memory.size)
    owner->driver->deallocate(owner->handle, &memory);
}

void sinter::rt::releaseMemory(sinter_context &context) {
  const sinter_package &package = context.package;
  for (uint32_t i = 0; context.arenas && i < countOf(package.chosen()->arenas()); ++i)
    giveBack(package.ownerOf(*package.chosen()->arenas()->Get(i)), context.arenas[i]);
  for (uint32_t i = 0; context.states && i < countOf(package.metadata->states()); ++i)
    giveBack(package.ownerOfState(i), context.states[i]);
}

//===--- reaching it ---------------------------------------------------------------------------------------------===//

void *sinter::rt::hostAddress(const sinter_context &context, const EntryState &entry,
                              const fb_reader::Binding &binding) {
  void *base;
  uint32_t index = binding.index();
  switch (binding.class_()) {
  case fb_reader::BindingClass_arena: base = context.arenas[index].host; break;
  case fb_reader::BindingClass_constant: base = context.package.constants[index].host; break;
  case fb_reader::BindingClass_input: base = entry.inputPointers[index]; break;
  case fb_reader::BindingClass_output: base = entry.outputPointers[index]; break;
  default: base = context.states[index].host;
  }
  return base ? static_cast<uint8_t *>(base) + binding.offset() : nullptr;
}

sinter_code sinter::rt::readRange(const sinter_context &context, const EntryState &entry,
                                  const fb_reader::Binding &binding, void *data, Report &report) {
  if (const void *address = hostAddress(context, entry, binding)) {
    memcpy(data, address, size_t(binding.length()));
    return SINTER_OK;
  }
  // Only arenas and states can be where the host does not see them.
  const sinter_package &package = context.package;
  bool isArena = binding.class_() == fb_reader::BindingClass_arena;
  const LoadedExecutable &owner = *(isArena ? package.ownerOf(*package.chosen()->arenas()->Get(binding.index()))
                                            : package.ownerOfState(binding.index()));
  const sinter_memory &memory = (isArena ? context.arenas : context.states)[binding.index()];
  return owner.driver->read(owner.handle, &memory, binding.offset(), data, binding.length(), report.raw());
}

sinter_code sinter::rt::writeState(const sinter_context &context, uint32_t state, const void *data, Report &report) {
  const sinter_memory &memory = context.states[state];
  const LoadedExecutable *owner = context.package.ownerOfState(state);
  if (owner && memory.size)
    return owner->driver->write(owner->handle, &memory, 0, data, memory.size, report.raw());
  if (data)
    memcpy(memory.host, data, size_t(memory.size));
  else if (memory.host)
    memset(memory.host, 0, size_t(memory.size));
  return SINTER_OK;
}

sinter_code sinter::rt::readState(const sinter_context &context, uint32_t state, void *data, Report &report) {
  const sinter_memory &memory = context.states[state];
  const LoadedExecutable *owner = context.package.ownerOfState(state);
  if (owner && memory.size)
    return owner->driver->read(owner->handle, &memory, 0, data, memory.size, report.raw());
  memcpy(data, memory.host, size_t(memory.size));
  return SINTER_OK;
}
