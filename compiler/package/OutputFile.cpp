// Files that appear whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/package/OutputFile.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

bool writeAll(int fd, llvm::ArrayRef<char> bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes = bytes.drop_front(static_cast<size_t>(count));
  }
  return true;
}

std::string writeDirectly(const std::string &path, llvm::ArrayRef<char> bytes) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  bool ok = fd >= 0 && writeAll(fd, bytes);
  int error = errno;
  if (fd >= 0 && ::close(fd) != 0 && ok) {
    ok = false;
    error = errno;
  }
  return ok ? "" : std::strerror(error);
}

} // namespace

std::string sinter::writeFileAtomically(llvm::StringRef name, llvm::ArrayRef<char> bytes) {
  std::string path = name.str();
  struct stat status;
  bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return std::strerror(EISDIR);
  if (exists && !S_ISREG(status.st_mode))
    return writeDirectly(path, bytes);

  std::string beside = path + ".XXXXXX";
  int fd = ::mkstemp(beside.data());
  if (fd < 0)
    return std::strerror(errno);
  mode_t mask = ::umask(0);
  ::umask(mask);
  bool ok =
      ::fchmod(fd, exists ? status.st_mode & 07777 : 0666 & ~mask) == 0 && writeAll(fd, bytes) && ::fsync(fd) == 0;
  int error = errno;
  if (::close(fd) != 0 && ok) {
    ok = false;
    error = errno;
  }
  if (ok && ::rename(beside.c_str(), path.c_str()) == 0)
    return "";
  if (ok)
    error = errno;
  ::unlink(beside.c_str());
  return std::strerror(error);
}
