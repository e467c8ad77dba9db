// ONNX's protobuf classes, included in one way. Debian's are ONNX 1.12: what later versions added
// is read by number (ElementTypes.h) or from the unknown fields (Functions.cpp).
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_COMPILER_IMPORT_ONNXPROTO_H
#define SINTER_COMPILER_IMPORT_ONNXPROTO_H

#ifndef ONNX_ML
#define ONNX_ML 1
#endif
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-parameter"
#include "onnx/onnx_pb.h"
#pragma clang diagnostic pop

#endif
