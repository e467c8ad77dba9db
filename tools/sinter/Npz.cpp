// NumPy's files.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Npz.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CRC.h"
#include "llvm/Support/Endian.h"
#include <optional>

using namespace llvm;
using namespace sinter;
using support::endian::read16le;
using support::endian::read32le;
using support::endian::read64le;

namespace {

constexpr uint32_t kLocalHeader = 0x04034b50, kCentralHeader = 0x02014b50, kEndRecord = 0x06054b50;
constexpr size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
constexpr StringRef kNpyMagic("\x93NUMPY", 6);

struct Member {
  std::string name;
  StringRef bytes;
};

/// Finds the end record, walks the central directory, and slices out what each entry stores.
class ZipReader {
public:
  explicit ZipReader(StringRef file) : file(file) {}

  bool read(std::vector<Member> &members) {
    size_t end = file.size() < kEndSize ? StringRef::npos : file.rfind(StringRef("PK\x05\x06", 4));
    if (end == StringRef::npos || end + kEndSize > file.size())
      return fail("is no .npz archive");
    uint64_t count = read16le(file.data() + end + 10);
    uint64_t position = read32le(file.data() + end + 16);
    for (uint64_t i = 0; i < count; ++i)
      if (!readEntry(position, members.emplace_back()))
        return false;
    return true;
  }

  std::string error;

private:
  bool fail(const Twine &message) {
    error = message.str();
    return false;
  }

  bool has(uint64_t offset, uint64_t size) { return offset <= file.size() && size <= file.size() - offset; }

  bool readEntry(uint64_t &position, Member &member) {
    if (!has(position, kCentralSize) || read32le(file.data() + position) != kCentralHeader)
      return fail("has a damaged directory");
    const char *entry = file.data() + position;
    uint64_t nameSize = read16le(entry + 28), extraSize = read16le(entry + 30), commentSize = read16le(entry + 32);
    uint64_t stored = read32le(entry + 20), size = read32le(entry + 24), offset = read32le(entry + 42);
    if (!has(position + kCentralSize, nameSize + extraSize + commentSize))
      return fail("has a damaged directory");
    member.name = file.substr(position + kCentralSize, nameSize).str();
    readZip64(file.substr(position + kCentralSize + nameSize, extraSize), size, stored, offset);
    if (read16le(entry + 10) != 0)
      return fail("has a compressed member, '" + member.name + "'; write it with numpy.savez");
    if (!has(offset, kLocalSize) || read32le(file.data() + offset) != kLocalHeader)
      return fail("has a damaged member, '" + member.name + "'");
    uint64_t begin = offset + kLocalSize + read16le(file.data() + offset + 26) + read16le(file.data() + offset + 28);
    if (stored != size || !has(begin, size))
      return fail("has a damaged member, '" + member.name + "'");
    member.bytes = file.substr(begin, size);
    position += kCentralSize + nameSize + extraSize + commentSize;
    return true;
  }

  /// Fields that are all ones stand in the extra field 1 instead, in this order.
  static void readZip64(StringRef extra, uint64_t &size, uint64_t &stored, uint64_t &offset) {
    while (extra.size() >= 4) {
      uint16_t id = read16le(extra.data()), length = read16le(extra.data() + 2);
      StringRef field = extra.substr(4, length);
      for (uint64_t *value : {&size, &stored, &offset})
        if (id == 1 && *value == UINT32_MAX && field.size() >= 8) {
          *value = read64le(field.data());
          field = field.drop_front(8);
        }
      extra = extra.drop_front(std::min<size_t>(extra.size(), 4 + length));
    }
  }

