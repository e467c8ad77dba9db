// Compiles a kernel of nn operators for the CPU, runs every variant that this machine has, and compares with the
// reference evaluator. Tests of the CPU target's lowerings are one call each.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_UNIT_CPU_KERNELRUNNER_H
#define SINTER_TEST_UNIT_CPU_KERNELRUNNER_H

#include "dialects/nn/Evaluator.h"
#include "mlir/IR/BuiltinOps.h"
#include <gtest/gtest.h>

namespace sinter::test {

struct Tolerance {
  double relative = 1e-6; ///< Of the expected value.
  double absolute = 1e-7;
};

/// What the arguments hold: seeded values between these; integers are rounded.
struct InputRange {
  double low = -4, high = 4;
};

class KernelTest : public ::testing::Test {
protected:
  KernelTest();

  /// `function` is the text of one func.func. Integer and quantised results must be equal, floats close.
  void check(llvm::StringRef function, InputRange range = {}, Tolerance tolerance = {});

  /// The same for an operator applied to arguments of `types`: `%r = <op on %0, %1, …>`.
  void checkOp(llvm::StringRef op, llvm::ArrayRef<std::string> types, llvm::StringRef resultType, InputRange range = {},
               Tolerance tolerance = {});

  mlir::MLIRContext context;
};

} // namespace sinter::test

#endif
