// The entry point's signature: shapes of inputs from the model and the command line, and state
// variables.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_SIGNATURE_H
#define SINTER_COMPILER_IMPORT_SIGNATURE_H

#include "compiler/import/Importer.h"
#include "compiler/import/OnnxProto.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"

namespace sinter::onnx_import {

/// An input that callers bind: not one whose value an initializer gives.
struct SignatureInput {
  const onnx::ValueInfoProto *info;
  mlir::RankedTensorType type;
};

/// Types of the graph's inputs, every dimension bound. Reports all unbound dimensions in one
/// diagnostic with the options that would bind them. False after an error.
bool resolveInputs(const onnx::GraphProto &graph, const ImportOptions &options, mlir::MLIRContext *context,
                   llvm::SmallVectorImpl<SignatureInput> &inputs, Diagnostics &diagnostics);

/// The initial value of a state variable read from a file: .npy, or raw bytes. Null after an error.
mlir::ElementsAttr readStateInit(const StateOption &state, mlir::RankedTensorType type, Diagnostics &diagnostics);

} // namespace sinter::onnx_import

#endif
