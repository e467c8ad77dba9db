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
    if (code)
      recover();
    else
      copyOut();
    return code;
  }

private:
  //===--- before and after ---------------------------------------------------------------------------------------===//

  sinter_code begin() {
    if (countOf(package.metadata->states()) && !context.statesValid)
      return report.fail(SINTER_E_STATE, {"state is invalid since a run failed; reset or restore it"});
    if (sinter_code code = checkBound(entry.inputs(), state.inputs))
      return code;
    if (sinter_code code = checkBound(entry.outputs(), state.outputs))
      return code;
    for (uint32_t i = 0; i < package.chosen()->scalars(); ++i)
      state.scalars[i] = 0;
    for (uint32_t i = 0; i < countOf(package.metadata->symbols()); ++i) {
      const fb_reader::Symbol &symbol = *package.metadata->symbols()->Get(i);
      if (state.symbols[i] >= 0)
        state.scalars[symbol.scalar()] = state.symbols[i];
    }
    for (uint32_t i = 0; i < countOf(procedure.commands()); ++i)
      context.jumps[i] = 0;
    for (uint32_t i = 0; i < countOf(entry.inputs()); ++i)
      if (state.inputPointers[i] && state.inputPointers[i] != state.inputs[i].data)
        memcpy(state.inputPointers[i], state.inputs[i].data, size_t(copiedBytes(*entry.inputs()->Get(i), state.inputs[i])));
    return SINTER_OK;
  }

  sinter_code checkBound(const flatbuffers::Vector<flatbuffers::Offset<fb_reader::Value>> *values, const Slot *slots) {
    for (uint32_t i = 0; i < countOf(values); ++i) {
      const fb_reader::Value &value = *values->Get(i);
      if (value.state() < 0 && !slots[i].data)
        return report.fail(SINTER_E_UNBOUND, {"'", value.name()->c_str(), "' has no buffer"});
      for (uint32_t d = 0; d < countOf(value.dims()); ++d)
        if (value.dims()->Get(d)->symbol() >= 0 && state.symbols[value.dims()->Get(d)->symbol()] < 0)
          return report.fail(SINTER_E_UNBOUND, {"the shape of '", value.name()->c_str(), "' was not resolved"});
      // The shape may have been resolved anew after the buffer was bound.
      uint64_t needed = resolvedBytes(value, state.symbols).value();
      if (value.state() < 0 && slots[i].bytes < needed)
        return report.limit(int64_t(needed), int64_t(slots[i].bytes))
            .fail(SINTER_E_BUFFER, {"the buffer for '", value.name()->c_str(), "' has ", slots[i].bytes, " bytes, its shape needs ", needed});
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
        memcpy(state.outputs[i].data, state.outputPointers[i], size_t(copiedBytes(*entry.outputs()->Get(i), state.outputs[i])));
  }

  /// After a failure: streams forget what was submitted, and state cannot be trusted.
  void recover() {
    context.statesValid = false;
    sinter_error ignored{};
    ignored.size = sizeof(ignored);
    for (uint32_t i = 0; i < countOf(package.chosen()->executables()); ++i)
      package.executables[i].driver->reset(context.streams[i], context.timelines[i] + highest, &ignored);
    advanceTimelines();
  }

  void advanceTimelines() {
    for (uint32_t i = 0; i < countOf(package.chosen()->executables()); ++i)
      context.timelines[i] += highest;
  }

  //===--- commands -----------------------------------------------------------------------------------------------===//

  sinter_code execute() {
    for (uint32_t at = 0;;) {
      if (sinter_code code = checkTime())
        return code;
      const fb_reader::CommandItem &item = *procedure.commands()->Get(at);
      sinter_code code = SINTER_OK;
      uint32_t next = at + 1;
      switch (item.command_type()) {
      case fb_reader::Command_Segment: code = submit(*item.command_as_Segment(), at); break;
      case fb_reader::Command_Scalar: code = compute(*item.command_as_Scalar()); break;
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
      return report.fail(SINTER_E_CANCELLED, {"the run was cancelled"});
    if (params.deadline && context.hooks.clock(context.hooks.user) > params.deadline)
      return report.fail(SINTER_E_DEADLINE, {"the deadline passed"});
    return SINTER_OK;
  }

  sinter_code submit(const fb_reader::Segment &segment, uint32_t at) {
    uint32_t index = segment.executable();
    // Work on one stream is in order; another stream's is waited for by the host.
    if (pending && index != lastExecutable)
      if (sinter_code code = drain())
        return code;
    const LoadedExecutable &executable = package.executables[index];
    current = &segment;
    sinter_submission submission{};
    submission.size = sizeof(submission);
    submission.inputs = state.inputPointers;
    submission.outputs = state.outputPointers;
    submission.scalars = state.scalars;
    submission.signal = context.timelines[index] + segment.signal();
    submission.deadline = params.deadline;
    submission.cancel = params.cancel;
    submission.profile = params.profile ? profileWork : nullptr;
    submission.profile_user = this;
    highest = segment.signal() > highest ? segment.signal() : highest;
    lastExecutable = index;
    lastSignal = submission.signal;
    pending = true;
    return executable.driver->submit(state.segments[at], &submission, report.raw());
  }

  /// Waits for what was submitted last, and so for all of that stream.
  sinter_code drain() {
    if (!pending)
      return SINTER_OK;
    pending = false;
    const LoadedExecutable &executable = package.executables[lastExecutable];
    sinter_code code = executable.driver->wait(context.streams[lastExecutable], lastSignal, params.deadline, params.cancel, report.raw());
    return code;
  }

  static void profileWork(void *user, uint32_t work, uint64_t start, uint64_t end) {
    auto &machine = *static_cast<Machine *>(user);
    const fb_reader::WorkItem &item = *machine.procedure.work()->Get(machine.current->first() + work);
    const fb_reader::Executable &executable = *machine.package.chosen()->executables()->Get(machine.current->executable());
    const fb_reader::Dispatch *dispatch = item.work_as_Dispatch();
    const char *name = dispatch ? executable.kernels()->Get(dispatch->kernel())->name()->c_str()
                                : item.work_as_Copy() ? "copy" : "fill";
    sinter_profile_row row{sizeof(row), name, textOf(item.node()), executable.target()->c_str(), start, end};
    machine.params.profile(machine.params.profile_user, &row);
  }

  sinter_code jump(const fb_reader::Jump &command, uint32_t at, uint32_t &next) {
    next = command.target();
    if (next > at)
      return SINTER_OK;
    if (context.jumps[at]++ < command.limit())
      return beginIteration();
    return report.limit(int64_t(command.limit()), int64_t(context.jumps[at]))
        .fail(SINTER_E_LOOP, {"a loop ran more often than its limit, ", command.limit()});
  }

  /// The commands ahead signal the same values again: the timelines go on from what has been reached.
  sinter_code beginIteration() {
    if (sinter_code code = drain())
      return code;
    advanceTimelines();
    highest = 0;
    return SINTER_OK;
  }

  sinter_code setRegister(uint32_t index, int64_t value, int64_t min, int64_t max) {
    if (value < min || value > max)
      return report.limit(value < min ? min : max, value)
          .fail(SINTER_E_BOUND, {"a computed size is ", value, ", allowed are ", min, " to ", max});
    state.scalars[index] = value;
    return SINTER_OK;
  }

  sinter_code compute(const fb_reader::Scalar &command) {
    int64_t a = state.scalars[command.op() == fb_reader::ScalarOp_constant ? 0 : command.a()];
    int64_t b = state.scalars[command.op() == fb_reader::ScalarOp_constant ? 0 : command.b()];
    int64_t result = 0;
    bool wrong = false;
    switch (command.op()) {
    case fb_reader::ScalarOp_constant: result = command.value(); break;
    case fb_reader::ScalarOp_add: wrong = __builtin_add_overflow(a, b, &result); break;
    case fb_reader::ScalarOp_sub: wrong = __builtin_sub_overflow(a, b, &result); break;
    case fb_reader::ScalarOp_mul: wrong = __builtin_mul_overflow(a, b, &result); break;
    case fb_reader::ScalarOp_floordiv:
    case fb_reader::ScalarOp_ceildiv:
    case fb_reader::ScalarOp_mod: wrong = !divide(command.op(), a, b, result); break;
    case fb_reader::ScalarOp_min: result = a < b ? a : b; break;
    case fb_reader::ScalarOp_max: result = a > b ? a : b; break;
    case fb_reader::ScalarOp_equal: result = a == b; break;
    case fb_reader::ScalarOp_less: result = a < b; break;
    case fb_reader::ScalarOp_select: result = a ? b : state.scalars[command.value()]; break;
    }
    if (wrong)
      return report.fail(SINTER_E_ARITHMETIC, {"a size's arithmetic overflowed or divided by zero"});
    return setRegister(command.result(), result, command.min(), command.max());
  }

  static bool divide(fb_reader::ScalarOp op, int64_t a, int64_t b, int64_t &result) {
    if (!b || (a == INT64_MIN && b == -1))
      return false;
    int64_t quotient = a / b, rest = a % b;
    bool inexact = rest != 0, negative = (rest < 0) != (b < 0);
    if (op == fb_reader::ScalarOp_floordiv)
      result = quotient - (inexact && negative);
    else if (op == fb_reader::ScalarOp_ceildiv)
      result = quotient + (inexact && !negative);
    else
      result = inexact && negative ? rest + b : rest;
    return true;
  }

  sinter_code load(const fb_reader::Load &command) {
    if (sinter_code code = drain())
      return code;
    const fb_reader::Binding &source = *command.source();
    const auto *bytes = static_cast<const uint8_t *>(baseOf(source)) + source.offset();
    int64_t value = 0;
    switch (command.width()) {
    case 1: value = int8_t(*bytes); break;
    case 2: value = readAs<int16_t>(bytes); break;
    case 4: value = readAs<int32_t>(bytes); break;
    default: value = readAs<int64_t>(bytes);
    }
    return setRegister(command.result(), value, command.min(), command.max());
  }

  template <typename T> static int64_t readAs(const uint8_t *bytes) {
    T value;
    memcpy(&value, bytes, sizeof(T));
    return value;
  }

  const void *baseOf(const fb_reader::Binding &binding) {
    switch (binding.class_()) {
    case fb_reader::BindingClass_arena: return context.arenas[binding.index()].host;
    case fb_reader::BindingClass_constant: return package.constants[binding.index()].host;
    case fb_reader::BindingClass_input: return state.inputPointers[binding.index()];
    case fb_reader::BindingClass_output: return state.outputPointers[binding.index()];
    default: return context.states[binding.index()].host;
    }
  }

  sinter_context &context;
  const sinter_package &package;
  const fb_reader::Procedure &procedure;
  const fb_reader::EntryPoint &entry;
  EntryState &state;
  const sinter_run_params &params;
  Report &report;
  const fb_reader::Segment *current = nullptr;
  uint64_t highest = 0;
  uint64_t lastSignal = 0;
  uint32_t lastExecutable = 0;
  bool pending = false;

public:
  void finish() { advanceTimelines(); }
};

} // namespace

sinter_code sinter_run(sinter_context *context, uint32_t entry, const sinter_run_params *given, sinter_error *error) {
  Report report(error);
  sinter_run_params params;
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, {"not a context"});
  if (!readStruct(given, params))
    return report.fail(SINTER_E_ARGUMENT, {"sinter_run_params is of an unknown version"});
  if (!context->package.entry(entry))
    return report.fail(SINTER_E_NOT_FOUND, {"no entry point ", entry});
  Machine machine(*context, entry, params, report);
  sinter_code code = machine.run();
  if (!code)
    machine.finish();
  return code;
}
