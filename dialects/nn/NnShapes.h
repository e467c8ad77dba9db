// Shape arithmetic of the nn operators, shared by shape inference, verifiers and the reference evaluator.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DIALECTS_NN_NNSHAPES_H
#define SINTER_DIALECTS_NN_NNSHAPES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <string>

namespace sinter::nn {

using Shape = llvm::SmallVector<int64_t, 6>;

/// numpy's broadcast of two shapes; nothing if they do not fit.
std::optional<Shape> broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// Whether `from` broadcasts to exactly `to`.
bool broadcastsTo(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);

/// Number of positions of a window over one axis with padding; 0 if the window is larger than the padded input.
int64_t windowPositions(int64_t input, int64_t kernel, int64_t stride, int64_t dilation, int64_t padBegin,
                        int64_t padEnd);

/// Number of elements; 1 for rank 0. Shapes in the IR were checked to fit 63 bits by the importer.
int64_t elementCount(llvm::ArrayRef<int64_t> shape);

/// The shape of a tensor stored in blocks: the number of blocks of each of `axes`, the other axes,
/// the blocks.
Shape packedShape(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> axes, llvm::ArrayRef<int64_t> blocks);

/// "2x3x4", or "scalar" for rank 0, for messages.
std::string shapeString(llvm::ArrayRef<int64_t> shape);

} // namespace sinter::nn

#endif
