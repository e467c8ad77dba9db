// numpy's .npz: a ZIP archive of .npy members. Members are stored, as numpy.savez does; those of
// savez_compressed are refused by name. ZIP64 fields are read and, where sizes need them, written
// (APPNOTE 6.3).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Files.h"

#include <cstring>

using namespace sinter::tool;

namespace {

constexpr uint32_t localSignature = 0x04034b50, centralSignature = 0x02014b50, endSignature = 0x06054b50,
                   end64Signature = 0x06064b50, locator64Signature = 0x07064b50;
constexpr uint64_t narrow = 0xffffffff;

uint32_t crc32(const uint8_t *data, size_t size) {
  static const auto table = [] {
    std::vector<uint32_t> entries(256);
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
      entries[i] = value;
    }
    return entries;
  }();
  uint32_t crc = ~0u;
  for (size_t i = 0; i < size; ++i)
    crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
  return ~crc;
}

struct Member {
  std::string name;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t stored = 0, size = 0, header = 0;
};

class Reader {
public:
  explicit Reader(const std::vector<uint8_t> &bytes) : bytes(bytes) {}

  Problem read(Arrays &arrays) {
    uint64_t at, count;
    if (!findDirectory(at, count))
      return "not a .npz file";
    for (uint64_t i = 0; i < count; ++i) {
      Member member;
      if (!readMember(at, member))
        return "the archive's directory is damaged";
      if (Problem problem = extract(member, arrays); !problem.empty())
        return "member '" + member.name + "': " + problem;
    }
    return "";
  }

private:
  bool has(uint64_t at, uint64_t length) const { return at <= bytes.size() && length <= bytes.size() - at; }

  bool findDirectory(uint64_t &at, uint64_t &count) const {
    for (size_t back = 22; back <= bytes.size() && back < 22 + 65536; ++back) {
      size_t end = bytes.size() - back;
      if (readNumber<uint32_t>(&bytes[end]) != endSignature)
        continue;
      count = readNumber<uint16_t>(&bytes[end + 10]);
      at = readNumber<uint32_t>(&bytes[end + 16]);
      bool wide = end >= 20 && readNumber<uint32_t>(&bytes[end - 20]) == locator64Signature;
      return !wide || findDirectory64(readNumber<uint64_t>(&bytes[end - 12]), at, count);
    }
    return false;
  }

  bool findDirectory64(uint64_t end, uint64_t &at, uint64_t &count) const {
    if (!has(end, 56) || readNumber<uint32_t>(&bytes[end]) != end64Signature)
      return false;
    count = readNumber<uint64_t>(&bytes[end + 32]);
    at = readNumber<uint64_t>(&bytes[end + 48]);
    return true;
  }

  bool readMember(uint64_t &at, Member &member) const {
    if (!has(at, 46) || readNumber<uint32_t>(&bytes[at]) != centralSignature)
      return false;
    member.method = readNumber<uint16_t>(&bytes[at + 10]);
    member.crc = readNumber<uint32_t>(&bytes[at + 16]);
    member.stored = readNumber<uint32_t>(&bytes[at + 20]);
    member.size = readNumber<uint32_t>(&bytes[at + 24]);
    member.header = readNumber<uint32_t>(&bytes[at + 42]);
    uint64_t name = readNumber<uint16_t>(&bytes[at + 28]), extra = readNumber<uint16_t>(&bytes[at + 30]),
             comment = readNumber<uint16_t>(&bytes[at + 32]);
    if (!has(at + 46, name + extra + comment))
      return false;
    member.name.assign(reinterpret_cast<const char *>(&bytes[at + 46]), name);
    readExtra(at + 46 + name, extra, member);
    at += 46 + name + extra + comment;
    return true;
  }

  /// Sizes and offset that did not fit 32 bits.
  void readExtra(uint64_t at, uint64_t length, Member &member) const {
    for (uint64_t end = at + length; at + 4 <= end;) {
      uint16_t id = readNumber<uint16_t>(&bytes[at]);
      uint64_t field = at + 4, fieldEnd = field + readNumber<uint16_t>(&bytes[at + 2]);
      if (fieldEnd > end)
        return;
      auto take = [&](uint64_t &value) {
        if (value == narrow && field + 8 <= fieldEnd) {
          value = readNumber<uint64_t>(&bytes[field]);
          field += 8;
        }
      };
      if (id == 1) {
        take(member.size);
        take(member.stored);
        take(member.header);
      }
      at = fieldEnd;
    }
  }