  StringRef file;
};

/// The text between `key` and the next of `stops` in a header such as {'descr': '<f4', 'fortran_order': False, 'shape': (2,)}.
std::optional<StringRef> headerField(StringRef header, StringRef key, StringRef open, StringRef close) {
  StringRef rest = header.split(key).second.split(open).second;
  if (!rest.contains(close))
    return std::nullopt;
  return rest.split(close).first;
}

bool parseNpy(const Member &member, NpyArray &array, std::string &error) {
  auto fail = [&](const Twine &message) {
    error = ("has an array, '" + member.name + "', " + message).str();
    return false;
  };
  StringRef bytes = member.bytes;
  if (!bytes.starts_with(kNpyMagic) || bytes.size() < 12)
    return fail("that is no .npy");
  bool isFirst = bytes[6] == 1;
  uint64_t headerSize = isFirst ? read16le(bytes.data() + 8) : read32le(bytes.data() + 8);
  StringRef header = bytes.drop_front(isFirst ? 10 : 12).take_front(headerSize);
  std::optional<StringRef> dtype = headerField(header, "'descr'", ": '", "'");
  std::optional<StringRef> shape = headerField(header, "'shape'", "(", ")");
  if (!dtype || !shape)
    return fail("of a type that is not supported");
  if (header.contains("'fortran_order': True"))
    return fail("in Fortran order; write it with numpy.ascontiguousarray");
  array.dtype = dtype->str();
  SmallVector<StringRef> dims;
  shape->split(dims, ',', -1, /*KeepEmpty=*/false);
  uint64_t count = 1;
  for (StringRef dim : dims) {
    uint64_t value;
    if (dim.trim().empty())
      continue;
    if (dim.trim().getAsInteger(10, value) || (value && count > (uint64_t(1) << 48) / value))
      return fail("with a damaged shape");
    count *= value;
    array.shape.push_back(static_cast<int64_t>(value));
  }
  unsigned width = dtypeBytes(array.dtype);
  if (width == 0)
    return fail("of type " + array.dtype + "; numbers in little-endian order are supported");
  StringRef data = bytes.drop_front(std::min<uint64_t>(bytes.size(), (isFirst ? 10 : 12) + headerSize));
  if (data.size() != count * width)
    return fail("of " + Twine(data.size()) + " bytes, where its shape needs " + Twine(count * width));
  array.bytes.assign(data.bytes_begin(), data.bytes_end());
  array.name = StringRef(member.name).ends_with(".npy") ? member.name.substr(0, member.name.size() - 4) : member.name;
  return true;
}

void put16(std::string &out, uint16_t value) { out.append({char(value), char(value >> 8)}); }
void put32(std::string &out, uint32_t value) {
  put16(out, static_cast<uint16_t>(value));
  put16(out, static_cast<uint16_t>(value >> 16));
}
void put64(std::string &out, uint64_t value) {
  put32(out, static_cast<uint32_t>(value));
  put32(out, static_cast<uint32_t>(value >> 32));
}

std::string npyBytes(const NpyArray &array) {
  std::string header = "{'descr': '" + array.dtype + "', 'fortran_order': False, 'shape': (";
  for (int64_t dim : array.shape)
    header += std::to_string(dim) + ",";
  header += "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string out = (kNpyMagic + StringRef("\x01\x00", 2)).str();
  put16(out, static_cast<uint16_t>(header.size()));
  out += header;
  out.append(array.bytes.begin(), array.bytes.end());
  return out;
}

/// The fields that local and central headers share. 1980-01-01, the first date there is.
void putCommon(std::string &out, StringRef member, uint16_t nameSize, uint16_t extraSize) {
  put16(out, 45); // version needed: zip64
  put16(out, 0x0800);
  put16(out, 0); // stored
  put16(out, 0);
  put16(out, 0x21);
  put32(out, crc32(arrayRefFromStringRef(member)));
  put32(out, UINT32_MAX);
  put32(out, UINT32_MAX);
  put16(out, nameSize);
  put16(out, extraSize);
}

} // namespace

unsigned sinter::dtypeBytes(StringRef dtype) {
  if (dtype.size() != 3 || (dtype[0] != '<' && dtype[0] != '|') || !StringRef("fiub").contains(dtype[1]) || !isDigit(dtype[2]))
    return 0;
  unsigned width = dtype[2] - '0';
  bool isKnown = width == 1 || width == 2 || width == 4 || width == 8;
  return isKnown ? width : 0;
}

std::vector<NpyArray> sinter::readNpz(StringRef bytes, std::string &error) {
  ZipReader reader(bytes);
  std::vector<Member> members;
  if (!reader.read(members)) {
    error = reader.error;
    return {};
  }
  std::vector<NpyArray> arrays(members.size());
  for (auto [member, array] : zip_equal(members, arrays))
    if (!parseNpy(member, array, error))
      return {};
  return arrays;
}

std::vector<char> sinter::writeNpz(ArrayRef<NpyArray> arrays) {
  std::string out, directory;
  for (const NpyArray &array : arrays) {
    std::string member = npyBytes(array);
    std::string name = array.name + ".npy";
    uint64_t offset = out.size();
    put32(out, kLocalHeader);
    putCommon(out, member, static_cast<uint16_t>(name.size()), 20);
    out += name;
    put16(out, 1);
    put16(out, 16);
    put64(out, member.size());
    put64(out, member.size());
    out += member;

    put32(directory, kCentralHeader);
    put16(directory, 45);
    putCommon(directory, member, static_cast<uint16_t>(name.size()), 28);
    put16(directory, 0); // comment, disk, attributes
    put16(directory, 0);
    put16(directory, 0);
    put32(directory, 0);
    put32(directory, UINT32_MAX);
    directory += name;
    put16(directory, 1);
    put16(directory, 24);
    put64(directory, member.size());
    put64(directory, member.size());
    put64(directory, offset);
  }
  auto start = static_cast<uint32_t>(out.size());
  out += directory;
  put32(out, kEndRecord);
  put32(out, 0);
  put16(out, static_cast<uint16_t>(arrays.size()));
  put16(out, static_cast<uint16_t>(arrays.size()));
  put32(out, static_cast<uint32_t>(directory.size()));
  put32(out, start);
  put16(out, 0);
  return std::vector<char>(out.begin(), out.end());
}
