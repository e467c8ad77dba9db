# lit: one behaviour a file, FileCheck lines that fail if the pass did nothing.
import os
import lit.formats

config.name = "Sinter"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.excludes = ["Inputs", "conformance", "models", "e2e", "fuzz", "bench", "unit", "lit.cfg.py", "CMakeLists.txt"]
config.environment["PATH"] = os.pathsep.join([config.sinter_bin, config.llvm_bin, os.environ["PATH"]])
config.substitutions.append(("%source_root", config.source_root))
config.substitutions.append(("%device", os.path.join(os.path.dirname(config.sinter_bin), "lib")))
config.substitutions.append(("%rocm", os.path.join(os.path.dirname(config.sinter_bin), "test", "rocm", "library")))
config.substitutions.append(("%cuda", os.path.join(os.path.dirname(config.sinter_bin), "test", "cuda", "library")))
