"""Compares two .npz files of outputs: integers equal, floats within 1e-4 of the largest value."""
import sys

import numpy


def main(expected_path: str, actual_path: str) -> int:
    expected, actual = numpy.load(expected_path), numpy.load(actual_path)
    if sorted(expected.files) != sorted(actual.files) or not expected.files:
        print(f"outputs differ: {expected.files} and {actual.files}")
        return 1
    worst = 0.0
    for name in expected.files:
        want, got = expected[name], actual[name]
        if want.shape != got.shape or want.dtype != got.dtype:
            print(f"{name}: {want.dtype}{want.shape} and {got.dtype}{got.shape}")
            return 1
        if not numpy.issubdtype(want.dtype, numpy.floating):
            if not numpy.array_equal(want, got):
                print(f"{name}: integers differ")
                return 1
            continue
        scale = max(float(numpy.max(numpy.abs(want))), 1e-30) if want.size else 1.0
        difference = float(numpy.max(numpy.abs(want.astype("f8") - got.astype("f8")))) / scale if want.size else 0.0
        if not difference <= 1e-4:
            print(f"{name}: relative difference {difference}")
            return 1
        worst = max(worst, difference)
    print(f"{len(expected.files)} outputs agree, largest relative difference {worst:.2g}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
