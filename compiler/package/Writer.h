// Package bytes from planned programs and their targets' code.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PACKAGE_WRITER_H
#define SINTER_COMPILER_PACKAGE_WRITER_H

#include "compiler/target/Target.h"
#include "dialects/program/Program.h"
#include <string>
#include <vector>

namespace sinter {

/// One program and the code of its executables, in the order of its program.executable operations.
struct PackageProgram {
  program::ProgramOp program;
  struct Executable {
    const TargetInfo *target = nullptr;
    std::vector<EmittedVariant> variants;
  };
  std::vector<Executable> executables;
  std::vector<std::pair<std::string, Refusal>> refusals; ///< Target that refused, and why.
};

/// Where a package came from; nothing here may depend on the machine, the folder or the time.
struct Provenance {
  std::string producer;
  std::vector<std::string> options;
  std::vector<std::string> modelSha256;
  std::vector<std::string> opsets;
};

/// The bytes of a package. All programs have the same entry points and states as the first. The same arguments give the
/// same bytes. Emits an error at the program and fails where the format cannot hold it (metadata beyond 2 GiB).
mlir::FailureOr<std::vector<char>> writePackage(llvm::ArrayRef<PackageProgram> programs, const Provenance &provenance);

} // namespace sinter

#endif
