// Variables that a context keeps between runs.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "run/Context.h"

using namespace sinter;
using namespace sinter::rt;

void sinter::rt::resetStates(sinter_context &context) {
  for (uint32_t i = 0; i < countOf(context.package.metadata->states()); ++i) {
    const fb_reader::State &state = *context.package.metadata->states()->Get(i);
    if (state.init() < 0)
      memset(context.states[i].host, 0, size_t(state.size()));
    else
      memcpy(context.states[i].host, context.package.constants[state.init()].host, size_t(state.size()));
  }
  context.statesValid = true;
}

static sinter_code findState(const sinter_context *context, uint32_t index, const fb_reader::State *&state, Report &report) {
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, {"not a context"});
  uint32_t count = countOf(context->package.metadata->states());
  if (index >= count)
    return report.limit(count, index).fail(SINTER_E_NOT_FOUND, {"no state ", index, ", there are ", count});
  state = context->package.metadata->states()->Get(index);
  return SINTER_OK;
}

sinter_code sinter_state_reset(sinter_context *context, sinter_error *error) {
  Report report(error);
  if (!isContext(context))
    return report.fail(SINTER_E_ARGUMENT, {"not a context"});
  resetStates(*context);
  return SINTER_OK;
}

static sinter_code checkBuffer(const fb_reader::State &state, const void *buffer, uint64_t bytes, Report &report) {
  if (buffer && bytes >= state.size())
    return SINTER_OK;
  return report.limit(int64_t(state.size()), int64_t(bytes))
      .fail(SINTER_E_BUFFER, {"state '", state.name()->c_str(), "' needs ", state.size(), " bytes, the buffer has ", bytes});
}

sinter_code sinter_state_save(const sinter_context *context, uint32_t index, void *buffer, uint64_t bytes, sinter_error *error) {
  Report report(error);
  const fb_reader::State *state;
  if (sinter_code code = findState(context, index, state, report))
    return code;
  if (!context->statesValid)
    return report.fail(SINTER_E_STATE, {"state is invalid since a run failed"});
  if (sinter_code code = checkBuffer(*state, buffer, bytes, report))
    return code;
  memcpy(buffer, context->states[index].host, size_t(state->size()));
  return SINTER_OK;
}

sinter_code sinter_state_restore(sinter_context *context, uint32_t index, const void *buffer, uint64_t bytes, sinter_error *error) {
  Report report(error);
  const fb_reader::State *state;
  if (sinter_code code = findState(context, index, state, report))
    return code;
  if (sinter_code code = checkBuffer(*state, buffer, bytes, report))
    return code;
  // The first variable restored after a failure gives the others their initial values: none keeps what the failed run left.
  if (!context->statesValid)
    resetStates(*context);
  memcpy(context->states[index].host, buffer, size_t(state->size()));
  return SINTER_OK;
}

sinter_code sinter_state_truncate(sinter_context *context, uint32_t index, int64_t, sinter_error *error) {
  Report report(error);
  const fb_reader::State *state;
  if (sinter_code code = findState(context, index, state, report))
    return code;
  return report.fail(SINTER_E_UNSUPPORTED, {"state '", state->name()->c_str(), "' does not grow along an axis"});
}
