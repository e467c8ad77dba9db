#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same model and options give the same bytes: a second time, from another folder, with another -j, with glibc's FMA
variants switched off, in another locale and time zone."""
import hashlib
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import models  # noqa: E402
import sinter  # noqa: E402

MODELS = ["ds_cnn", "ds_cnn_int8", "magika", "silero_vad_16k_op15", "ppocrv2_cls"]
NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable,-AVX512F"}


def build(model, source, package, words=(), env=None, cwd=None):
    done = sinter.run("sinter", "compile", source, "-o", package, *model.flags, *words, env=env, cwd=cwd, timeout=600)
    if done.code != 0:
        return None, f"compile exited with {done.code}: {done.first_error()}"
    with open(package, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest(), None


def main():
    sinter.need("sinter")
    passed = failed = 0
    for name in MODELS:
        model = models.find(name)
        work = sinter.work_dir(os.path.join("determinism", name))
        other = os.path.join(work, "another folder")
        os.makedirs(other)
        first = os.path.join(work, "model.onnx")
        shutil.copy(models.prepare(model), first)
        second = os.path.join(other, "model.onnx")
        shutil.copy(first, second)
        wanted, problem = build(model, first, os.path.join(work, "model.sinter"))
        ways = {
            "compiled": (first, {}),
            "a second time": (first, {}),
            "from another folder": (second, {}),
            "from another folder, by a relative path": ("model.onnx", {"cwd": other}),
            "with -j 1": (first, {"words": ["-j", "1"]}),
            "with -j 5": (first, {"words": ["-j", "5"]}),
            "without glibc's FMA variants": (first, {"env": NO_FMA}),
            "in another locale and time zone": (first, {"env": {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "HOME": "/nonexistent"}}),
        }
        for way, (source, options) in ways.items():
            found, problem = (wanted, problem) if way == "compiled" else build(model, source, os.path.join(work, "again.sinter"), **options)
            if problem is None and found != wanted:
                problem = "other bytes"
            passed, failed = passed + (problem is None), failed + (problem is not None)
            if problem:
                print(f"FAIL: {name} {way}: {problem}")
        print(f"{name}: {len(ways)} ways", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
