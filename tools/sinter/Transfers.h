// Tensors that one target writes and another reads.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_TRANSFERS_H
#define SINTER_TOOLS_SINTER_TRANSFERS_H

#include "runtime/format/package_generated.h"
#include <string>
#include <vector>

namespace sinter {

struct Transfer {
  uint32_t from, to;              ///< Executables of the program.
  std::string producer, consumer; ///< Nodes.
  uint64_t bytes;
};

/// From the work of a verified procedure, in its order; what several kernels of a target read is
/// one transfer to it.
std::vector<Transfer> transfersOf(const fb::Program &program, const fb::Procedure &procedure);

} // namespace sinter

#endif
