# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sources' format: clang-format's, with .clang-format. As a script it is the suite `format`, which changes nothing."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = "clang-format-22"


def sources():
    """What git knows and clang-format formats."""
    return subprocess.run(["git", "ls-files", "*.h", "*.c", "*.cpp"], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout.split()


def differs(path):
    """Whether clang-format would change the file."""
    with open(os.path.join(ROOT, path), "rb") as file:
        written = file.read()
    return subprocess.run([TOOL, path], cwd=ROOT, capture_output=True, check=True).stdout != written


def main():
    files = sources()
    wrong = [path for path in files if differs(path)]
    for path in wrong:
        print(f"{path}: not as clang-format has it; run tools/dev format")
    print(f"{len(files) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
