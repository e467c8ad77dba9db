# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of test suites, and the code that runs them and adds up what they count.

Every suite says in its output how many tests ran. A suite that counts none has failed: a test that did not run proves
nothing. A suite of our own closes with the line `N passed, N failed` (`, N skipped` may follow).
"""
import dataclasses
import os
import re
import time

import console as ui
from environment import jobs
from paths import BUILD, LLVM_BIN, PYTHON, ROOT, bin_dir, preset_dir

CHECK, TEST, FULL = "check", "test", "full"
CUDA = "cuda"  # The form of what runs on a device alone.
DEVICES = (CUDA,)


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    command: object      # preset → list of words
    forms: tuple         # in which of check, test and full it runs
    seconds: int         # what it may take; it is ended after that
    what: str
    counter: object = None


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def line(self):
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


CLOSING = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def count_closing(text):
    """The last closing line of a script."""
    found = CLOSING.findall(text)
    return Count(int(found[-1][0]), int(found[-1][1]), int(found[-1][2] or 0)) if found else Count()


def count_lit(text):
    def total(*words):
        return sum(int(n) for word in words for n in re.findall(rf"^\s*{word}\s*:\s*(\d+)", text, re.M))
    return Count(total("Passed", "Expectedly Failed"), total("Failed", "Unresolved", "Timed Out", "Unexpectedly Passed"),
                 total("Unsupported", "Skipped"))


def count_ctest(text):
    """The googletests inside ctest's programs; a program without them counts as one."""
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", text))
    failed = sum(int(n) for n in re.findall(r"\[  FAILED  \] (\d+) tests?, listed below", text))
    skipped = sum(int(n) for n in re.findall(r"\[  SKIPPED \] (\d+) tests?, listed below", text))
    programs = re.findall(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) [.\s]*\**(Passed|Failed|Not Run|Exception|Timeout)", text, re.M)
    for number, _, result in programs:
        if not re.search(rf"^{number}: \[  (PASSED|FAILED)  \] \d+ test", text, re.M):
            passed, failed = passed + (result == "Passed"), failed + (result != "Passed")
    return Count(passed, failed, skipped)


def script(path, *words):
    return lambda preset: [PYTHON, "-B", os.path.join(ROOT, path), *words]


