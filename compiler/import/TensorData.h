// The values of a TensorProto, wherever it keeps them: typed fields, raw bytes or an external file.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_TENSORDATA_H
#define SINTER_COMPILER_IMPORT_TENSORDATA_H

#include "compiler/import/Importer.h"
#include "compiler/import/OnnxProto.h"
#include "dialects/nn/Tensor.h"
#include "llvm/Support/MemoryBuffer.h"

namespace sinter::onnx_import {

/// The external data files of one model: each opened once, only inside of the model's folder.
class ExternalData {
public:
  /// No folder: external data is refused.
  ExternalData(llvm::StringRef folder, ImportInfo *info) : folder(folder.str()), info(info) {}

  /// `length` bytes at `offset` of a file. `tensor` names the place in errors. Nothing after an
  /// error.
  std::optional<llvm::StringRef> read(llvm::StringRef location, uint64_t offset, std::optional<uint64_t> length,
                                      llvm::StringRef tensor, Diagnostics &diagnostics);

private:
  llvm::MemoryBuffer *open(llvm::StringRef location, llvm::StringRef tensor, Diagnostics &diagnostics);

  std::string folder;
  ImportInfo *info;
  std::map<std::string, std::unique_ptr<llvm::MemoryBuffer>> files;
};

/// Decodes and checks. `place` names the node or tensor in errors. Nothing after an error.
std::optional<nn::Tensor> readTensor(const onnx::TensorProto &proto, llvm::StringRef place, mlir::MLIRContext *context,
                                     ExternalData &external, Diagnostics &diagnostics);

} // namespace sinter::onnx_import

#endif
