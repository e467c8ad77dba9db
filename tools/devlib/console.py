# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the person sees: one updating status line on a terminal, plain lines elsewhere; logs go to build/logs."""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from paths import LOGS, ROOT

# Lines that tell how far a command is: ninja's and ctest's "[12/340]", and "12/340 name" of our own suites.
PROGRESS = re.compile(r"^\s*\[?\s*(\d+)/(\d+)[\] ]")
TAIL_LINES = 40


class Failure(Exception):
    """A step failed; its message and the tail of its log have not been printed yet."""

    def __init__(self, message, log=None):
        super().__init__(message)
        self.log = log


def duration(seconds):
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


class Console:
    def __init__(self, total_steps):
        self.tty = sys.stdout.isatty()
        self.total = total_steps
        self.step = 0
        self.label = ""
        self.last_draw = 0.0

    def begin(self, label):
        self.step += 1
        self.label = f"[{self.step}/{self.total}] {label}"
        self.status("", force=True)
        if not self.tty:
            print(self.label, flush=True)

    def status(self, detail, force=False):
        """Redraws the line; at most ten times a second."""
        now = time.monotonic()
        if self.tty and (force or now - self.last_draw > 0.1):
            self.last_draw = now
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write("\r\033[K" + f"{self.label} {detail}".rstrip()[:width])
            sys.stdout.flush()

    def end(self, result):
        line = f"{self.label}: {result}"
        sys.stdout.write(("\r\033[K" if self.tty else "") + line + "\n")
        sys.stdout.flush()

    def say(self, text):
        sys.stdout.write(("\r\033[K" if self.tty else "") + text + "\n")
        sys.stdout.flush()


def show_failure(failure):
    """The tail of the failed step's log, then what failed and where the whole log is."""
    sys.stdout.write("\n" if sys.stdout.isatty() else "")
    if failure.log:
        with open(failure.log, errors="replace") as file:
            for line in collections.deque(file, TAIL_LINES):
                sys.stdout.write("  " + line)
        print(f"error: {failure}; whole log: {os.path.relpath(failure.log, ROOT)}")
    else:
        print(f"error: {failure}")


def run(console, command, log_name, env=None, echo=False, timeout=None, cwd=ROOT, check=True):
    """Runs a command with its output in build/logs/<log_name>.log and its progress on the status line.

    Returns (exit status, path of the log). `echo` also prints what the command prints. A command that outlives
    `timeout` seconds is ended with its children and counts as failed.
    """
    os.makedirs(LOGS, exist_ok=True)
    path = os.path.join(LOGS, log_name + ".log")
    full_env = dict(os.environ, **(env or {}))
    with open(path, "w") as log:
        log.write("$ " + " ".join(command) + "\n")
        log.flush()
        process = subprocess.Popen(command, cwd=cwd, env=full_env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        expired = []

        def expire():
            expired.append(True)
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(timeout, expire) if timeout else None
        if timer:
            timer.start()
        try:
            for line in process.stdout:
                log.write(line)
                log.flush()
                progress = PROGRESS.match(line)
                if progress:
                    console.status(f"{progress[1]}/{progress[2]}")
                if echo:
                    console.say(line.rstrip("\n"))
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            if timer:
                timer.cancel()
        if expired:
            log.write(f"ended: not done within {timeout} s\n")
            status = 124
    if check and status != 0:
        raise Failure(f"{os.path.basename(command[0])} exited with {status}", path)
    return status, path
