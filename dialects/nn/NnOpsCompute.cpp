// Contractions, windows, reductions and recurrences of the nn dialect: shape inference and verification.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/Nn.h"
#include "dialects/nn/NnInference.h"
#include "dialects/nn/NnShapes.h"

using namespace mlir;
using namespace sinter::nn;

#define SINTER_COMPATIBLE(OP)                                                                                          \
  bool OP::isCompatibleReturnTypes(TypeRange l, TypeRange r) { return compatibleTypes(l, r); }
SINTER_COMPATIBLE(ConvOp)
SINTER_COMPATIBLE(ConvTransposeOp)
SINTER_COMPATIBLE(MatmulOp)
SINTER_COMPATIBLE(PoolOp)
SINTER_COMPATIBLE(ReduceOp)
SINTER_COMPATIBLE(ArgReduceOp)
SINTER_COMPATIBLE(SoftmaxOp)
SINTER_COMPATIBLE(LayerNormOp)
SINTER_COMPATIBLE(CumSumOp)
SINTER_COMPATIBLE(TopKOp)
#undef SINTER_COMPATIBLE

static LogicalResult checkLength(std::optional<Location> loc, StringRef op, StringRef name, size_t length,
                                 size_t expected) {
  if (length == expected)
    return success();
  return fail(loc, op, name, " has ", length, " values, needs ", expected);
}

static LogicalResult checkAtLeast(std::optional<Location> loc, StringRef op, StringRef name, ArrayRef<int64_t> values,
                                  int64_t least) {
  for (int64_t value : values)
    if (value < least)
      return fail(loc, op, name, " must be at least ", least, ", got ", value);
  return success();
}

static LogicalResult checkAxis(std::optional<Location> loc, StringRef op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return fail(loc, op, "axis ", axis, " is out of range for rank ", rank);
}

static LogicalResult checkWindow(std::optional<Location> loc, StringRef op, size_t spatial, ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads, ArrayRef<int64_t> dilations) {
  if (failed(checkLength(loc, op, "strides", strides.size(), spatial)) ||
      failed(checkLength(loc, op, "pads", pads.size(), 2 * spatial)) ||
      failed(checkLength(loc, op, "dilations", dilations.size(), spatial)) ||
      failed(checkAtLeast(loc, op, "strides", strides, 1)) || failed(checkAtLeast(loc, op, "dilations", dilations, 1)))
    return failure();
  return success();
}

static LogicalResult checkBias(std::optional<Location> loc, StringRef op, Value bias, int64_t channels) {
  if (!bias)
    return success();
  RankedTensorType type = tensorType(bias);
  if (type.getRank() != 1 || type.getDimSize(0) != channels)
    return fail(loc, op, "bias has shape ", shapeString(type.getShape()), ", needs ", channels);
  return success();
}

