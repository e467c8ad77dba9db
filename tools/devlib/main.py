# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tools/dev: sets up, builds, tests and shows Sinter on Debian 12. Each command installs what it needs first."""
import argparse
import os
import subprocess
import sys
import time

import environment
import formatting
import suites
from console import Console, Failure, duration, run, show_failure
from paths import BUILD, PYTHON, ROOT, bin_dir

USAGE = """usage: tools/dev COMMAND

  demo               read a drawn line of text and find speech in a sound, with the compiled models
  test [--full]      build, then every test; --full adds the long ones and the figures
  test --device cuda build, then conformance and models on a CUDA device, where there is one
  check              build, then the tests of three minutes, for every commit
  build [PRESET]     build into build/PRESET/bin (release, dev, asan, tsan; default release)
  bench              share of FMA peak, and times beside onnxruntime in the same run
  suite NAME         one test suite of the table (`tools/dev suites` lists them)
  new-target NAME    a new target under targets/, as a copy of the null target
  format [--check]   clang-format over the sources
  setup              only install what the others need

example: tools/dev build && build/release/bin/sinter compile model.onnx -o model.sinter
"""


def prepare(console, preset="release"):
    """The three steps that every command starts with."""
    start = time.monotonic()
    console.begin("packages")
    environment.install_packages(console)
    console.end(f"ready ({duration(time.monotonic() - start)})")
    start = time.monotonic()
    console.begin("python")
    environment.make_venv(console)
    console.end(f"ready ({duration(time.monotonic() - start)})")
    if preset:
        start = time.monotonic()
        console.begin(f"build {preset}")
        environment.configure_and_build(console, preset)
        console.end(f"done ({duration(time.monotonic() - start)})")


def command_setup(args):
    prepare(Console(2), preset=None)


def command_build(args):
    prepare(Console(3), args.preset)


def command_tests(args, form):
    chosen = [s for s in suites.SUITES if suites.in_form(s, form)]
    console = Console(3 + len(chosen))
    start = time.monotonic()
    prepare(console, args.preset)
    total = suites.run_form(console, form, args.preset)
    console.say(f"{form}: {duration(time.monotonic() - start)}")
    console.say(total.line())
    return 1 if total.failed or not total.passed else 0


def command_check(args):
    return command_tests(args, suites.CHECK)


def on_device(device):
    """Whether this machine has a device of the kind; says so where it has none: what did not run is not passed."""
    prepare(Console(2), preset=None)
    found = subprocess.run([PYTHON, "-B", os.path.join(ROOT, "test", "support", f"{device}.py")], capture_output=True, text=True)
    if found.returncode != 0:
        raise Failure(f"cannot look for a {device} device: {found.stderr.strip()[-300:]}")
    print(found.stdout.strip() or f"no {device.upper()} device: assembled only; {len(suites.of_device(device))} suites not run")
    return bool(found.stdout.strip())


def command_test(args):
    if args.device:
        return command_tests(args, args.device) if on_device(args.device) else 0
    return command_tests(args, suites.FULL if args.full else suites.TEST)


def command_suite(args):
    suite = suites.find(args.name)
    if suite is None:
        raise Failure(f"no suite '{args.name}'; there are: " + ", ".join(s.name for s in suites.SUITES))
    console = Console(1 if args.no_build else 4)
    if not args.no_build:
        prepare(console, args.preset)
    console.begin(suite.name)
    count = suites.run_suite(console, suite, args.preset)
    console.say(count.line())
    return 1 if count.failed else 0


def command_suites(args):
    for suite in suites.SUITES:
        if not args.scripts:
            print(f"{suite.name:16} {','.join(suite.forms):12} {suite.what}")
        elif suite.counter is None and suites.TEST in suite.forms:
            print(suite.name)


def show(steps, path, words, log):
    """Builds, then runs a script of ours whose output is the result to show."""
    console = Console(steps)
    prepare(console)
    console.begin(log)
    env = {"SINTER_BIN": bin_dir("release"), "SINTER_WORK": os.path.join(BUILD, "work", log)}
    status, _ = run(console, [PYTHON, "-B", os.path.join(ROOT, path), *words], log, env=env, echo=True, check=False)
    return status


def command_demo(args):
    return show(4, "test/e2e/demo.py", [], "demo")


def command_bench(args):
    return show(4, "test/bench/bench.py", [], "bench")


def command_new_target(args):
    return subprocess.run([sys.executable, "-B", os.path.join(ROOT, "tools/devlib/new_target.py"), args.name]).returncode


def command_format(args):
    if args.check:
        return formatting.main()
    console = Console(1)
    console.begin("format")
    files = formatting.sources()
    run(console, [formatting.TOOL, "-i", *files], "format")
    console.end(f"{len(files)} files")
    return 0


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev", usage=USAGE.removeprefix("usage: "), add_help=False)
    commands = parser.add_subparsers(dest="command")
    for name in ("setup", "demo", "bench"):
        commands.add_parser(name)
    commands.add_parser("build").add_argument("preset", nargs="?", default="release")
    for name in ("check", "test", "suite"):
        sub = commands.add_parser(name)
        sub.add_argument("--preset", default="release")
        if name == "test":
            sub.add_argument("--full", action="store_true")
            sub.add_argument("--device", choices=suites.DEVICES)
        if name == "suite":
            sub.add_argument("name")
            sub.add_argument("--no-build", action="store_true", help="for ctest, which has built already")
    commands.add_parser("suites").add_argument("--scripts", action="store_true", help="names of ours, for ctest")
    commands.add_parser("new-target").add_argument("name")
    commands.add_parser("format").add_argument("--check", action="store_true")
    return parser.parse_args(arguments)


def main(arguments):
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(USAGE, end="")
        return 0 if arguments else 2
    args = parse(arguments)
    try:
        return globals()["command_" + args.command.replace("-", "_")](args) or 0
    except Failure as failure:
        show_failure(failure)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
