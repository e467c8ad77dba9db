// Running an entry point: a small machine over the program's commands. Allocates nothing.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Context.h"
#include "support/Structs.h"

using namespace sinter;
using namespace sinter::rt;

namespace {

class Machine {
public:
  Machine(sinter_context &context, uint32_t entryIndex, const sinter_run_params &params, Report &report)
      : context(context), package(context.package), procedure(procedureOf(package, entryIndex)),
        entry(*package.entry(entryIndex)), state(context.entries[entryIndex]), params(params), report(report) {}

  sinter_code run() {
    if (sinter_code code = begin())
      return code;
    sinter_code code = execute();
    if (!code)
      code = drain();
    if (!code)
      code = keepLengths();
    if (code)
      recover();
    else
      copyOut();
    advanceTimelines();
    return code;
  }

private:
  //===--- before and after
  //---------------------------------------------------------------------------------------===//

  sinter_code begin() {
    if (context.isLost)
      return report.fail(SINTER_E_DEVICE, "a device was lost in an earlier run; make another context");
    if (countOf(package.metadata->states()) && !context.statesValid)
      return report.fail(SINTER_E_STATE, "state is invalid since a run failed; reset or restore it");
    if (sinter_code code = checkBound(entry.inputs(), state.inputs))
      return code;
    if (sinter_code code = checkBound(entry.outputs(), state.outputs))
      return code;
    beginRegisters(*package.metadata, *package.chosen(), state.symbols, context.lengths, state.scalars);
    context.running = &params;
    for (uint32_t i = 0; i < countOf(procedure.commands()); ++i)
      context.jumps[i] = 0;
    for (uint32_t i = 0; i < countOf(entry.inputs()); ++i)
      if (state.inputPointers[i] && state.inputPointers[i] != state.inputs[i].data)
        memcpy(state.inputPointers[i], state.inputs[i].data,
               size_t(copiedBytes(*entry.inputs()->Get(i), state.inputs[i])));
    return SINTER_OK;
  }

  sinter_code checkBound(const flatbuffers::Vector<flatbuffers::Offset<fb_reader::Value>> *values, const Slot *slots) {
    for (uint32_t i = 0; i < countOf(values); ++i) {
      const fb_reader::Value &value = *values->Get(i);
      if (value.state() < 0 && !slots[i].data)
        return report.fail(SINTER_E_UNBOUND, "'%' has no buffer", value.name()->c_str());
      for (uint32_t d = 0; d < countOf(value.dims()); ++d)
        if (value.dims()->Get(d)->symbol() >= 0 && state.symbols[value.dims()->Get(d)->symbol()] < 0)
          return report.fail(SINTER_E_UNBOUND, "the shape of '%' was not resolved", value.name()->c_str());
      // The shape may have been resolved anew after the buffer was bound.
      uint64_t needed = resolvedBytes(value, state).value();
      if (value.state() < 0 && slots[i].bytes < needed)
        return report.limit(int64_t(needed), int64_t(slots[i].bytes))
            .fail(SINTER_E_BUFFER, "the buffer for '%' has % bytes, its shape needs %", value.name()->c_str(),
                  slots[i].bytes, needed);
    }
    return SINTER_OK;
  }

  static uint64_t copiedBytes(const fb_reader::Value &value, const Slot &slot) {
    uint64_t whole = tensorBytes(value.type(), value.dims()).value();
    return whole < slot.bytes ? whole : slot.bytes;
  }

  void copyOut() {
    state.hasRun = true;
    for (uint32_t i = 0; i < countOf(entry.outputs()); ++i)
      if (state.outputPointers[i] && state.outputPointers[i] != state.outputs[i].data)
        memcpy(state.outputs[i].data, state.outputPointers[i],
               size_t(copiedBytes(*entry.outputs()->Get(i), state.outputs[i])));
  }

  /// The lengths that the run has given to states that grow.
  sinter_code keepLengths() {
    for (uint32_t i = 0; i < countOf(package.metadata->states()); ++i) {
      const fb_reader::State &variable = *package.metadata->states()->Get(i);
      int32_t axis = growingAxis(variable);
      if (axis < 0)
        continue;
      const fb_reader::Dim &dim = *variable.dims()->Get(uint32_t(axis));
      int64_t length = state.scalars[dim.scalar()];
      if (length < 0 || length > dim.extent())
        return report.limit(dim.extent(), length)
            .fail(SINTER_E_BOUND, "state '%' would have length %, it holds %", variable.name()->c_str(), length,
                  dim.extent());
      context.lengths[i] = uint64_t(length);
    }
    return SINTER_OK;
  }

