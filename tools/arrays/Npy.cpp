// numpy's .npy format, versions 1 to 3 (numpy.lib.format).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Files.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

using namespace sinter::tool;

namespace {

const char magic[] = "\x93NUMPY";
constexpr size_t magicSize = 6;

/// The text between `open` and `close` behind a key of the header's dictionary.
bool valueOf(const std::string &header, const std::string &key, char open, char close, std::string &value) {
  size_t at = header.find("'" + key + "'");
  if (at == std::string::npos)
    return false;
  size_t from = header.find(open, at + key.size() + 2);
  size_t to = from == std::string::npos ? from : header.find(close, from + 1);
  if (to == std::string::npos)
    return false;
  value = header.substr(from + 1, to - from - 1);
  return true;
}

bool parseShape(const std::string &text, std::vector<int64_t> &shape) {
  const char *at = text.c_str();
  for (;;) {
    while (*at == ' ' || *at == ',')
      ++at;
    if (!*at)
      return true;
    char *end;
    errno = 0;
    long long value = std::strtoll(at, &end, 10);
    if (end == at || errno || value < 0)
      return false;
    shape.push_back(value);
    at = end;
  }
}

/// Column-major data in row-major order.
void transposeFortran(Array &array, uint32_t size) {
  std::vector<uint8_t> result(array.bytes.size());
  size_t rank = array.shape.size();
  std::vector<int64_t> index(rank, 0);
  for (size_t to = 0; to < result.size(); to += size) {
    uint64_t from = 0;
    for (size_t d = rank; d-- > 0;)
      from = from * uint64_t(array.shape[d]) + uint64_t(index[d]);
    std::memcpy(&result[to], &array.bytes[from * size], size);
    for (size_t d = rank; d-- > 0 && ++index[d] == array.shape[d];)
      index[d] = 0;
  }
  array.bytes = std::move(result);
}

} // namespace

Problem sinter::tool::parseNpy(const std::vector<uint8_t> &bytes, Array &array) {
  array = {};
  if (bytes.size() < 12 || std::memcmp(bytes.data(), magic, magicSize))
    return "not a .npy file";
  bool wide = bytes[6] >= 2;
  size_t length = wide ? readNumber<uint32_t>(&bytes[8]) : readNumber<uint16_t>(&bytes[8]);
  size_t start = wide ? 12 : 10;
  if (bytes[6] > 3 || length > bytes.size() - start)
    return "the .npy header is cut or of an unknown version";
  std::string header(bytes.begin() + start, bytes.begin() + start + length), code, shape;
  if (!valueOf(header, "descr", '\'', '\'', code) || !valueOf(header, "shape", '(', ')', shape) ||
      !parseShape(shape, array.shape))
    return "the .npy header cannot be understood";
  array.type = typeOfNumpyCode(code);
  if (!array.type)
    return "arrays of numpy type '" + code + "' are not supported";
  uint64_t size;
  if (!sizeOf(array.shape, fileBytes(array.type), size) || size != bytes.size() - start - length)
    return "the .npy data does not fit its shape";
  array.bytes.assign(bytes.begin() + start + length, bytes.end());
  if (header.find("'fortran_order': True") != std::string::npos)
    transposeFortran(array, fileBytes(array.type));
  return "";
}

std::vector<uint8_t> sinter::tool::formatNpy(const Array &array) {
  std::string header = "{'descr': '" + numpyCode(array.type) + "', 'fortran_order': False, 'shape': (";
  for (int64_t dim : array.shape)
    header += std::to_string(dim) + ", ";
  if (array.shape.size() > 1)
    header.resize(header.size() - 2);
  else if (array.shape.size() == 1)
    header.pop_back();
  header += "), }";
  size_t total = (10 + header.size() + 1 + 63) / 64 * 64;
  header.resize(total - 11, ' ');
  header += '\n';
  std::vector<uint8_t> bytes(magic, magic + magicSize);
  bytes.push_back(1);
  bytes.push_back(0);
  appendNumber<uint16_t>(bytes, uint16_t(header.size()));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), array.bytes.begin(), array.bytes.end());
  return bytes;
}
