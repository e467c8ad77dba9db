// Data movement operators of the nn dialect: shape inference, verification and trivial folds.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Nn.h"
#include "dialects/nn/NnInference.h"
#include "dialects/nn/NnShapes.h"

using namespace mlir;
using namespace sinter::nn;

#define SINTER_COMPATIBLE(OP)                                                                                          \
  bool OP::isCompatibleReturnTypes(TypeRange l, TypeRange r) { return compatibleTypes(l, r); }
SINTER_COMPATIBLE(TransposeOp)
SINTER_COMPATIBLE(SliceOp)
SINTER_COMPATIBLE(ConcatOp)
SINTER_COMPATIBLE(PadOp)
SINTER_COMPATIBLE(GatherOp)
SINTER_COMPATIBLE(GatherElementsOp)
SINTER_COMPATIBLE(GatherNdOp)
SINTER_COMPATIBLE(ScatterElementsOp)
SINTER_COMPATIBLE(ScatterNdOp)
#undef SINTER_COMPATIBLE

// The operator keeps the element type, or changes it between quantised ones.
static LogicalResult checkElementsKept(Operation *op, RankedTensorType input, RankedTensorType result) {
  if (input.getElementType() == result.getElementType() || (isQuantized(input) && isQuantized(result)))
    return success();
  return op->emitOpError() << "result elements are " << result.getElementType() << ", the input's "
                           << input.getElementType();
}

static LogicalResult checkAxis(std::optional<Location> loc, StringRef op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return fail(loc, op, "axis ", axis, " is out of range for rank ", rank);
}

static LogicalResult checkIndices(std::optional<Location> loc, StringRef op, Value indices) {
  Type element = tensorType(indices).getElementType();
  if (element.isSignlessInteger(64) || element.isSignlessInteger(32))
    return success();
  return fail(loc, op, "indices must be i32 or i64, got ", element);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Shape and order
//===--------------------------------------------------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  if (input.getNumElements() != result.getNumElements())
    return emitOpError() << "result has " << result.getNumElements() << " elements, the input "
                         << input.getNumElements();
  return checkElementsKept(*this, input, result);
}

LogicalResult UnpackOp::verify() {
  RankedTensorType result = getType();
  if (getAxes().empty() || getAxes().size() != getBlocks().size())
    return emitOpError() << "needs one block for each axis, got " << getAxes().size() << " axes and "
                         << getBlocks().size() << " blocks";
  llvm::SmallDenseSet<int64_t> seen;
  for (auto [axis, block] : llvm::zip(getAxes(), getBlocks()))
    if (axis < 0 || axis >= result.getRank() || block < 1 || !seen.insert(axis).second)
      return emitOpError() << "needs different axes of the result and positive blocks, got axis " << axis << " of rank "
                           << result.getRank() << " and block " << block;
  Shape packed = packedShape(result.getShape(), getAxes(), getBlocks());
  if (getInput().getType().getShape() != ArrayRef<int64_t>(packed))
    return emitOpError() << "packed input must have shape [" << packed << "], got " << getInput().getType();
  return checkElementsKept(*this, getInput().getType(), result);
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto producer = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(producer.getInput());
    return getResult();
  }
  return {};
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (static_cast<int64_t>(permutation.size()) != input.getRank())
    return fail(loc, getOperationName(), "permutation has ", permutation.size(), " values, needs ", input.getRank());
  Shape shape;
  SmallVector<bool> seen(permutation.size(), false);
  for (int64_t axis : permutation) {
    if (axis < 0 || axis >= input.getRank() || seen[axis])
      return fail(loc, getOperationName(), "permutation is wrong at axis ", axis);
    seen[axis] = true;
    shape.push_back(input.getDimSize(axis));
  }
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  ArrayRef<int64_t> outer = getPermutation();
  bool identity =
      llvm::all_of(llvm::enumerate(outer), [](auto it) { return it.value() == static_cast<int64_t>(it.index()); });
  if (identity && getInput().getType() == getType())
    return getInput();
  auto producer = getInput().getDefiningOp<TransposeOp>();
  if (!producer || isQuantized(getType()))
    return {};
  SmallVector<int64_t> composed;
  for (int64_t axis : outer)
    composed.push_back(producer.getPermutation()[axis]);
  setPermutation(composed);
  getInputMutable().assign(producer.getInput());
  return getResult();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  if (!broadcastsTo(input.getShape(), result.getShape()))
    return emitOpError() << "shape " << shapeString(input.getShape()) << " does not broadcast to "
                         << shapeString(result.getShape());
  return checkElementsKept(*this, input, result);
}

OpFoldResult BroadcastOp::fold(FoldAdaptor) { return getInput().getType() == getType() ? getInput() : Value(); }