  /// After a failure: streams forget what was submitted, and state cannot be trusted.
  void recover() {
    context.statesValid = false;
    sinter_error ignored{};
    ignored.size = sizeof(ignored);
    for (uint32_t i = 0; i < countOf(package.chosen()->executables()); ++i) {
      context.pending[i] = 0;
      if (package.executables[i].driver->reset(context.streams[i], context.timelines[i] + highest, &ignored))
        context.isLost = true;
    }
  }

  void advanceTimelines() {
    for (uint32_t i = 0; i < countOf(package.chosen()->executables()); ++i)
      context.timelines[i] += highest;
  }

  //===--- commands
  //-----------------------------------------------------------------------------------------------===//

  sinter_code execute() {
    for (uint32_t at = 0;;) {
      if (sinter_code code = checkTime())
        return code;
      const fb_reader::CommandItem &item = *procedure.commands()->Get(at);
      sinter_code code = SINTER_OK;
      uint32_t next = at + 1;
      switch (item.command_type()) {
      case fb_reader::Command_Segment: code = start(*item.command_as_Segment(), at); break;
      case fb_reader::Command_Scalar: code = compute(*item.command_as_Scalar(), state.scalars, report); break;
      case fb_reader::Command_Load: code = load(*item.command_as_Load()); break;
      case fb_reader::Command_Branch:
        if (state.scalars[item.command_as_Branch()->condition()])
          next = item.command_as_Branch()->target();
        break;
      case fb_reader::Command_Jump: code = jump(*item.command_as_Jump(), at, next); break;
      default: return SINTER_OK; // End, by verification.
      }
      if (code)
        return code;
      at = next;
    }
  }

  sinter_code checkTime() {
    if (params.cancel && *params.cancel)
      return report.fail(SINTER_E_CANCELLED, "the run was cancelled");
    if (params.deadline && context.hooks.clock(context.hooks.user) > params.deadline)
      return report.fail(SINTER_E_DEADLINE, "the deadline passed");
    return SINTER_OK;
  }

  /// Starts a segment once what it waits for has been reached, or will be before it on its own
  /// stream.
  sinter_code start(const fb_reader::Segment &segment, uint32_t at) {
    uint64_t ownWait = 0;
    for (uint32_t i = 0; i < countOf(segment.waits()); ++i) {
      uint64_t value = segment.waits()->Get(i);
      uint32_t owner = executableThatSignals(value, at);
      if (owner == kLoaderItself || context.pending[owner] < value)
        continue; // Reached.
      if (owner == segment.executable())
        ownWait = value > ownWait ? value : ownWait;
      else if (sinter_code code = waitFor(owner, value))
        return code;
    }
    highest = segment.signal() > highest ? segment.signal() : highest;
    return segment.executable() == kLoaderItself ? runHere(segment) : submit(segment, at, ownWait);
  }

  /// The segment before command `at` that signals the value is the last one, or near it.
  uint32_t executableThatSignals(uint64_t value, uint32_t at) const {
    while (at-- > 0) {
      const fb_reader::Segment *segment = state.segments[at].segment;
      if (segment && segment->signal() <= value)
        return segment->signal() == value ? segment->executable() : kLoaderItself;
    }
    return kLoaderItself;
  }

  sinter_code submit(const fb_reader::Segment &segment, uint32_t at, uint64_t ownWait) {
    uint32_t index = segment.executable();
    uint64_t wait = context.timelines[index] + ownWait;
    sinter_submission submission{};
    submission.size = sizeof(submission);
    submission.inputs = state.inputPointers;
    submission.outputs = state.outputPointers;
    submission.scalars = state.scalars;
    submission.waits = &wait;
    submission.wait_count = ownWait != 0;
    submission.signal = context.timelines[index] + segment.signal();
    submission.deadline = params.deadline;
    submission.cancel = params.cancel;
    submission.profile = params.profile ? profileWork : nullptr;
    submission.profile_user = &state.segments[at];
    context.pending[index] = segment.signal();
    return package.executables[index].driver->submit(state.segments[at].prepared, &submission, report.raw());
  }

  /// Copies and fills between what the host sees, in order.
  sinter_code runHere(const fb_reader::Segment &segment) {
    for (uint32_t i = 0; i < segment.count(); ++i) {
      if (sinter_code code = checkTime())
        return code;
      uint64_t begin = params.profile ? context.hooks.clock(context.hooks.user) : 0;
      const fb_reader::WorkItem &item = *procedure.work()->Get(segment.first() + i);
      const fb_reader::Fill *fill = item.work_as_Fill();
      const fb_reader::Binding &target = fill ? *fill->target() : *item.work_as_Copy()->target();
      auto *to = static_cast<uint8_t *>(hostAddress(context, state, target));
      if (fill)
        repeat(fill->pattern(), fill->width(), to, target.length());
      else if (target.length())
        memmove(to, hostAddress(context, state, *item.work_as_Copy()->source()), size_t(target.length()));
      if (params.profile)
        tell(params, item, fill ? "fill" : "copy", "host", begin, context.hooks.clock(context.hooks.user));
    }
    return SINTER_OK;
  }