SUITES = [
    Suite("lit", lambda preset: [f"{LLVM_BIN}/lit", "-v", "--no-progress-bar", f"-j{jobs()}", f"{preset_dir(preset)}/test"],
          (CHECK, TEST), 300, "dialects and passes, one behaviour a file", count_lit),
    Suite("unit", lambda preset: ["ctest", "--test-dir", preset_dir(preset), "-V", f"-j{jobs()}", "-LE", "suite", "-E", "^lit$"],
          (CHECK, TEST), 600, "googletest programs of the runtime, importer, kernels", count_ctest),
    Suite("conformance", script("test/conformance/run.py"), (TEST,), 1200, "onnx's node cases that must pass"),
    Suite("targets", script("test/conformance/targets.py"), (TEST,), 400, "cases of each target that brings a list"),
    Suite("out-of-tree", script("test/e2e/out_of_tree.py"), (TEST,), 400, "the null target, built against an installed Sinter"),
    Suite("models", script("test/models/run.py"), (TEST,), 900, "real models against onnxruntime"),
    Suite("models-gpu", script("test/models/run.py", "--target=gpu:vulkan", "minilm", "ppocrv2_cls", "silero_vad_16k_op15",
                               "mobilenet_v2_int8"),
          (TEST,), 300, "some real models wholly on Vulkan"),
    Suite("quant", script("test/quant/run.py"), (TEST,), 900, "every integer tensor of int8 models, bit for bit"),
    Suite("quant-npu", script("test/quant/run.py", "--target=npu:hexagon-near,cpu", "--target-file=test/hexagon/near.json",
                              "--skip=mobilenet_v2_int8"), (TEST,), 300,
          "the same on Hexagon under emulation"),
    Suite("four-bits", script("test/quant/four_bits.py"), (TEST,), 120, "weights of four bits stay so in packages, on CPU and Vulkan"),
    Suite("quant-vulkan", script("test/quant/run.py", "--target=gpu:vulkan", "mobilenet_v2_int8", "ds_cnn_int8"), (TEST,), 120,
          "integer tensors of int8 models on Vulkan, bit for bit"),
    Suite("bad-input", script("test/e2e/bad_input.py"), (TEST,), 400, "typed errors for wrong models, packages, files, flags"),
    Suite("sanitizers", script("test/e2e/sanitizers.py"), (TEST,), 900, "loader and importer under asan, ubsan and tsan"),
    Suite("fuzz", script("test/fuzz/run.py"), (TEST,), 600, "importer and loader against changed bytes, under asan"),
    Suite("images", script("test/e2e/images.py"), (TEST,), 900, "every code image that this machine can execute or emulate"),
    Suite("gpu-counts", script("test/gpu/counts.py"), (TEST,), 120, "dispatches and bound bytes on Vulkan, no more than ncnn's"),
    Suite("gpu-faults", script("test/gpu/faults.py"), (TEST,), 400, "the Vulkan driver on failing devices, and without shared memory"),
    Suite("ptxas", script("test/cuda/assemble.py"), (TEST,), 300, "CUDA's kernels of some models assembled: registers, spills"),
    Suite("code-objects", script("test/rocm/disassemble.py"), (TEST,), 200, "ROCm's kernels of some models disassembled: spills, symbols"),
    Suite("determinism", script("test/e2e/determinism.py"), (TEST,), 600, "the same bytes, however a package is compiled"),
    Suite("format", script("tools/devlib/formatting.py"), (CHECK, TEST), 120, "sources as clang-format has them"),
    Suite("docs", script("test/e2e/docs.py"), (CHECK, TEST), 60, "the examples in the documentation"),
    Suite("demo", script("test/e2e/demo.py"), (TEST,), 180, "a line of text read, speech found in a sound"),
    Suite("conformance-all", script("test/conformance/run.py", "--all"), (FULL,), 3600, "every node case of onnx"),
    Suite("targets-all", script("test/conformance/targets.py", "--all", "--by-type"), (FULL,), 3600,
          "each target that brings a list, every case"),
    # Without fused multiply-adds, as lavapipe and the oldest x86-64 are, basic_pitch is 1.7e-4 from onnxruntime, which has them: its
    # logarithm of a spectrum magnifies rounding.
    Suite("models-gpu-all", script("test/models/run.py", "--target=gpu:vulkan", "--without=basic_pitch"), (FULL,), 2400,
          "every real model wholly on Vulkan"),
    Suite("quant-npu-all", script("test/quant/run.py", "--target=npu:hexagon-near,cpu", "--target-file=test/hexagon/near.json"),
          (FULL,), 900, "every int8 model on Hexagon"),
    Suite("sanitizers-all", script("test/e2e/sanitizers.py", "--all"), (FULL,), 5400, "the whole compiler under asan and ubsan"),
    Suite("fuzz-long", script("test/fuzz/run.py", "--seconds=1200"), (FULL,), 3600, "the fuzzers, twenty minutes each"),
    Suite("gpu-peer", script("test/gpu/counts.py", "--peer"), (FULL,), 600, "ncnn's counts are as the file says"),
    Suite("ptxas-all", script("test/cuda/assemble.py", "--all"), (FULL,), 1200, "CUDA's kernels of every model assembled"),
    Suite("cuda-conformance", script("test/conformance/targets.py", "gpu:cuda", "--all"), (CUDA,), 3600, "every case on the device"),
    Suite("cuda-models", script("test/models/run.py", "--target=gpu:cuda"), (CUDA,), 3600, "real models on the device"),
    Suite("code-objects-all", script("test/rocm/disassemble.py", "--all"), (FULL,), 1200, "ROCm's kernels of every model disassembled"),
    Suite("quant-vulkan-all", script("test/quant/run.py", "--target=gpu:vulkan"), (FULL,), 900, "all int8 models on Vulkan, bit for bit"),
    Suite("latency", script("test/models/run.py", "--latency"), (FULL,), 2400, "the models' latency beside onnxruntime's"),
]


def in_form(suite, form):
    """`test` and `check` name their suites; the full form is `test` and what is long."""
    return form in suite.forms or (form == FULL and TEST in suite.forms)


def of_device(device):
    return [suite for suite in SUITES if device in suite.forms]


def find(name):
    return next((suite for suite in SUITES if suite.name == name), None)


def run_suite(console, suite, preset):
    """Runs one suite and returns its count; prints the tail of its log when it failed."""
    env = {"SINTER_BIN": bin_dir(preset), "PYTHONDONTWRITEBYTECODE": "1",
           "SINTER_JOBS": str(jobs()), "SINTER_WORK": os.path.join(BUILD, "work", suite.name)}
    start = time.monotonic()
    status, log = ui.run(console, suite.command(preset), "suite-" + suite.name, env=env, timeout=suite.seconds, check=False)
    with open(log, errors="replace") as file:
        count = (suite.counter or count_closing)(file.read())
    problem = None
    if count.passed + count.failed == 0:
        problem, count = "no test was counted", Count(0, 1)
    elif status != 0 and count.failed == 0:
        problem, count = f"exited with {status}", Count(count.passed, 1, count.skipped)
    elif count.failed:
        problem = f"{count.failed} failed"
    console.end(f"{count.line()} ({ui.duration(time.monotonic() - start)})")
    if problem:
        ui.show_failure(ui.Failure(f"suite {suite.name}: {problem}", log))
    return count


def run_form(console, form, preset):
    """Runs every suite of a form; all of them, also after one failed."""
    total = Count()
    for suite in (s for s in SUITES if in_form(s, form)):
        console.begin(suite.name)
        total.add(run_suite(console, suite, preset))
    return total
