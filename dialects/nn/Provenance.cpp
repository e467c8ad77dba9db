// Which ONNX nodes an operation came from.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Provenance.h"
#include "mlir/IR/BuiltinAttributes.h"
#include <set>

llvm::SmallVector<std::string> sinter::nodeNames(mlir::Location loc) {
  std::set<std::string> names;
  llvm::SmallVector<mlir::Location> work = {loc};
  while (!work.empty()) {
    mlir::Location next = work.pop_back_val();
    if (auto name = llvm::dyn_cast<mlir::NameLoc>(next))
      names.insert(name.getName().str());
    else if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(next))
      work.append(fused.getLocations().begin(), fused.getLocations().end());
    else if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(next))
      work.append({call.getCallee(), call.getCaller()});
  }
  return llvm::SmallVector<std::string>(names.begin(), names.end());
}