  static void repeat(uint64_t pattern, uint32_t width, uint8_t *to, uint64_t length) {
    for (uint64_t at = 0; at < length; at += width)
      memcpy(to + at, &pattern, width);
  }

  /// Waits until a stream has reached a value, or what it signals next after it.
  sinter_code waitFor(uint32_t index, uint64_t value) {
    const LoadedExecutable &executable = package.executables[index];
    if (context.pending[index] == value)
      context.pending[index] = 0;
    return executable.driver->wait(context.streams[index], context.timelines[index] + value, params.deadline,
                                   params.cancel, report.raw());
  }

  /// Waits for everything that was submitted.
  sinter_code drain() {
    for (uint32_t i = 0; i < countOf(package.chosen()->executables()); ++i)
      if (uint64_t value = context.pending[i])
        if (sinter_code code = waitFor(i, value))
          return code;
    return SINTER_OK;
  }

  static void tell(const sinter_run_params &params, const fb_reader::WorkItem &item, const char *name,
                   const char *target, uint64_t start, uint64_t end) {
    sinter_profile_row row{sizeof(row), name, textOf(item.node()), target, start, end};
    params.profile(params.profile_user, &row);
  }

  static void profileWork(void *user, uint32_t work, uint64_t start, uint64_t end) {
    const auto &prepared = *static_cast<const PreparedSegment *>(user);
    const fb_reader::WorkItem &item = *prepared.procedure->work()->Get(prepared.segment->first() + work);
    const fb_reader::Executable &executable =
        *prepared.context->package.chosen()->executables()->Get(prepared.segment->executable());
    const fb_reader::Dispatch *dispatch = item.work_as_Dispatch();
    const char *name = dispatch              ? executable.kernels()->Get(dispatch->kernel())->name()->c_str()
                       : item.work_as_Copy() ? "copy"
                                             : "fill";
    tell(*prepared.context->running, item, name, executable.target()->c_str(), start, end);
  }

  sinter_code jump(const fb_reader::Jump &command, uint32_t at, uint32_t &next) {
    next = command.target();
    if (next > at)
      return SINTER_OK;
    if (context.jumps[at]++ < command.limit())
      return beginIteration();
    return report.limit(int64_t(command.limit()), int64_t(context.jumps[at]))
        .fail(SINTER_E_LOOP, "a loop ran more often than its limit, %", command.limit());
  }

  /// The commands ahead signal the same values again: the timelines go on from what has been
  /// reached.
  sinter_code beginIteration() {
    if (sinter_code code = drain())
      return code;
    advanceTimelines();
    highest = 0;
    return SINTER_OK;
  }

  sinter_code load(const fb_reader::Load &command) {
    if (sinter_code code = drain())
      return code;
    uint8_t bytes[8];
    if (sinter_code code = readRange(context, state, *command.source(), bytes, report))
      return code;
    int64_t value = 0;
    switch (command.width()) {
    case 1: value = readAs<int8_t>(bytes); break;
    case 2: value = readAs<int16_t>(bytes); break;
    case 4: value = readAs<int32_t>(bytes); break;
    default: value = readAs<int64_t>(bytes);
    }
    return setRegister(state.scalars, command.result(), value, command.min(), command.max(), report);
  }

  template <typename T> static int64_t readAs(const uint8_t *bytes) {
    T value;
    memcpy(&value, bytes, sizeof(T));
    return value;
  }

  sinter_context &context;
  const sinter_package &package;
  const fb_reader::Procedure &procedure;
  const fb_reader::EntryPoint &entry;
  EntryState &state;
  const sinter_run_params &params;
  Report &report;
  uint64_t highest = 0; ///< Signal of this iteration.
};

} // namespace

sinter_code sinter_run(sinter_context *context, uint32_t entry, const sinter_run_params *given, sinter_error *error) {
  Report report(error);
  sinter_run_params params;
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, "not a context");
  if (!readStruct(given, params))
    return report.fail(SINTER_E_ARGUMENT, "sinter_run_params is of an unknown version");
  if (!context->package.entry(entry))
    return report.fail(SINTER_E_NOT_FOUND, "no entry point %", entry);
  return Machine(*context, entry, params, report).run();
}
