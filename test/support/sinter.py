# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Running the command-line tools from tests, and the form in which tensors travel to and from them."""
import dataclasses
import os
import shutil
import subprocess
import sys
import time

import ml_dtypes  # noqa: F401  (registers bfloat16, float8 and int4 with numpy)
import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("SINTER_BIN", os.path.join(ROOT, "build", "release", "bin"))
DEFECT = 3  # the exit code that says: a defect of Sinter's


def jobs():
    return int(os.environ.get("SINTER_JOBS", "0")) or len(os.sched_getaffinity(0))


def work_dir(name):
    """An empty folder for a test's files."""
    path = os.path.join(os.environ.get("SINTER_WORK", os.path.join(ROOT, "build", "work")), name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


@dataclasses.dataclass
class Ran:
    code: int        # exit code; negative for a signal; 124 when it was ended
    out: str
    err: str
    seconds: float

    @property
    def crashed(self):
        return self.code < 0 or self.code >= DEFECT

    def first_error(self):
        lines = [line for line in self.err.splitlines() if line.strip()]
        found = next((line for line in lines if "error" in line), lines[0] if lines else "")
        return found.strip()[:300]


def run(tool, *words, timeout=120, env=None, cwd=None, preexec_fn=None):
    """Runs build/…/bin/<tool> and never raises for what it does. A crash's reproducer stays in build/work."""
    cwd = cwd or os.path.join(ROOT, "build", "work")
    os.makedirs(cwd, exist_ok=True)
    start = time.monotonic()
    try:
        done = subprocess.run([os.path.join(BIN, tool), *map(str, words)], capture_output=True, text=True, errors="replace",
                              timeout=timeout, env=dict(os.environ, **(env or {})), cwd=cwd, preexec_fn=preexec_fn)
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - start)
    except subprocess.TimeoutExpired as expired:
        err = expired.stderr.decode(errors="replace") if expired.stderr else ""
        return Ran(124, "", err + f"ended: not done within {timeout} s", time.monotonic() - start)


def need(*tools):
    """Ends the test, as failed, when the build has not made a tool."""
    for tool in tools:
        if not os.access(os.path.join(BIN, tool), os.X_OK):
            sys.exit(f"error: {tool} is not in {os.path.relpath(BIN, ROOT)}; build first: tools/dev build")


NATIVE = {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"}


def to_wire(array):
    """As the tools read it: types that numpy does not have itself travel as raw unsigned arrays."""
    array = np.asarray(array)
    return array if array.dtype.name in NATIVE else array.view(f"u{array.dtype.itemsize}")


def from_wire(array, dtype):
    """The array with its own type again."""
    return array if dtype in NATIVE else array.view(np.dtype(dtype))


def save_npz(path, arrays):
    """An .npz whose keys are the names as they are: numpy's own savez refuses some of them as keywords."""
    import io
    import zipfile
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, np.asarray(to_wire(array), order="C"), allow_pickle=False)
            archive.writestr(name + ".npy", data.getvalue())


def load_npz(path):
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