// Appends the spatial result dimensions of a window that slides over `input` (N, C, spatial…).
static LogicalResult appendPositions(std::optional<Location> loc, StringRef op, ArrayRef<int64_t> input,
                                     ArrayRef<int64_t> kernel, ArrayRef<int64_t> strides, ArrayRef<int64_t> pads,
                                     ArrayRef<int64_t> dilations, Shape &shape) {
  size_t spatial = kernel.size();
  for (size_t i = 0; i < spatial; ++i) {
    int64_t positions = windowPositions(input[2 + i], kernel[i], strides[i], dilations[i], pads[i], pads[spatial + i]);
    if (positions == 0)
      return fail(loc, op, "window of ", dilations[i] * (kernel[i] - 1) + 1, " does not fit into axis ", 2 + i,
                  " of size ", input[2 + i], " padded by ", pads[i], " and ", pads[spatial + i]);
    shape.push_back(positions);
  }
  return success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Contractions
//===--------------------------------------------------------------------------------------------------------------===//

static LogicalResult checkFilter(std::optional<Location> loc, StringRef op, RankedTensorType input,
                                 RankedTensorType filter, int64_t group) {
  if (input.getRank() < 3 || input.getRank() > 5)
    return fail(loc, op, "input has rank ", input.getRank(), ", supported are 3 to 5 (1 to 3 spatial dimensions)");
  if (filter.getRank() != input.getRank())
    return fail(loc, op, "filter has rank ", filter.getRank(), ", the input ", input.getRank());
  if (group < 1)
    return fail(loc, op, "group must be at least 1, got ", group);
  return checkAtLeast(loc, op, "kernel", filter.getShape().drop_front(2), 1);
}

LogicalResult ConvOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput()), filter = tensorType(adaptor.getFilter());
  int64_t group = adaptor.getGroup();
  if (failed(checkFilter(loc, op, input, filter, group)) ||
      failed(
          checkWindow(loc, op, input.getRank() - 2, adaptor.getStrides(), adaptor.getPads(), adaptor.getDilations())) ||
      failed(checkAtLeast(loc, op, "pads", adaptor.getPads(), 0)))
    return failure();
  int64_t channels = input.getDimSize(1), filters = filter.getDimSize(0);
  if (filter.getDimSize(1) * group != channels)
    return fail(loc, op, "input has ", channels, " channels, the filter takes ", filter.getDimSize(1), " in ", group,
                " groups");
  if (filters % group != 0)
    return fail(loc, op, "group ", group, " does not divide ", filters, " filters");
  Shape shape = {input.getDimSize(0), filters};
  if (failed(checkBias(loc, op, adaptor.getBias(), filters)) ||
      failed(appendPositions(loc, op, input.getShape(), filter.getShape().drop_front(2), adaptor.getStrides(),
                             adaptor.getPads(), adaptor.getDilations(), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult ConvTransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput()), filter = tensorType(adaptor.getFilter());
  int64_t group = adaptor.getGroup();
  ArrayRef<int64_t> pads = adaptor.getPads(), extra = adaptor.getOutputPadding();
  if (failed(checkFilter(loc, op, input, filter, group)))
    return failure();
  size_t spatial = input.getRank() - 2;
  if (failed(checkWindow(loc, op, spatial, adaptor.getStrides(), pads, adaptor.getDilations())) ||
      failed(checkLength(loc, op, "output_padding", extra.size(), spatial)) ||
      failed(checkAtLeast(loc, op, "output_padding", extra, 0)))
    return failure();
  int64_t channels = input.getDimSize(1), filters = filter.getDimSize(1) * group;
  if (filter.getDimSize(0) != channels || channels % group != 0)
    return fail(loc, op, "input has ", channels, " channels, the filter takes ", filter.getDimSize(0), " in ", group,
                " groups");
  Shape shape = {input.getDimSize(0), filters};
  for (size_t i = 0; i < spatial; ++i) {
    int64_t window = adaptor.getDilations()[i] * (filter.getDimSize(2 + i) - 1) + 1;
    int64_t size =
        adaptor.getStrides()[i] * (input.getDimSize(2 + i) - 1) + extra[i] + window - pads[i] - pads[spatial + i];
    if (size < 1)
      return fail(loc, op, "result's axis ", 2 + i, " would have size ", size);
    shape.push_back(size);
  }
  if (failed(checkBias(loc, op, adaptor.getBias(), filters)))
    return failure();
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType lhs = tensorType(adaptor.getLhs()), rhs = tensorType(adaptor.getRhs());
  if (lhs.getRank() < 2 || rhs.getRank() < 2)
    return fail(loc, op, "operands need rank 2 or more, got ", lhs.getRank(), " and ", rhs.getRank());
  int64_t m = lhs.getShape().end()[-2], k = lhs.getShape().back(), n = rhs.getShape().back();
  if (rhs.getShape().end()[-2] != k)
    return fail(loc, op, "inner dimensions differ: ", k, " and ", rhs.getShape().end()[-2]);
  std::optional<Shape> batch = broadcastShapes(lhs.getShape().drop_back(2), rhs.getShape().drop_back(2));
  if (!batch)
    return fail(loc, op, "batch dimensions of ", shapeString(lhs.getShape()), " and ", shapeString(rhs.getShape()),
                " do not broadcast");
  if (failed(checkBias(loc, op, adaptor.getBias(), n)))
    return failure();
  batch->append({m, n});
  types.push_back(RankedTensorType::get(*batch, lhs.getElementType()));
  return success();
}

LogicalResult LstmOp::verify() {
  RankedTensorType input = getInput().getType();
  if (input.getRank() != 3)
    return emitOpError() << "input has rank " << input.getRank() << ", needs 3: steps, batch, features";
  int64_t steps = input.getDimSize(0), batch = input.getDimSize(1), features = input.getDimSize(2);
  int64_t directions = getDirection() == RnnDirection::Bidirectional ? 2 : 1;
  RankedTensorType r = getR().getType();
  if (r.getRank() != 3)
    return emitOpError() << "r has rank " << r.getRank() << ", needs 3";
  int64_t hidden = r.getDimSize(2);
  auto check = [&](StringRef name, Value value, ArrayRef<int64_t> expected) -> LogicalResult {
    RankedTensorType type = tensorType(value);
    if (type.getShape() != expected)
      return emitOpError() << name << " has shape " << shapeString(type.getShape()) << ", needs "
                           << shapeString(expected);
    if (type.getElementType() != input.getElementType())
      return emitOpError() << name << " has elements of type " << type.getElementType() << ", the input "
                           << input.getElementType();
    return success();
  };
  if (failed(check("w", getW(), {directions, 4 * hidden, features})) ||
      failed(check("r", getR(), {directions, 4 * hidden, hidden})) ||
      failed(check("bias", getBias(), {directions, 8 * hidden})) ||
      failed(check("initial_h", getInitialH(), {directions, batch, hidden})) ||
      failed(check("initial_c", getInitialC(), {directions, batch, hidden})) ||
      failed(check("y", getY(), {steps, directions, batch, hidden})) ||
      failed(check("y_h", getYH(), {directions, batch, hidden})) ||
      failed(check("y_c", getYC(), {directions, batch, hidden})))
    return failure();
  return success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Windows and reductions
//===--------------------------------------------------------------------------------------------------------------===//

LogicalResult PoolOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> kernel = adaptor.getKernel(), counted = adaptor.getCountedPads();
  if (input.getRank() < 3 || input.getRank() > 5)
    return fail(loc, op, "input has rank ", input.getRank(), ", supported are 3 to 5 (1 to 3 spatial dimensions)");
  size_t spatial = input.getRank() - 2;
  if (failed(checkLength(loc, op, "kernel", kernel.size(), spatial)) ||
      failed(checkAtLeast(loc, op, "kernel", kernel, 1)) ||
      failed(checkWindow(loc, op, spatial, adaptor.getStrides(), adaptor.getPads(), adaptor.getDilations())) ||
      failed(checkAtLeast(loc, op, "pads", adaptor.getPads(), 0)))
    return failure();
  if (!counted.empty() && failed(checkLength(loc, op, "counted_pads", counted.size(), spatial)))
    return failure();
  Shape shape = {input.getDimSize(0), input.getDimSize(1)};
  if (failed(appendPositions(loc, op, input.getShape(), kernel, adaptor.getStrides(), adaptor.getPads(),
                             adaptor.getDilations(), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

// `shape` without the axes that are reduced, or with 1 in their place.
static Shape reducedShape(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes, bool keepdims) {
  Shape result;
  for (auto [i, dim] : llvm::enumerate(shape)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      result.push_back(dim);
    else if (keepdims)
      result.push_back(1);
  }
  return result;
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> axes = adaptor.getAxes();
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (failed(checkAxis(loc, op, axis, input.getRank())))
      return failure();
    if (i > 0 && axes[i - 1] >= axis)
      return fail(loc, op, "axes must ascend, got ", axis, " after ", axes[i - 1]);
  }
  if (input.getElementType().isInteger(1) && adaptor.getKind() != ReduceKind::Max &&
      adaptor.getKind() != ReduceKind::Min)
    return fail(loc, op, stringifyReduceKind(adaptor.getKind()), " needs numbers, got elements of type i1");
  types.push_back(
      RankedTensorType::get(reducedShape(input.getShape(), axes, adaptor.getKeepdims()), input.getElementType()));
  return success();
}

LogicalResult ArgReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t axis = adaptor.getAxis();
  if (adaptor.getKind() != ReduceKind::Max && adaptor.getKind() != ReduceKind::Min)
    return fail(loc, op, "kind must be max or min, got ", stringifyReduceKind(adaptor.getKind()));
  if (failed(checkAxis(loc, op, axis, input.getRank())))
    return failure();
  if (input.getDimSize(axis) == 0)
    return fail(loc, op, "axis ", axis, " has no elements");
  types.push_back(RankedTensorType::get(reducedShape(input.getShape(), {axis}, adaptor.getKeepdims()),
                                        IntegerType::get(context, 64)));
  return success();
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  if (failed(checkAxis(loc, getOperationName(), adaptor.getAxis(), input.getRank())))
    return failure();
  if (isa<IntegerType>(input.getElementType()))
    return fail(loc, getOperationName(), "needs float or quantised elements, got ", input.getElementType());
  types.push_back(input);
  return success();
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(loc, op, axis, input.getRank())))
    return failure();
  ArrayRef<int64_t> normalized = input.getShape().drop_front(axis);
  for (Value parameter : {adaptor.getScale(), adaptor.getBias()}) {
    if (parameter && !broadcastsTo(tensorType(parameter).getShape(), normalized))
      return fail(loc, op, "scale or bias of shape ", shapeString(tensorType(parameter).getShape()),
                  " does not broadcast to the normalised axes ", shapeString(normalized));
  }
  types.push_back(input);
  return success();
}

LogicalResult CumSumOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  if (failed(checkAxis(loc, getOperationName(), adaptor.getAxis(), input.getRank())))
    return failure();
  if (input.getElementType().isInteger(1))
    return fail(loc, getOperationName(), "needs numbers, got elements of type i1");
  types.push_back(input);
  return success();
}

LogicalResult TopKOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  StringRef op = getOperationName();
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t axis = adaptor.getAxis(), k = adaptor.getK();
  if (failed(checkAxis(loc, op, axis, input.getRank())))
    return failure();
  if (k < 0 || k > input.getDimSize(axis))
    return fail(loc, op, "k is ", k, ", axis ", axis, " has ", input.getDimSize(axis), " elements");
  Shape shape(input.getShape());
  shape[axis] = k;
  types.push_back(input.clone(shape));
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 64)));
  return success();
}
