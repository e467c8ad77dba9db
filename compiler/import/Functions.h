// Model-local functions: how calls find them and how attributes reach their bodies.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_FUNCTIONS_H
#define SINTER_COMPILER_IMPORT_FUNCTIONS_H

#include "compiler/import/OnnxProto.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace sinter::onnx_import {

/// Key of a function among the model's: domain, name and overload, one a line.
std::string functionKey(const onnx::FunctionProto &function);
/// Key of the function that a node calls, if there is one.
std::string functionKey(const onnx::NodeProto &call);

/// A copy of the function's body in which references to attributes are replaced by the call's
/// values, or the function's defaults; attributes that have neither are removed, as ONNX says.
google::protobuf::RepeatedPtrField<onnx::NodeProto> instantiate(const onnx::FunctionProto &function,
                                                                const onnx::NodeProto &call);

} // namespace sinter::onnx_import

#endif
