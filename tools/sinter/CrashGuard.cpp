// Runs the compiler in a child process.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CrashGuard.h"
#include "ModelOptions.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace sinter;

namespace {

/// Runs `work` in a child; its wait status, or nothing if there can be no child.
std::optional<int> runInChild(function_ref<int()> work) {
  outs().flush();
  errs().flush();
  pid_t parent = ::getpid();
  pid_t child = ::fork();
  if (child < 0)
    return std::nullopt;
  if (child == 0) {
    rlimit noCore = {0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
    // What nobody waits for is not finished.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent)
      std::_Exit(1);
    // Want of memory is no defect: said like a kill by the system.
    std::set_new_handler([] { ::raise(SIGKILL); });
    install_bad_alloc_error_handler([](void *, const char *, bool) { ::raise(SIGKILL); });
    int code = closeOutput(work());
    errs().flush();
    std::_Exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return std::nullopt;
  return status;
}

void silence() {
  int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) {
    ::dup2(null, STDERR_FILENO);
    ::close(null);
  }
}

/// Interrupts come from the user; a kill mostly from the system that ran out of memory.
bool isUsers(int signal) { return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGPIPE; }

int reportKill(bool json) {
  Diagnostics diagnostics;
  diagnostics.error(DiagnosticCode::LimitExceeded, "", "the compiler was killed, most likely for want of memory",
                    "give it more memory, or fewer threads with -j");
  return finish(diagnostics, json);
}

} // namespace

int sinter::runGuarded(StringRef name, bool json, function_ref<int(const std::string &)> work) {
  std::optional<int> status = runInChild([&] { return work(""); });
  if (!status)
    return work("");
  if (WIFEXITED(*status))
    return WEXITSTATUS(*status);
  int signal = WTERMSIG(*status);
  if (isUsers(signal)) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
  if (signal == SIGKILL)
    return reportKill(json);

  std::string reproducer = name.str() + ".repro.mlir";
  std::optional<int> again = runInChild([&] {
    silence();
    return work(reproducer);
  });
  bool crashedAgain = again && WIFSIGNALED(*again);
  if (!crashedAgain)
    sys::fs::remove(reproducer);
  bool hasFile = sys::fs::exists(reproducer);
  Diagnostics diagnostics;
  diagnostics.error(DiagnosticCode::Internal, "",
                    Twine("the compiler crashed: ") + ::strsignal(signal) +
                        (crashedAgain ? "" : "; it did not when run again on one thread"),
                    hasFile ? "please report it with " + reproducer + "; sinter-opt --run-reproducer " + reproducer +
                                  " replays it"
                            : std::string("please report it with the command line and the model"));
  return finish(diagnostics, json);
}
