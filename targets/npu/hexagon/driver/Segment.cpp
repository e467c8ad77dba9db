// Preparing a segment: its commands and their bindings are written into the window once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/HexagonCode.h"
#include "targets/npu/hexagon/driver/Stream.h"

#include <string.h>

using namespace sinter::rt;

namespace sinter::hexagon {

Submitted::~Submitted() { stream.executable.window.release(block); }

sinter_code Submitted::prepare(const sinter_segment &given, Report &report) {
  Checked bindings = Checked(0);
  for (uint32_t i = 0; i < given.count; ++i)
    if (given.work[i].kind == SINTER_WORK_DISPATCH)
      bindings = bindings + given.work[i].range_count;
  // One block: the segment, its commands, scalars, bindings.
  Checked commandsAt = Checked(sizeof(Segment)).alignedTo(8);
  Checked scalarsAt = commandsAt + Checked(given.count) * sizeof(Command);
  Checked bindingsAt = scalarsAt + Checked(given.scalar_count) * sizeof(int64_t);
  Checked bytes = bindingsAt + bindings * sizeof(uint32_t);
  if (!bytes.ok())
    return report.fail(SINTER_E_LIMIT, "a segment of % commands is too large", given.count);
  if (sinter_code code = stream.executable.window.allocate(bytes.value(), kVectorBytes, &block, report))
    return code;
  count = given.count;
  scalarCount = given.scalar_count;
  scalars = reinterpret_cast<int64_t *>(block.host + scalarsAt.value());
  nodes = memory.array<const char *>(count);
  if (!nodes && count)
    return report.fail(SINTER_E_MEMORY, "no memory for a segment of % commands", count);
  Segment &made = segment();
  made = {uint32_t(block.address + commandsAt.value()),
          count,
          uint32_t(block.address + scalarsAt.value()),
          stream.scratch.address,
          0,
          0};
  auto *commands = reinterpret_cast<Command *>(block.host + commandsAt.value());
  uint64_t next = bindingsAt.value();
  for (uint32_t i = 0; i < count; ++i) {
    const sinter_work &work = given.work[i];
    nodes[i] = work.node ? work.node : "";
    report.node(nodes[i]);
    if (sinter_code code = makeCommand(work, &commands[i], reinterpret_cast<uint32_t *>(block.host + next),
                                       uint32_t(block.address + next), report))
      return code;
    if (work.kind == SINTER_WORK_DISPATCH)
      next += work.range_count * sizeof(uint32_t);
  }
  return SINTER_OK;
}

sinter_code Submitted::makeCommand(const sinter_work &work, Command *command, uint32_t *bindings, uint32_t address,
                                   Report &report) {
  *command = {};
  command->gridScalar = -1;
  uint8_t *host;
  switch (work.kind) {
  case SINTER_WORK_DISPATCH: {
    const Executable &executable = stream.executable;
    if (work.kernel >= executable.kernelCount || work.range_count != executable.kernels[work.kernel].bindings)
      return report.fail(SINTER_E_FORMAT, "a dispatch does not fit kernel %", work.kernel);
    if (work.grid_scalar >= 0 && uint32_t(work.grid_scalar) >= scalarCount)
      return report.limit(scalarCount, work.grid_scalar).fail(SINTER_E_FORMAT, "a dispatch counts by no scalar");
    command->kind = kDispatch;
    command->entry = executable.kernels[work.kernel].entry;
    command->bindings = address;
    command->grid = work.grid;
    command->gridScalar = work.grid_scalar;
    for (uint32_t i = 0; i < work.range_count; ++i)
      if (sinter_code code = stream.find(work.ranges[i], &host, &bindings[i], report))
        return code;
    return SINTER_OK;
  }
  case SINTER_WORK_COPY:
    command->kind = kCopy;
    command->length = uint32_t(work.ranges[0].length);
    if (work.ranges[0].length != work.ranges[1].length)
      return report.fail(SINTER_E_FORMAT, "a copy of % bytes into %", work.ranges[0].length, work.ranges[1].length);
    if (sinter_code code = stream.find(work.ranges[0], &host, &command->bindings, report))
      return code;
    return stream.find(work.ranges[1], &host, &command->target, report);
  case SINTER_WORK_FILL:
    command->kind = kFill;
    command->length = uint32_t(work.ranges[0].length);
    command->pattern = work.pattern;
    command->width = work.width;
    return stream.find(work.ranges[0], &host, &command->target, report);
  }
  return report.fail(SINTER_E_UNSUPPORTED, "work of kind % is not known", work.kind);
}

} // namespace sinter::hexagon
