// Which ONNX nodes an operation came from.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_PROVENANCE_H
#define SINTER_DIALECTS_NN_PROVENANCE_H

#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace sinter {

/// Names of the ONNX nodes in `loc`, sorted, each once. Importer and passes keep them as NameLoc leaves of fused
/// locations.
llvm::SmallVector<std::string> nodeNames(mlir::Location loc);

} // namespace sinter

#endif
