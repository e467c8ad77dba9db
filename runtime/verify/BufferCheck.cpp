// See BufferCheck.h. A walk with a small stack of its own; the schema's depth bounds it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "verify/BufferCheck.h"

#include "support/Checked.h"
#include "verify/BufferSchema.h"

#include <string.h>

using namespace sinter::rt;
using namespace sinter::rt::schema;

namespace {

/// Where each table's fields begin in `fields`.
struct Starts {
  uint8_t of[kTableCount + 1];
};

constexpr Starts findStarts() {
  Starts starts{};
  uint8_t table = 0, at = 0;
  for (const Field &entry : fields) {
    ++at;
    if (entry.kind == Kind::Last)
      starts.of[++table] = at;
  }
  return starts;
}
constexpr Starts starts = findStarts();
static_assert(starts.of[kTableCount] == sizeof(fields) / sizeof(fields[0]), "every table is described once");

/// How deep tables nest below `table`.
constexpr uint32_t depthOf(uint8_t table) {
  uint32_t deepest = 0;
  for (uint32_t i = starts.of[table]; fields[i].kind != Kind::Last; ++i) {
    const Field &entry = fields[i];
    bool holds = entry.kind == Kind::Table || entry.kind == Kind::TableVector || entry.kind == Kind::Union;
    uint32_t members = !holds ? 0 : entry.kind == Kind::Union ? entry.required : 1;
    for (uint32_t m = 0; m < members; ++m) {
      uint32_t depth = depthOf(uint8_t(entry.detail + m));
      deepest = depth > deepest ? depth : deepest;
    }
  }
  return deepest + 1;
}
constexpr uint32_t kDepth = depthOf(kPackage);

/// A buffer in which many offsets lead to the same tables would take for ever.
constexpr uint32_t kMaxTables = 50000000;

/// A table on the way, and the children of its current field that are still to be visited.
struct Frame {
  size_t table;
  size_t next;        ///< Where the next child's offset lies.
  uint32_t remaining; ///< Children.
  uint8_t field;      ///< Index in `fields`.
  uint8_t child;      ///< Their table.
};

class BufferChecker {
public:
  BufferChecker(const uint8_t *bytes, size_t size) : bytes(bytes), size(size) {}

  bool check() {
    size_t root;
    if (!follow(0, root) || !enter(root, kPackage))
      return false;
    while (depth)
      if (!step())
        return false;
    return true;
  }

private:
  template <typename T> T read(size_t at) const {
    T value;
    memcpy(&value, bytes + at, sizeof(T));
    return value;
  }

  bool holds(size_t at, size_t length, size_t alignment) const {
    return !(at & (alignment - 1)) && inRange(at, length, size);
  }

  static size_t alignmentOf(size_t bytes) { return bytes > 8 ? 8 : bytes; }

  /// Where the offset at `at` leads.
  bool follow(size_t at, size_t &target) const {
    if (!holds(at, 4, 4))
      return false;
    uint32_t offset = read<uint32_t>(at);
    target = at + offset;
    return offset && offset <= INT32_MAX && target < size;
  }

  /// The elements that the offset at `at` leads to.
  bool findVector(size_t at, size_t elementBytes, size_t &first, uint32_t &count) const {
    if (!follow(at, at) || !holds(at, 4, 4))
      return false;
    count = read<uint32_t>(at);
    first = at + 4;
    return !count || (!(first & (alignmentOf(elementBytes) - 1)) && count <= (size - first) / elementBytes);
  }

  bool checkString(size_t at) const {
    size_t first;
    uint32_t length;
    return findVector(at, 1, first, length) && first + length < size && !bytes[first + length];
  }

  bool checkStrings(size_t at) const {
    size_t first;
    uint32_t count;
    if (!findVector(at, 4, first, count))
      return false;
    for (uint32_t i = 0; i < count; ++i)
      if (!checkString(first + 4 * size_t(i)))
        return false;
    return true;
  }

  bool enter(size_t table, uint8_t type) {
    if (!holds(table, 4, 4) || ++tables > kMaxTables)
      return false;
    size_t vtable = table - size_t(ptrdiff_t(read<int32_t>(table)));
    if (!holds(vtable, 2, 2) || !holds(vtable, read<uint16_t>(vtable), 2) || read<uint16_t>(vtable) & 1)
      return false;
    stack[depth++] = {table, 0, 0, starts.of[type], 0};
    return true;
  }

  /// Where a table's field lies; 0 if it is absent.
  size_t locate(size_t table, uint32_t slot) const {
    size_t vtable = table - size_t(ptrdiff_t(read<int32_t>(table)));
    size_t entry = 4 + 2 * size_t(slot);
    uint16_t offset = entry + 2 <= read<uint16_t>(vtable) ? read<uint16_t>(vtable + entry) : uint16_t(0);
    return offset ? table + offset : 0;
  }

  /// Visits the next child, or the next field, or leaves the table.
  bool step() {
    Frame &top = stack[depth - 1];
    if (top.remaining) {
      size_t target, at = top.next;
      --top.remaining;
      top.next += 4;
      return follow(at, target) && enter(target, top.child);
    }
    const Field &entry = fields[top.field++];
    if (entry.kind == Kind::Last) {
      --depth;
      return true;
    }
    size_t at = locate(top.table, entry.slot);
    return at ? checkField(top, entry, at) : entry.kind == Kind::Union || !entry.required;
  }

  bool checkField(Frame &top, const Field &entry, size_t at) {
    size_t first;
    uint32_t count;
    top.child = entry.detail;
    switch (entry.kind) {
    case Kind::Inline: return holds(at, entry.detail, alignmentOf(entry.detail));
    case Kind::String: return checkString(at);
    case Kind::StringVector: return checkStrings(at);
    case Kind::Vector: return findVector(at, entry.detail, first, count);
    case Kind::TableVector: return findVector(at, 4, top.next, top.remaining);
    case Kind::Union: {
      // A member that this loader does not know is not visited; who reads the union sees that.
      size_t type = locate(top.table, entry.slot - 1u);
      uint32_t member = type ? bytes[type] : 0; // inside: that field came before
      top.child = uint8_t(entry.detail + member - 1);
      top.remaining = member && member <= entry.required;
      top.next = at;
      return follow(at, first);
    }
    default:
      top.remaining = 1;
      top.next = at;
      return true;
    }
  }

  const uint8_t *bytes;
  size_t size;
  uint32_t tables = 0;
  uint32_t depth = 0;
  Frame stack[kDepth];
};

} // namespace

bool sinter::rt::isWellFormed(const uint8_t *bytes, size_t size) {
  return size >= 8 && size <= INT32_MAX && !memcmp(bytes + 4, fb_reader::PackageIdentifier(), 4) &&
         BufferChecker(bytes, size).check();
}
