// The table of ONNX operators: (domain, operator, since version) → builder. Each family's file
// lists its own.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_OPERATORS_H
#define SINTER_COMPILER_IMPORT_OPERATORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace sinter::onnx_import {

class Node;

/// One meaning of an operator, from version `since` of its domain until the next entry of the same
/// name.
struct OperatorEntry {
  const char *name;
  int since;
  void (*build)(Node &);   ///< Null: the operator was removed in this version.
  unsigned requiredInputs; ///< Leading inputs that must be present.
  unsigned maximumInputs;
  const char *domain = "";
};

inline constexpr unsigned anyNumber = ~0u;

/// Version range of the default domain whose meanings the table knows.
inline constexpr int64_t oldestOpset = 1, newestOpset = 28;

/// The entry in force at `opset`. Null if there is none; `known` tells whether another version has
/// one.
const OperatorEntry *findOperator(llvm::StringRef domain, llvm::StringRef name, int64_t opset, bool &known);

/// All entries, for documentation and tests: one list for each family.
llvm::ArrayRef<llvm::ArrayRef<OperatorEntry>> operatorFamilies();

llvm::ArrayRef<OperatorEntry> elementWiseOperators();   // ElementWise.cpp
llvm::ArrayRef<OperatorEntry> convolutionOperators();   // Conv.cpp
llvm::ArrayRef<OperatorEntry> contractionOperators();   // Contraction.cpp
llvm::ArrayRef<OperatorEntry> poolOperators();          // Pool.cpp
llvm::ArrayRef<OperatorEntry> reductionOperators();     // Reduce.cpp
llvm::ArrayRef<OperatorEntry> normalizationOperators(); // Normalization.cpp
llvm::ArrayRef<OperatorEntry> movementOperators();      // Movement.cpp
llvm::ArrayRef<OperatorEntry> gatherOperators();        // Gather.cpp
llvm::ArrayRef<OperatorEntry> resizeOperators();        // Resize.cpp
llvm::ArrayRef<OperatorEntry> shapeOperators();         // Shape.cpp
llvm::ArrayRef<OperatorEntry> quantOperators();         // Quant.cpp
llvm::ArrayRef<OperatorEntry> controlOperators();       // Control.cpp
llvm::ArrayRef<OperatorEntry> attentionOperators();     // Attention.cpp
llvm::ArrayRef<OperatorEntry> lossOperators();          // Loss.cpp
llvm::ArrayRef<OperatorEntry> recurrentOperators();     // Recurrent.cpp

} // namespace sinter::onnx_import

#endif
