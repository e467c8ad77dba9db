// Files that appear whole or not at all.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/support/OutputFile.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/// While this lives, interrupts of the thread wait and a limit on the size of files is an error instead of a signal.
class SignalsWait {
public:
  SignalsWait() {
    sigset_t interrupts;
    sigemptyset(&interrupts);
    for (int signal : {SIGINT, SIGTERM, SIGHUP})
      sigaddset(&interrupts, signal);
    pthread_sigmask(SIG_BLOCK, &interrupts, &before);
    sizeLimit = ::signal(SIGXFSZ, SIG_IGN);
  }
  SignalsWait(const SignalsWait &) = delete;
  ~SignalsWait() {
    ::signal(SIGXFSZ, sizeLimit);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

private:
  sigset_t before;
  void (*sizeLimit)(int);
};

bool writeAll(int fd, const char *bytes, size_t size) {
  while (size != 0) {
    ssize_t count = ::write(fd, bytes, size);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    bytes += count;
    size -= size_t(count);
  }
  return true;
}

/// Closes `fd`; `ok` and errno say how it was written.
bool closed(int fd, bool ok) {
  int error = errno;
  bool closes = ::close(fd) == 0;
  if (!ok)
    errno = error;
  return ok && closes;
}

bool writeDirectly(const std::string &path, const char *bytes, size_t size) {
  // Appends: /dev/stdout may be a file that others have written to.
  int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  return fd >= 0 && closed(fd, writeAll(fd, bytes, size));
}

bool isKernels(const std::string &path) { return path.rfind("/proc/", 0) == 0; }

/// Where a chain of links ends, be there something or not. What the kernel answers for (/dev/stdout leads there) is an
/// end: a file that is open must be written, not replaced.
std::string followed(std::string path) {
  constexpr int limit = 40; // as the kernel has it
  for (int links = 0; links < limit && !isKernels(path); ++links) {
    char target[PATH_MAX];
    ssize_t length = ::readlink(path.c_str(), target, sizeof(target));
    if (length < 0 || length == sizeof(target))
      break;
    std::string to(target, size_t(length));
    path = to[0] == '/' ? to : path.substr(0, path.rfind('/') + 1) + to;
  }
  return path;
}

bool writeBeside(const std::string &path, const char *bytes, size_t size, mode_t mode) {
  SignalsWait wait;
  // Not the name with an ending: that may be too long where the name itself is not.
  std::string beside = path.substr(0, path.rfind('/') + 1) + ".sinter.XXXXXX";
  int fd = ::mkstemp(beside.data());
  if (fd < 0)
    return false;
  bool ok = closed(fd, ::fchmod(fd, mode) == 0 && writeAll(fd, bytes, size) && ::fsync(fd) == 0);
  if (ok && ::rename(beside.c_str(), path.c_str()) == 0)
    return true;
  int error = errno;
  ::unlink(beside.c_str());
  errno = error;
  return false;
}

} // namespace

std::string sinter::tool::writeOutputFile(const std::string &path, const void *bytes, size_t size) {
  struct stat status;
  bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return std::strerror(EISDIR);
  std::string end = followed(path);
  const char *data = static_cast<const char *>(bytes);
  mode_t mask = ::umask(0);
  ::umask(mask);
  bool ok = (exists && !S_ISREG(status.st_mode)) || isKernels(end)
                ? writeDirectly(path, data, size)
                : writeBeside(end, data, size, exists ? status.st_mode & 07777 : 0666 & ~mask);
  return ok ? "" : std::strerror(errno);
}

bool sinter::tool::isSameFile(const std::string &a, const std::string &b) {
  struct stat first, second;
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}
