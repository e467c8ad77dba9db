// The metadata section: FlatBuffer tables from the program dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_PACKAGE_METADATA_H
#define SINTER_COMPILER_PACKAGE_METADATA_H

#include "compiler/package/Writer.h"

namespace sinter {

/// Where a constant's bytes lie.
struct ConstantPlace {
  uint32_t section = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
  std::string name;
};

/// What of the other sections the metadata refers to.
struct SectionPlan {
  std::vector<ConstantPlace> constants;           ///< Of the package, each content once.
  std::vector<std::vector<uint32_t>> constantsOf; ///< Per program: its constants as indices into `constants`.
  std::vector<std::vector<std::vector<uint32_t>>>
      code; ///< Per program, executable, variant: index of the code section.
};

/// A finished `Package` table.
std::vector<char> buildMetadata(llvm::ArrayRef<PackageProgram> programs, const SectionPlan &plan,
                                const Provenance &provenance);

} // namespace sinter

#endif