//===--------------------------------------------------------------------------------------------------------------===//
// Slices and joins
//===--------------------------------------------------------------------------------------------------------------===//

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> starts = adaptor.getStarts(), sizes = adaptor.getSizes(), steps = adaptor.getSteps();
  size_t rank = input.getRank();
  if (starts.size() != rank || sizes.size() != rank || steps.size() != rank)
    return fail(loc, op, "starts, sizes and steps have ", starts.size(), ", ", sizes.size(), " and ", steps.size(),
                " values, need ", rank);
  for (size_t i = 0; i < rank; ++i) {
    int64_t dim = input.getDimSize(i);
    if (steps[i] == 0)
      return fail(loc, op, "step of axis ", i, " is 0");
    if (sizes[i] < 0)
      return fail(loc, op, "size of axis ", i, " is ", sizes[i]);
    if (sizes[i] == 0)
      continue;
    int64_t last = starts[i] + (sizes[i] - 1) * steps[i];
    if (starts[i] < 0 || starts[i] >= dim || last < 0 || last >= dim)
      return fail(loc, op, "axis ", i, " of size ", dim, " is read from ", starts[i], " to ", last);
  }
  types.push_back(input.clone(sizes));
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  bool whole =
      getInput().getType() == getType() && llvm::all_of(llvm::zip_equal(getType().getShape(), getSteps()), [](auto it) {
        auto [size, step] = it;
        return size == 1 || step == 1;
      });
  return whole ? getInput() : Value();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  if (adaptor.getInputs().empty())
    return fail(loc, op, "needs at least one operand");
  RankedTensorType first = tensorType(adaptor.getInputs().front());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, op, axis, first.getRank())))
    return failure();
  Shape shape(first.getShape());
  shape[axis] = 0;
  for (auto [i, value] : llvm::enumerate(adaptor.getInputs())) {
    RankedTensorType type = tensorType(value);
    if (type.getRank() != first.getRank())
      return fail(loc, op, "operand ", i, " has rank ", type.getRank(), ", operand 0 ", first.getRank());
    for (int64_t d = 0; d < type.getRank(); ++d)
      if (d != axis && type.getDimSize(d) != first.getDimSize(d))
        return fail(loc, op, "operand ", i, " has size ", type.getDimSize(d), " on axis ", d, ", operand 0 ",
                    first.getDimSize(d));
    if (type.getElementType() != first.getElementType() && !(isQuantized(type) && isQuantized(first)))
      return fail(loc, op, "operand ", i, " has elements of type ", type.getElementType(), ", operand 0 ",
                  first.getElementType());
    shape[axis] += type.getDimSize(axis);
  }
  types.push_back(first.clone(shape));
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> pads = adaptor.getPads();
  PadMode mode = adaptor.getMode();
  size_t rank = input.getRank();
  if (pads.size() != 2 * rank)
    return fail(loc, op, "pads has ", pads.size(), " values, needs ", 2 * rank);
  if (Value value = adaptor.getValue()) {
    RankedTensorType type = tensorType(value);
    if (mode != PadMode::Constant)
      return fail(loc, op, "a value is for constant mode only");
    if (type.getRank() != 0 || type.getElementType() != input.getElementType())
      return fail(loc, op, "value must be a scalar of the input's element type, got ", type);
  }
  Shape shape;
  for (size_t i = 0; i < rank; ++i) {
    int64_t dim = input.getDimSize(i), size = dim + pads[i] + pads[rank + i];
    if (size < 0)
      return fail(loc, op, "axis ", i, " of size ", dim, " is cropped by more than its size");
    // Reflection reaches at most the far element; edge and wrap need at least one.
    int64_t kept = dim + std::min<int64_t>(pads[i], 0) + std::min<int64_t>(pads[rank + i], 0);
    bool grows = pads[i] > 0 || pads[rank + i] > 0;
    if (mode != PadMode::Constant && grows && kept < 1)
      return fail(loc, op, stringifyPadMode(mode), " cannot extend axis ", i, ", which is empty");
    shape.push_back(size);
  }
  types.push_back(input.clone(shape));
  return success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Gather and scatter
//===--------------------------------------------------------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, getOperationName(), axis, input.getRank())) ||
      failed(checkIndices(loc, getOperationName(), adaptor.getIndices())))
    return failure();
  ArrayRef<int64_t> indices = tensorType(adaptor.getIndices()).getShape();
  Shape shape(input.getShape().take_front(axis));
  shape.append(indices.begin(), indices.end());
  llvm::append_range(shape, input.getShape().drop_front(axis + 1));
  if (input.getDimSize(axis) == 0 && elementCount(shape) != 0)
    return fail(loc, getOperationName(), "axis ", axis, " has no elements to gather");
  types.push_back(input.clone(shape));
  return success();
}

LogicalResult GatherElementsOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput()), indices = tensorType(adaptor.getIndices());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, op, axis, input.getRank())) || failed(checkIndices(loc, op, adaptor.getIndices())))
    return failure();
  if (indices.getRank() != input.getRank())
    return fail(loc, op, "indices have rank ", indices.getRank(), ", the input ", input.getRank());
  for (int64_t d = 0; d < input.getRank(); ++d)
    if (d != axis && indices.getDimSize(d) > input.getDimSize(d))
      return fail(loc, op, "indices have size ", indices.getDimSize(d), " on axis ", d, ", the input ",
                  input.getDimSize(d));
  if (input.getDimSize(axis) == 0 && indices.getNumElements() != 0)
    return fail(loc, op, "axis ", axis, " has no elements to gather");
  types.push_back(input.clone(indices.getShape()));
  return success();
}

