// Making and destroying contexts.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Context.h"

#include "support/Structs.h"

#include <new>

using namespace sinter;
using namespace sinter::rt;

//===--- requirements --------------------------------------------------------------------------------------------===//

static sinter_code readOptions(const sinter_context_options *given, sinter_context_options &options, Report &report) {
  if (!readStruct(given, options))
    return report.fail(SINTER_E_ARGUMENT, "sinter_context_options is of an unknown version");
  options.threads = options.threads ? options.threads : 1;
  if (options.threads > 1024)
    return report.limit(1024, options.threads).fail(SINTER_E_ARGUMENT, "% threads, 1024 are allowed", options.threads);
  return SINTER_OK;
}

static sinter_code noProgram(const sinter_package &package, Report &report) {
  if (countOf(package.metadata->programs()))
    return report.fail(SINTER_E_NO_DEVICE, "no program of the package can run here: %", package.reasons[0].text);
  return report.fail(SINTER_E_NO_DEVICE, "the package holds no program");
}

/// What both calls begin with: a package that can run, and options.
static sinter_code begin(const sinter_package *package, const sinter_context_options *given,
                         sinter_context_options &options, Report &report) {
  if (!isPackage(package))
    return report.fail(SINTER_E_ARGUMENT, "not an open package");
  if (sinter_code code = readOptions(given, options, report))
    return code;
  return package->chosen() ? SINTER_OK : noProgram(*package, report);
}

sinter_code sinter_context_get_requirements(const sinter_package *package, const sinter_context_options *given,
                                            sinter_context_requirements *requirements, sinter_error *error) {
  Report report(error);
  sinter_context_options options;
  if (sinter_code code = begin(package, given, options, report))
    return code;
  MemoryLayout layout;
  if (sinter_code code = measureMemory(*package, options.threads, layout, report))
    return code;
  sinter_context_requirements result{};
  result.bytes = sizeof(sinter_context);
  result.alignment = alignof(sinter_context);
  result.memory_bytes = layout.total.value();
  result.memory_alignment = layout.alignment;
  result.device_bytes = layout.deviceBytes.value();
  result.arena_bytes = layout.arenaBytes;
  result.state_bytes = layout.stateBytes;
  result.scratch_bytes = layout.scratchBytes;
  result.stack_bytes = layout.stackBytes;
  if (!writeStruct(requirements, result))
    return report.fail(SINTER_E_ARGUMENT, "sinter_context_requirements is NULL or has no size");
  return SINTER_OK;
}

//===--- making --------------------------------------------------------------------------------------------------===//

/// The pool that a context starts for itself, or the application's parallel_for.
static sinter_code startThreads(sinter_context &context, Report &report) {
  if (context.threads == 1 || context.hooks.parallel_for)
    return SINTER_OK;
  context.pool = createPool(context.hooks, context.threads);
  return context.pool ? SINTER_OK : report.fail(SINTER_E_MEMORY, "cannot start % threads", context.threads);
}

static sinter_code openStreams(sinter_context &context, void *const *scratch, Report &report) {
  const fb_reader::Program &program = *context.package.chosen();
  for (uint32_t i = 0; i < countOf(program.executables()); ++i) {
    const LoadedExecutable &executable = context.package.executables[i];
    sinter_stream_info info{};
    info.size = sizeof(info);
    info.executable = executable.handle;
    info.workers = context.threads;
    info.arena_count = countOf(program.arenas());
    info.arenas = context.arenas;
    info.constants = context.package.constants;
    info.constant_count = countOf(context.package.metadata->constants());
    info.states = context.states;
    info.state_count = countOf(context.package.metadata->states());
    info.scratch = scratch[i];
    info.hooks = &context.hooks;
    info.parallel_for = context.pool ? poolParallelFor : context.hooks.parallel_for;
    info.parallel_user = context.pool ? static_cast<void *>(context.pool) : context.hooks.user;
    if (sinter_code code = executable.driver->open(&info, &context.streams[i], report.raw()))
      return code;
  }
  return SINTER_OK;
}

static sinter_range rangeOf(const fb_reader::Binding &binding) {
  return {uint8_t(binding.class_()), {0, 0, 0}, binding.index(), binding.offset(), binding.length()};
}