  Problem extract(const Member &member, Arrays &arrays) const {
    if (!has(member.header, 30) || readNumber<uint32_t>(&bytes[member.header]) != localSignature)
      return "its header is damaged";
    if (member.method)
      return "it is compressed; write it with numpy.savez, not savez_compressed";
    uint64_t data = member.header + 30 + readNumber<uint16_t>(&bytes[member.header + 26]) +
                    readNumber<uint16_t>(&bytes[member.header + 28]);
    if (!has(data, member.stored) || member.stored != member.size)
      return "its data is cut";
    std::vector<uint8_t> content(bytes.begin() + long(data), bytes.begin() + long(data + member.size));
    if (crc32(content.data(), content.size()) != member.crc)
      return "its data is damaged";
    std::string name = member.name;
    if (name.size() >= 4 && name.compare(name.size() - 4, 4, ".npy") == 0)
      name.resize(name.size() - 4);
    if (arrays.count(name))
      return "there is another of this name";
    return parseNpy(content, arrays[name]);
  }

  const std::vector<uint8_t> &bytes;
};

class Writer {
public:
  std::vector<uint8_t> write(const Arrays &arrays) {
    for (const auto &[name, array] : arrays)
      add(name + ".npy", formatNpy(array));
    uint64_t at = bytes.size();
    bytes.insert(bytes.end(), directory.begin(), directory.end());
    finish(at, arrays.size());
    return std::move(bytes);
  }

private:
  template <typename T> static void put(std::vector<uint8_t> &out, T value) { appendNumber<T>(out, value); }

  /// Fields that local and central headers share. No clock: the date is ZIP's first.
  static void putCommon(std::vector<uint8_t> &out, uint32_t crc, bool wide, uint64_t size, size_t name, size_t extra) {
    put<uint16_t>(out, wide ? 45 : 20);
    put<uint16_t>(out, 0x800); // names are UTF-8
    put<uint16_t>(out, 0);     // stored
    put<uint16_t>(out, 0);
    put<uint16_t>(out, 0x21); // 1 January 1980
    put<uint32_t>(out, crc);
    put<uint32_t>(out, uint32_t(wide ? narrow : size));
    put<uint32_t>(out, uint32_t(wide ? narrow : size));
    put<uint16_t>(out, uint16_t(name));
    put<uint16_t>(out, uint16_t(extra));
  }

  void add(const std::string &name, const std::vector<uint8_t> &content) {
    uint64_t header = bytes.size(), size = content.size();
    uint32_t crc = crc32(content.data(), content.size());
    bool wide = size >= narrow || header >= narrow;
    put<uint32_t>(bytes, localSignature);
    putCommon(bytes, crc, wide, size, name.size(), wide ? 20 : 0);
    bytes.insert(bytes.end(), name.begin(), name.end());
    if (wide)
      putExtra(bytes, {size, size});
    bytes.insert(bytes.end(), content.begin(), content.end());

    put<uint32_t>(directory, centralSignature);
    put<uint16_t>(directory, 45);
    putCommon(directory, crc, wide, size, name.size(), wide ? 28 : 0);
    put<uint16_t>(directory, 0);
    put<uint16_t>(directory, 0);
    put<uint16_t>(directory, 0);
    put<uint32_t>(directory, 0);
    put<uint32_t>(directory, uint32_t(wide ? narrow : header));
    directory.insert(directory.end(), name.begin(), name.end());
    if (wide)
      putExtra(directory, {size, size, header});
  }

  static void putExtra(std::vector<uint8_t> &out, std::initializer_list<uint64_t> values) {
    put<uint16_t>(out, 1);
    put<uint16_t>(out, uint16_t(8 * values.size()));
    for (uint64_t value : values)
      put<uint64_t>(out, value);
  }

  void finish(uint64_t at, uint64_t count) {
    bool wide = at >= narrow || count >= 65535;
    if (wide) {
      uint64_t end = bytes.size();
      put<uint32_t>(bytes, end64Signature);
      put<uint64_t>(bytes, 44);
      put<uint16_t>(bytes, 45);
      put<uint16_t>(bytes, 45);
      put<uint64_t>(bytes, 0);
      put<uint64_t>(bytes, count);
      put<uint64_t>(bytes, count);
      put<uint64_t>(bytes, directory.size());
      put<uint64_t>(bytes, at);
      put<uint32_t>(bytes, locator64Signature);
      put<uint32_t>(bytes, 0);
      put<uint64_t>(bytes, end);
      put<uint32_t>(bytes, 1);
    }
    put<uint32_t>(bytes, endSignature);
    put<uint32_t>(bytes, 0);
    put<uint16_t>(bytes, uint16_t(wide ? 65535 : count));
    put<uint16_t>(bytes, uint16_t(wide ? 65535 : count));
    put<uint32_t>(bytes, uint32_t(directory.size()));
    put<uint32_t>(bytes, uint32_t(wide ? narrow : at));
    put<uint16_t>(bytes, 0);
  }

  std::vector<uint8_t> bytes, directory;
};

} // namespace

Problem sinter::tool::parseNpz(const std::vector<uint8_t> &bytes, Arrays &arrays) { return Reader(bytes).read(arrays); }

std::vector<uint8_t> sinter::tool::formatNpz(const Arrays &arrays) { return Writer().write(arrays); }
