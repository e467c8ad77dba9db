// ONNX's rules about names and order, checked on the parsed model before anything is built.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_VALIDATE_H
#define SINTER_COMPILER_IMPORT_VALIDATE_H

#include "compiler/import/OnnxProto.h"
#include "compiler/support/Diagnostics.h"

namespace sinter::onnx_import {

/// Reports every broken rule as invalid-model: a name defined twice, a name read that nothing
/// defines, nodes out of order or in a cycle, an attribute given twice. False if there is one.
bool validateModel(const onnx::ModelProto &model, Diagnostics &diagnostics);

} // namespace sinter::onnx_import

#endif