/// Translates a segment's work for the driver. `ranges` grows by what the work needs.
static void describeWork(const fb_reader::WorkItem &item, sinter_work &work, sinter_range *&ranges) {
  work.node = textOf(item.node());
  work.grid_scalar = -1;
  work.ranges = ranges;
  if (const fb_reader::Dispatch *dispatch = item.work_as_Dispatch()) {
    work.kind = SINTER_WORK_DISPATCH;
    work.kernel = dispatch->kernel();
    work.grid = dispatch->grid();
    work.grid_scalar = dispatch->grid_scalar();
    for (uint32_t i = 0; i < countOf(dispatch->bindings()); ++i)
      *ranges++ = rangeOf(*dispatch->bindings()->Get(i));
  } else if (const fb_reader::Copy *copy = item.work_as_Copy()) {
    work.kind = SINTER_WORK_COPY;
    work.queue = copy->queue();
    *ranges++ = rangeOf(*copy->source());
    *ranges++ = rangeOf(*copy->target());
  } else if (const fb_reader::Fill *fill = item.work_as_Fill()) {
    work.kind = SINTER_WORK_FILL;
    work.pattern = fill->pattern();
    work.width = fill->width();
    *ranges++ = rangeOf(*fill->target());
  }
  work.range_count = uint32_t(ranges - work.ranges);
}

static uint64_t countRanges(const fb_reader::Procedure &procedure, const fb_reader::Segment &segment) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < segment.count(); ++i) {
    const fb_reader::Dispatch *dispatch = procedure.work()->Get(segment.first() + i)->work_as_Dispatch();
    count += dispatch ? countOf(dispatch->bindings()) : 2;
  }
  return count;
}

static sinter_code prepareSegment(sinter_context &context, PreparedSegment &prepared, Report &report) {
  const fb_reader::Segment &segment = *prepared.segment;
  auto *ranges = context.memory.array<sinter_range>(countRanges(*prepared.procedure, segment) + 1);
  SetupMemory temporary(context.hooks);
  auto *work = temporary.array<sinter_work>(uint64_t(segment.count()) + 1);
  if (!ranges || !work)
    return report.fail(SINTER_E_MEMORY, "no memory for a segment of % work items", segment.count());
  for (uint32_t i = 0; i < segment.count(); ++i)
    describeWork(*prepared.procedure->work()->Get(segment.first() + i), work[i], ranges);
  sinter_segment description{sizeof(description), work, segment.count(), context.package.chosen()->scalars()};
  const LoadedExecutable &executable = context.package.executables[segment.executable()];
  return executable.driver->prepare(context.streams[segment.executable()], &description, &prepared.prepared,
                                    report.raw());
}

static sinter_code prepareEntry(sinter_context &context, uint32_t index, Report &report) {
  const fb_reader::EntryPoint &entry = *context.package.entry(index);
  const fb_reader::Procedure &procedure = procedureOf(context.package, index);
  EntryState &state = context.entries[index];
  uint32_t inputs = countOf(entry.inputs()), outputs = countOf(entry.outputs()),
           commands = countOf(procedure.commands());
  uint32_t symbols = countOf(context.package.metadata->symbols());
  state.inputs = context.memory.array<Slot>(inputs + 1);
  state.outputs = context.memory.array<Slot>(outputs + 1);
  state.inputPointers = context.memory.array<void *>(inputs + 1);
  state.outputPointers = context.memory.array<void *>(outputs + 1);
  state.segments = context.memory.array<PreparedSegment>(commands + 1);
  state.symbols = context.memory.array<int64_t>(symbols + 1);
  uint64_t registers = uint64_t(context.package.chosen()->scalars()) + 1;
  state.scalars = context.memory.array<int64_t>(registers);
  state.foreseen = {context.memory.array<int64_t>(registers), context.memory.array<bool>(registers)};
  if (!state.inputs || !state.outputs || !state.inputPointers || !state.outputPointers || !state.segments ||
      !state.symbols || !state.scalars || !state.foreseen.registers || !state.foreseen.known)
    return report.fail(SINTER_E_MEMORY, "no memory for entry point '%'", entry.name()->c_str());
  for (uint32_t i = 0; i < symbols; ++i)
    state.symbols[i] = -1;
  for (uint32_t i = 0; i < commands; ++i) {
    const fb_reader::Segment *segment = procedure.commands()->Get(i)->command_as_Segment();
    state.segments[i] = {nullptr, segment, &procedure, &context};
    if (segment && segment->executable() != kLoaderItself)
      if (sinter_code code = prepareSegment(context, state.segments[i], report))
        return code;
  }
  return SINTER_OK;
}

