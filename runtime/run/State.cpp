// Variables that a context keeps between runs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Context.h"

using namespace sinter;
using namespace sinter::rt;

sinter_code sinter::rt::resetStates(sinter_context &context, Report &report) {
  context.statesValid = false;
  for (uint32_t i = 0; i < countOf(context.package.metadata->states()); ++i) {
    const fb_reader::State &state = *context.package.metadata->states()->Get(i);
    const void *initial = state.init() < 0 ? nullptr : context.package.constants[state.init()].host;
    if (sinter_code code = writeState(context, i, initial, report))
      return code;
    context.lengths[i] = state.length();
  }
  context.statesValid = true;
  return SINTER_OK;
}

static sinter_code findState(const sinter_context *context, uint32_t index, const fb_reader::State *&state,
                             Report &report) {
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, "not a context");
  uint32_t count = countOf(context->package.metadata->states());
  if (index >= count)
    return report.limit(count, index).fail(SINTER_E_NOT_FOUND, "no state %, there are %", index, count);
  state = context->package.metadata->states()->Get(index);
  return SINTER_OK;
}

sinter_code sinter_state_reset(sinter_context *context, sinter_error *error) {
  Report report(error);
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, "not a context");
  return resetStates(*context, report);
}

static sinter_code checkBuffer(const fb_reader::State &state, const void *buffer, uint64_t bytes, Report &report) {
  uint64_t needed = savedBytes(state);
  if (buffer && bytes >= needed)
    return SINTER_OK;
  return report.limit(int64_t(needed), int64_t(bytes))
      .fail(SINTER_E_BUFFER, "state '%' needs % bytes, the buffer has %", state.name()->c_str(), needed, bytes);
}

sinter_code sinter_state_save(const sinter_context *context, uint32_t index, void *buffer, uint64_t bytes,
                              sinter_error *error) {
  Report report(error);
  const fb_reader::State *state;
  if (sinter_code code = findState(context, index, state, report))
    return code;
  if (!context->statesValid)
    return report.fail(SINTER_E_STATE, "state is invalid since a run failed");
  if (sinter_code code = checkBuffer(*state, buffer, bytes, report))
    return code;
  if (sinter_code code = readState(*context, index, buffer, report))
    return code;
  memcpy(static_cast<uint8_t *>(buffer) + state->size(), &context->lengths[index],
         size_t(savedBytes(*state) - state->size()));
  return SINTER_OK;
}

sinter_code sinter_state_restore(sinter_context *context, uint32_t index, const void *buffer, uint64_t bytes,
                                 sinter_error *error) {
  Report report(error);
  const fb_reader::State *state;
  if (sinter_code code = findState(context, index, state, report))
    return code;
  if (sinter_code code = checkBuffer(*state, buffer, bytes, report))
    return code;
  uint64_t length = 0;
  memcpy(&length, static_cast<const uint8_t *>(buffer) + state->size(), size_t(savedBytes(*state) - state->size()));
  int32_t axis = growingAxis(*state);
  int64_t bound = axis < 0 ? 0 : state->dims()->Get(uint32_t(axis))->extent();
  if (length > uint64_t(bound))
    return report.limit(bound, int64_t(length))
        .fail(SINTER_E_BOUND, "state '%' was saved with length %, it holds %", state->name()->c_str(), length, bound);
  // The first variable restored after a failure gives the others their initial values: none keeps
  // what the failed run left.
  if (!context->statesValid)
    if (sinter_code code = resetStates(*context, report))
      return code;
  context->lengths[index] = length;
  return writeState(*context, index, buffer, report);
}

sinter_code sinter_state_truncate(sinter_context *context, uint32_t index, int64_t length, sinter_error *error) {
  Report report(error);
  const fb_reader::State *state;
  if (sinter_code code = findState(context, index, state, report))
    return code;
  if (growingAxis(*state) < 0)
    return report.fail(SINTER_E_UNSUPPORTED, "state '%' does not grow along an axis", state->name()->c_str());
  if (!context->statesValid)
    return report.fail(SINTER_E_STATE, "state is invalid since a run failed");
  int64_t current = int64_t(context->lengths[index]);
  if (length < 0 || length > current)
    return report.limit(current, length)
        .fail(SINTER_E_BOUND, "state '%' has length %, it cannot be cut to %", state->name()->c_str(), current, length);
  context->lengths[index] = uint64_t(length);
  return SINTER_OK;
}
