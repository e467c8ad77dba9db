// The transport to a process of qemu-hexagon, which executes the resident program instruction by instruction.
//
// SINTER_HEXAGON_EMULATOR names another command than "qemu-hexagon -cpu v67", with its arguments: a qemu elsewhere, or
// one with a plug-in. (qemu of Debian 12 executes instructions of v68 under the name of v67.)
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/npu/hexagon/driver/Transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sinter::rt;

extern char **environ;

namespace sinter::hexagon {

// The resident program's bytes, linked into this library.
asm(R"(
  .pushsection .rodata
  .balign 16
sinter_hexagon_resident:
  .incbin ")" SINTER_HEXAGON_RESIDENT R"("
sinter_hexagon_resident_end:
  .popsection
)");
extern "C" {
extern const uint8_t residentBegin[] asm("sinter_hexagon_resident");
extern const uint8_t residentEnd[] asm("sinter_hexagon_resident_end");
}

namespace {

constexpr const char *kDefault = "qemu-hexagon -cpu v67";
constexpr uint32_t kMostWords = 32;
constexpr int kProgramFile = 5; ///< Where the emulator finds the program, behind the files of Protocol.h.

/// The command, cut into words.
struct CommandLine {
  char text[4096];
  char *words[kMostWords + 3] = {};
  uint32_t count = 0;

  CommandLine() {
    const char *given = ::getenv("SINTER_HEXAGON_EMULATOR");
    text[0] = 0;
    appendText(text, sizeof(text), "%", given && *given ? given : kDefault);
    char *rest = nullptr;
    for (char *word = ::strtok_r(text, " ", &rest); word && count < kMostWords; word = ::strtok_r(nullptr, " ", &rest))
      words[count++] = word;
  }

  /// Whether there is such a program.
  bool exists() const {
    if (!count)
      return false;
    if (strchr(words[0], '/'))
      return !::access(words[0], X_OK);
    const char *path = ::getenv("PATH");
    while (path && *path) {
      size_t length = strcspn(path, ":");
      char file[4096];
      if (length + strlen(words[0]) + 2 <= sizeof(file)) {
        memcpy(file, path, length);
        file[length] = '/';
        strcpy(file + length + 1, words[0]);
        if (!::access(file, X_OK))
          return true;
      }
      path += length + (path[length] == ':');
    }
    return false;
  }
};

/// A descriptor beyond those that the process is given, so that none of them is overwritten before it is passed on.
int raised(int fd) {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 16);
  ::close(fd);
  return copy;
}

int makeProgram() {
  int fd = ::memfd_create("resident", MFD_CLOEXEC);
  size_t bytes = size_t(residentEnd - residentBegin);
  if (fd >= 0 && ::write(fd, residentBegin, bytes) != ssize_t(bytes)) {
    ::close(fd);
    return -1;
  }
  return fd < 0 ? fd : raised(fd);
}

/// Runs the command with these files; its own input and output lead nowhere.
int spawn(CommandLine &command, int channel, int window, int program, pid_t *process) {
  posix_spawn_file_actions_t files;
  int error = ::posix_spawn_file_actions_init(&files);
  if (error)
    return error;
  for (int fd : {0, 1})
    if (!error)
      error = ::posix_spawn_file_actions_addopen(&files, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
  const int passed[][2] = {{channel, kChannelFile}, {window, kWindowFile}, {program, kProgramFile}};
  for (const auto &[from, to] : passed)
    if (!error)
      error = ::posix_spawn_file_actions_adddup2(&files, from, to);
  if (!error)
    error = ::posix_spawnp(process, command.words[0], &files, nullptr, command.words, environ);
  ::posix_spawn_file_actions_destroy(&files);
  return error;
}

} // namespace

sinter_code Transport::find(char *name, size_t capacity, Report &report) {
  CommandLine command;
  if (!command.exists())
    return report.fail(SINTER_E_NOT_FOUND, "no Hexagon here: there is no '%' to emulate it",
                       command.count ? command.words[0] : "");
  appendText(name, capacity, "Hexagon v68, emulated by %", command.words[0]);
  return SINTER_OK;
}

sinter_code Transport::start(const Window &window, Report &report) {
  int ends[2] = {-1, -1}, program = makeProgram();
  int shared = ::fcntl(window.file(), F_DUPFD_CLOEXEC, 16);
  if (program < 0 || shared < 0 || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
    for (int fd : {program, shared})
      if (fd >= 0)
        ::close(fd);
    return report.fail(SINTER_E_DEVICE, "cannot make files for the emulator");
  }
  int theirs = raised(ends[1]);
  channel = ends[0];
  CommandLine command;
  char path[32] = "", bytes[16] = "";
  appendText(path, sizeof(path), "/proc/self/fd/%", kProgramFile);
  appendText(bytes, sizeof(bytes), "%", Window::kBytes);
  command.words[command.count] = path;
  command.words[command.count + 1] = bytes;
  pid_t started = 0;
  int error = theirs < 0 ? EMFILE : spawn(command, theirs, shared, program, &started);
  for (int fd : {theirs, shared, program})
    if (fd >= 0)
      ::close(fd);
  if (error) {
    stop();
    return report.limit(0, error).fail(SINTER_E_DEVICE, "cannot start '%' (error %)", command.words[0], error);
  }
  process = started;
  return SINTER_OK;
}

int Transport::stop() {
  int status = 0;
  if (channel >= 0)
    ::close(channel);
  if (process > 0) {
    ::kill(process, SIGKILL);
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
  }
  channel = -1;
  process = 0;
  return status;
}

/// Its end of the channel is closed, which only its end does: how it ended stands, and what stop() sends is too late.
sinter_code Transport::died(Report &report) {
  int status = stop();
  if (WIFSIGNALED(status))
    return report.limit(0, WTERMSIG(status)).fail(SINTER_E_DEVICE, "the device died, by signal %", WTERMSIG(status));
  return report.limit(0, WEXITSTATUS(status))
      .fail(SINTER_E_DEVICE, "the device's program ended, with status %", WEXITSTATUS(status));
}

sinter_code Transport::send(const Message &message, Report &report) {
  if (channel < 0)
    return report.fail(SINTER_E_DEVICE, "the device is lost");
  ssize_t sent;
  do
    sent = ::send(channel, &message, sizeof(message), MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == ssize_t(sizeof(message)) ? SINTER_OK : died(report);
}

sinter_code Transport::receive(uint32_t milliseconds, Answer *answer, bool *arrived, Report &report) {
  *arrived = false;
  if (channel < 0)
    return report.fail(SINTER_E_DEVICE, "the device is lost");
  pollfd waiting = {channel, POLLIN, 0};
  int ready = ::poll(&waiting, 1, int(milliseconds));
  if (ready == 0 || (ready < 0 && errno == EINTR))
    return SINTER_OK;
  ssize_t got = ready < 0 ? -1 : ::recv(channel, answer, sizeof(*answer), MSG_DONTWAIT);
  if (got < 0 && (errno == EINTR || errno == EAGAIN))
    return SINTER_OK;
  if (got != ssize_t(sizeof(*answer)))
    return died(report);
  *arrived = true;
  return SINTER_OK;
}

} // namespace sinter::hexagon
