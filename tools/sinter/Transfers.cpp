// Tensors that one target writes and another reads.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Transfers.h"
#include <algorithm>
#include <optional>
#include <set>

using namespace sinter;

namespace {

class TransferFinder {
public:
  explicit TransferFinder(const fb::Program &program) : program(program) {}

  void visit(const fb::WorkItem &item) {
    std::string node = item.node() ? item.node()->str() : "";
    if (const fb::Dispatch *dispatch = item.work_as_Dispatch()) {
      uint32_t count = dispatch->bindings() ? dispatch->bindings()->size() : 0;
      uint32_t outputs =
          program.executables()->Get(dispatch->executable())->kernels()->Get(dispatch->kernel())->outputs();
      for (uint32_t i = 0; i < count; ++i)
        if (i + outputs < count)
          read(*dispatch->bindings()->Get(i), dispatch->executable(), node);
      for (uint32_t i = count - std::min(count, outputs); i < count; ++i)
        write({*dispatch->bindings()->Get(i), dispatch->executable(), node, {}});
    } else if (const fb::Copy *copy = item.work_as_Copy()) {
      // The copy is the host's; what it carries is still its producer's.
      const Write *source = lastWriter(*copy->source());
      if (source)
        write({*copy->target(), source->executable, source->node, {}});
      else
        forget(*copy->target());
    } else if (const fb::Fill *fill = item.work_as_Fill()) {
      forget(*fill->target());
    }
  }

  std::vector<Transfer> transfers;

private:
  struct Write {
    fb::Binding range;
    uint32_t executable;
    std::string node;
    std::set<uint32_t> readers; ///< Executables that have it.
  };

  static uint64_t overlap(const fb::Binding &a, const fb::Binding &b) {
    if (a.class_() != b.class_() || a.index() != b.index())
      return 0;
    uint64_t begin = std::max(a.offset(), b.offset()), end = std::min(a.offset() + a.length(), b.offset() + b.length());
    return begin < end ? end - begin : 0;
  }

  Write *lastWriter(const fb::Binding &range) {
    auto it =
        std::find_if(writes.rbegin(), writes.rend(), [&](const Write &write) { return overlap(write.range, range); });
    return it == writes.rend() ? nullptr : &*it;
  }

  void read(const fb::Binding &range, uint32_t executable, const std::string &node) {
    Write *write = lastWriter(range);
    if (write && write->executable != executable && write->readers.insert(executable).second)
      transfers.push_back({write->executable, executable, write->node, node, overlap(write->range, range)});
  }

  /// Memory is used again: a tensor that is written over in part has been read for the last time.
  void forget(const fb::Binding &range) {
    std::erase_if(writes, [&](const Write &write) { return overlap(write.range, range) != 0; });
  }

  void write(Write write) {
    forget(write.range);
    writes.push_back(std::move(write));
  }

  const fb::Program &program;
  std::vector<Write> writes;
};

} // namespace

std::vector<Transfer> sinter::transfersOf(const fb::Program &program, const fb::Procedure &procedure) {
  TransferFinder finder(program);
  if (procedure.work())
    for (const fb::WorkItem *item : *procedure.work())
      finder.visit(*item);
  return std::move(finder.transfers);
}
