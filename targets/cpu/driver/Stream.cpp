// Preparing a segment: its ranges become pointers, once. Those into the caller's buffers are noted
// and set when the segment is submitted.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/driver/Stream.h"

using namespace sinter::cpu;
using namespace sinter::rt;

// Kernels may use aligned vector instructions on whatever they are given.
static constexpr uint64_t bindingAlignment = 64;

static uint64_t rangesOf(const sinter_segment &segment) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < segment.count; ++i)
    total += segment.work[i].range_count;
  return total;
}

sinter_code Prepared::prepare(const sinter_segment &segment, Report &report) {
  uint64_t ranges = rangesOf(segment);
  items = memory.array<Item>(segment.count);
  progress = memory.array<Progress>(segment.count);
  patches = memory.array<Patch>(ranges);
  void **pointers = memory.array<void *>(ranges);
  if (!items || !progress || !patches || !pointers)
    return report.fail(SINTER_E_MEMORY, "no memory to prepare % pieces of work", segment.count);
  for (; count < segment.count; ++count) {
    const sinter_work &work = segment.work[count];
    items[count].pointers = pointers;
    pointers += work.range_count;
    if (sinter_code code = prepareItem(work, items[count], report))
      return code;
  }
  return SINTER_OK;
}

sinter_code Prepared::prepareItem(const sinter_work &work, Item &item, Report &report) {
  report.node(work.node);
  item.kind = work.kind;
  item.node = work.node;
  item.grid = 1;
  item.gridScalar = -1;
  bool isDispatch = work.kind == SINTER_WORK_DISPATCH;
  if (isDispatch) {
    const Executable &executable = of(stream.info.executable);
    if (work.kernel >= executable.kernelCount || work.range_count != executable.kernels[work.kernel].bindings)
      return report.fail(SINTER_E_FORMAT, "dispatch of kernel % does not fit its code", work.kernel);
    item.function = executable.kernels[work.kernel].function;
    item.grid = work.grid;
    item.gridScalar = work.grid_scalar;
  } else if (work.kind == SINTER_WORK_COPY || work.kind == SINTER_WORK_FILL) {
    item.length = work.ranges[0].length;
    item.pattern = work.pattern;
    item.width = work.width;
  } else {
    return report.fail(SINTER_E_UNSUPPORTED, "work of unknown kind %", work.kind);
  }
  for (uint32_t i = 0; i < work.range_count; ++i)
    if (sinter_code code = resolve(work.ranges[i], &item.pointers[i], isDispatch ? bindingAlignment : 1, report))
      return code;
  return SINTER_OK;
}

sinter_code Prepared::resolve(const sinter_range &range, void **pointer, uint64_t alignment, Report &report) {
  const sinter_stream_info &info = stream.info;
  const sinter_memory *table = nullptr;
  uint32_t tableSize = 0;
  switch (range.kind) {
  case SINTER_RANGE_INPUT:
  case SINTER_RANGE_OUTPUT:
    if (range.offset & (alignment - 1))
      return report.limit(int64_t(alignment), int64_t(range.offset))
          .fail(SINTER_E_FORMAT, "offset % into a caller's buffer is no multiple of %", range.offset, alignment);
    patches[patchCount++] = {pointer, range.offset, range.index, range.kind == SINTER_RANGE_OUTPUT};
    return SINTER_OK;
  case SINTER_RANGE_ARENA:
    table = info.arenas;
    tableSize = info.arena_count;
    break;
  case SINTER_RANGE_CONSTANT:
    table = info.constants;
    tableSize = info.constant_count;
    break;
  case SINTER_RANGE_STATE:
    table = info.states;
    tableSize = info.state_count;
    break;
  default:
    return report.fail(SINTER_E_UNSUPPORTED, "a CPU kernel takes scratch and scalars as arguments, not as bindings");
  }
  if (range.index >= tableSize || !inRange(range.offset, range.length, table[range.index].size))
    return report.fail(SINTER_E_FORMAT, "a range leaves memory % of class %", range.index, range.kind);
  if (!table[range.index].host)
    return report.fail(SINTER_E_UNSUPPORTED, "memory % of class % is not the host's", range.index, range.kind);
  *pointer = static_cast<uint8_t *>(table[range.index].host) + range.offset;
  if (!isAligned(*pointer, alignment))
    return report.limit(int64_t(alignment), int64_t(range.offset))
        .fail(SINTER_E_FORMAT, "offset % into memory % of class % is no multiple of %", range.offset, range.index,
              range.kind, alignment);
  return SINTER_OK;
}

sinter_code Prepared::patch(const sinter_submission &submission, Report &report) {
  for (uint32_t i = 0; i < patchCount; ++i) {
    const Patch &patch = patches[i];
    void *buffer = (patch.isOutput ? submission.outputs : submission.inputs)[patch.index];
    if (!buffer || !isAligned(buffer, bindingAlignment))
      return report.fail(SINTER_E_UNBOUND, "%% has no buffer that is aligned to %",
                         patch.isOutput ? "output " : "input ", patch.index, bindingAlignment);
    *patch.pointer = static_cast<uint8_t *>(buffer) + patch.offset;
  }
  return SINTER_OK;
}