// The length of an index tuple of an ...Nd operator and its limits; -1 after an error.
static int64_t tupleLength(std::optional<Location> loc, StringRef op, RankedTensorType input, Value indices,
                           int64_t batchDims) {
  RankedTensorType type = tensorType(indices);
  if (failed(checkIndices(loc, op, indices)))
    return -1;
  if (type.getRank() < 1 || batchDims < 0 || batchDims >= std::min(type.getRank(), input.getRank())) {
    (void)fail(loc, op, "batch_dims is ", batchDims, ", ranks are ", input.getRank(), " and ", type.getRank());
    return -1;
  }
  int64_t length = type.getShape().back();
  if (length < 0 || length > input.getRank() - batchDims) {
    (void)fail(loc, op, "index tuples have ", length, " values, the input ", input.getRank() - batchDims,
               " axes to index");
    return -1;
  }
  return length;
}

LogicalResult GatherNdOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput()), indices = tensorType(adaptor.getIndices());
  int64_t batchDims = adaptor.getBatchDims();
  int64_t length = tupleLength(loc, op, input, adaptor.getIndices(), batchDims);
  if (length < 0)
    return failure();
  if (input.getShape().take_front(batchDims) != indices.getShape().take_front(batchDims))
    return fail(loc, op, "the ", batchDims, " batch dimensions of input and indices differ");
  Shape shape(indices.getShape().drop_back());
  llvm::append_range(shape, input.getShape().drop_front(batchDims + length));
  for (int64_t d = 0; d < length; ++d)
    if (input.getDimSize(batchDims + d) == 0 && elementCount(shape) != 0)
      return fail(loc, op, "axis ", batchDims + d, " has no elements to gather");
  types.push_back(input.clone(shape));
  return success();
}

LogicalResult ScatterElementsOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                                  SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput()), indices = tensorType(adaptor.getIndices());
  RankedTensorType updates = tensorType(adaptor.getUpdates());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, op, axis, input.getRank())) || failed(checkIndices(loc, op, adaptor.getIndices())))
    return failure();
  if (indices.getShape() != updates.getShape() || indices.getRank() != input.getRank())
    return fail(loc, op, "indices ", shapeString(indices.getShape()), ", updates ", shapeString(updates.getShape()),
                " and input ", shapeString(input.getShape()), " do not fit");
  if (updates.getElementType() != input.getElementType())
    return fail(loc, op, "updates have elements of type ", updates.getElementType(), ", the input ",
                input.getElementType());
  for (int64_t d = 0; d < input.getRank(); ++d)
    if (d != axis && indices.getDimSize(d) > input.getDimSize(d))
      return fail(loc, op, "indices have size ", indices.getDimSize(d), " on axis ", d, ", the input ",
                  input.getDimSize(d));
  if (input.getDimSize(axis) == 0 && indices.getNumElements() != 0)
    return fail(loc, op, "axis ", axis, " has no elements to update");
  types.push_back(input);
  return success();
}

LogicalResult ScatterNdOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput()), indices = tensorType(adaptor.getIndices());
  RankedTensorType updates = tensorType(adaptor.getUpdates());
  int64_t length = tupleLength(loc, op, input, adaptor.getIndices(), 0);
  if (length < 0)
    return failure();
  Shape expected(indices.getShape().drop_back());
  llvm::append_range(expected, input.getShape().drop_front(length));
  if (updates.getShape() != ArrayRef<int64_t>(expected))
    return fail(loc, op, "updates have shape ", shapeString(updates.getShape()), ", need ", shapeString(expected));
  if (updates.getElementType() != input.getElementType())
    return fail(loc, op, "updates have elements of type ", updates.getElementType(), ", the input ",
                input.getElementType());
  for (int64_t d = 0; d < length; ++d)
    if (input.getDimSize(d) == 0 && updates.getNumElements() != 0)
      return fail(loc, op, "axis ", d, " has no elements to update");
  types.push_back(input);
  return success();
}

LogicalResult ResizeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  if (input.getRank() != result.getRank())
    return emitOpError() << "result has rank " << result.getRank() << ", the input " << input.getRank();
  if (static_cast<int64_t>(getScales().size()) != input.getRank())
    return emitOpError() << "has " << getScales().size() << " scales, needs " << input.getRank();
  for (double scale : getScales())
    if (!(scale > 0) || scale > 1e9)
      return emitOpError() << "scales must be positive and finite";
  if (input.getNumElements() == 0 && result.getNumElements() != 0)
    return emitOpError("cannot resize an empty tensor");
  return checkElementsKept(*this, input, result);
}