static sinter_code createContext(sinter_context &context, const sinter_context_options &options, Report &report) {
  const sinter_package &package = context.package;
  uint32_t executables = countOf(package.chosen()->executables()), entries = countOf(package.metadata->entries());
  uint32_t mostCommands = 0;
  for (uint32_t i = 0; i < entries; ++i) {
    uint32_t count = countOf(procedureOf(package, i).commands());
    mostCommands = count > mostCommands ? count : mostCommands;
  }
  context.arenas = context.memory.array<sinter_memory>(countOf(package.chosen()->arenas()) + 1);
  context.states = context.memory.array<sinter_memory>(countOf(package.metadata->states()) + 1);
  context.lengths = context.memory.array<uint64_t>(countOf(package.metadata->states()) + 1);
  context.streams = context.memory.array<sinter_stream *>(executables);
  context.timelines = context.memory.array<uint64_t>(executables);
  context.pending = context.memory.array<uint64_t>(executables);
  context.jumps = context.memory.array<uint64_t>(mostCommands + 1);
  auto *entryStates = context.memory.array<EntryState>(entries);
  auto **scratch = context.memory.array<void *>(executables);
  if (!context.arenas || !context.states || !context.lengths || !context.streams || !context.timelines ||
      !context.pending || !context.jumps || !entryStates || !scratch)
    return report.fail(SINTER_E_MEMORY, "no memory for a context's tables");
  if (sinter_code code = startThreads(context, report))
    return code;
  if (sinter_code code = makeMemory(context, options, scratch, report))
    return code;
  if (sinter_code code = openStreams(context, scratch, report))
    return code;
  context.entries = entryStates;
  for (uint32_t i = 0; i < entries; ++i)
    if (sinter_code code = prepareEntry(context, i, report))
      return code;
  return resetStates(context, report);
}

sinter_context::~sinter_context() {
  magic = 0;
  const fb_reader::Program &program = *package.chosen();
  for (uint32_t e = 0; entries && e < countOf(package.metadata->entries()); ++e) {
    const fb_reader::Procedure &procedure = procedureOf(package, e);
    for (uint32_t i = 0; entries[e].segments && i < countOf(procedure.commands()); ++i)
      if (const PreparedSegment &segment = entries[e].segments[i]; segment.prepared)
        package.executables[segment.segment->executable()].driver->release(segment.prepared);
  }
  for (uint32_t i = 0; streams && i < countOf(program.executables()); ++i)
    if (streams[i])
      package.executables[i].driver->close(streams[i]);
  releaseMemory(*this);
  destroyPool(pool);
}

sinter_code sinter_context_create(const sinter_package *package, const sinter_context_options *given, void *block,
                                  uint64_t blockBytes, sinter_context **context, sinter_error *error) {
  Report report(error);
  sinter_context_options options;
  if (!context)
    return report.fail(SINTER_E_ARGUMENT, "the place for the handle is NULL");
  *context = nullptr;
  if (sinter_code code = begin(package, given, options, report))
    return code;
  if (!block || blockBytes < sizeof(sinter_context))
    return report.limit(sizeof(sinter_context), int64_t(blockBytes))
        .fail(SINTER_E_MEMORY, "the handle's block has % bytes, it needs %", blockBytes, sizeof(sinter_context));
  if (!isAligned(block, alignof(sinter_context)))
    return report.fail(SINTER_E_ALIGNMENT, "the handle's block must lie at a multiple of %", alignof(sinter_context));
  auto *created = new (block) sinter_context(*package);
  created->threads = options.threads;
  if (sinter_code code = createContext(*created, options, report)) {
    created->~sinter_context();
    return code;
  }
  *context = created;
  return SINTER_OK;
}

void sinter_context_destroy(sinter_context *context) {
  if (isContext(context))
    context->~sinter_context();
}
