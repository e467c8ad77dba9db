// Objects become one image: bytes that run wherever they are mapped.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_IMAGE_LINK_H
#define SINTER_TARGETS_CPU_COMPILER_IMAGE_LINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <string>
#include <vector>

namespace sinter::cpu {

struct Image {
  llvm::SmallVector<char, 0> bytes; ///< Segments at their addresses: what a package holds.
  std::string linked;               ///< The linked file, with sections and symbols: for disassemblers.
  std::vector<uint64_t> entries;    ///< Of the symbols asked for, in their order.
};

/// Links with lld, in process, and lays the result's segments out at their addresses. Returns what went wrong, or "":
/// an undefined symbol, a writable segment or a dynamic relocation is an error, for the image is mapped as it is.
std::string linkImage(llvm::ArrayRef<llvm::ArrayRef<char>> objects, llvm::ArrayRef<std::string> symbols, Image &image);

} // namespace sinter::cpu

#endif
