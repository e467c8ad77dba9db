// See LinkElf.h.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/LinkElf.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

LLD_HAS_DRIVER(elf)

namespace {

std::string pathOf(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

std::string systemError(const char *what) { return std::string(what) + ": " + std::strerror(errno); }

// The linker reads and writes paths. These lead to no disk: it may be full, and what a killed compiler leaves on it
// stays.

/// A file in memory to read from.
class MemoryFile {
public:
  explicit MemoryFile(llvm::StringRef bytes) : fd(::memfd_create("kernels", MFD_CLOEXEC)) {
    if (fd < 0) {
      problem = systemError("cannot make a file in memory");
      return;
    }
    llvm::raw_fd_ostream stream(fd, /*shouldClose=*/false);
    stream << bytes;
    stream.flush();
    if (std::error_code error = stream.error())
      problem = "cannot write a file in memory: " + error.message();
    stream.clear_error();
  }
  MemoryFile(const MemoryFile &) = delete;
  ~MemoryFile() {
    if (fd >= 0)
      ::close(fd);
  }

  std::string path() const { return pathOf(fd); }

  std::string problem;

private:
  int fd;
};

/// A pipe to write to, emptied by a thread: over a regular file lld would rename another, which memory does not have.
class Pipe {
public:
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      problem = systemError("cannot make a pipe");
      return;
    }
    reader = std::thread([this] { drain(); });
  }
  Pipe(const Pipe &) = delete;
  ~Pipe() { finish(); }

  std::string path() const { return pathOf(ends[1]); }

  /// What has been written. The writer has closed its end.
  llvm::StringRef finish() {
    if (reader.joinable()) {
      ::close(ends[1]);
      reader.join();
      ::close(ends[0]);
    }
    return bytes;
  }

  std::string problem;

private:
  void drain() {
    char buffer[65536];
    for (ssize_t count; (count = ::read(ends[0], buffer, sizeof(buffer))) != 0;)
      if (count > 0)
        bytes.append(buffer, static_cast<size_t>(count));
      else if (errno != EINTR)
        break;
  }

  int ends[2];
  std::string bytes;
  std::thread reader;
};

std::string runLinker(llvm::ArrayRef<std::string> arguments) {
  // lld keeps global state: one link at a time.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string output, errors;
  llvm::raw_string_ostream outputStream(output), errorStream(errors);
  lld::Result result = lld::lldMain(argv, outputStream, errorStream, {{lld::Gnu, &lld::elf::link}});
  return result.retCode == 0 ? "" : "the linker failed: " + errors;
}

} // namespace

std::string sinter::linkElf(llvm::ArrayRef<llvm::StringRef> arguments, llvm::StringRef input, std::string &output) {
  MemoryFile file(input);
  Pipe pipe;
  for (const std::string &problem : {file.problem, pipe.problem})
    if (!problem.empty())
      return problem;
  std::vector<std::string> words = {"ld.lld"};
  for (llvm::StringRef argument : arguments)
    words.push_back(argument.str());
  words.insert(words.end(), {"--build-id=none", "--threads=1", "--whole-archive", file.path(), "-o", pipe.path()});
  if (std::string error = runLinker(words); !error.empty())
    return error;
  output = pipe.finish().str();
  return "";
}
