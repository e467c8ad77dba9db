// Reading arrays from files and writing them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/arrays/Files.h"

#include "tools/support/OutputFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sinter::tool;

namespace {

Problem systemProblem(const std::string &path, const char *what) {
  return std::string(what) + " '" + path + "': " + std::strerror(errno);
}

bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

Problem sinter::tool::readFile(const std::string &path, std::vector<uint8_t> &bytes) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || ::fstat(fd, &status) != 0)
    return systemProblem(path, "cannot open");
  Problem problem;
  // A device may have no end.
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
    problem = "cannot read '" + path + "': it is a device";
  uint8_t buffer[65536];
  while (problem.empty()) {
    ssize_t count = ::read(fd, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      problem = systemProblem(path, "cannot read");
    if (count <= 0)
      break;
    bytes.insert(bytes.end(), buffer, buffer + count);
  }
  ::close(fd);
  return problem;
}

Problem sinter::tool::writeFile(const std::string &path, const std::vector<uint8_t> &bytes) {
  std::string problem = writeOutputFile(path, bytes.data(), bytes.size());
  return problem.empty() ? problem : "cannot write '" + path + "': " + problem;
}

Problem sinter::tool::readArray(const std::string &path, Array &array) {
  std::vector<uint8_t> bytes;
  if (Problem problem = readFile(path, bytes); !problem.empty())
    return problem;
  Problem problem;
  if (endsWith(path, ".npy"))
    problem = parseNpy(bytes, array);
  else if (endsWith(path, ".pb"))
    problem = parseTensorProto(bytes, array);
  else
    array = {0, {}, std::move(bytes)};
  return problem.empty() ? problem : "'" + path + "': " + problem;
}

Problem sinter::tool::readArchive(const std::string &path, Arrays &arrays) {
  std::vector<uint8_t> bytes;
  if (Problem problem = readFile(path, bytes); !problem.empty())
    return problem;
  Problem problem = parseNpz(bytes, arrays);
  return problem.empty() ? problem : "'" + path + "': " + problem;
}

bool sinter::tool::sizeOf(const std::vector<int64_t> &shape, uint64_t elementBytes, uint64_t &bytes) {
  bytes = elementBytes;
  for (int64_t dim : shape)
    if (dim < 0 || __builtin_mul_overflow(bytes, uint64_t(dim), &bytes))
      return false;
  return true;
}
