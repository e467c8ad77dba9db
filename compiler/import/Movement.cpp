// Operators that move elements without looking at them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"
#include "compiler/support/Limits.h"
#include "dialects/nn/NnShapes.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

//===--------------------------------------------------------------------------------------------------------------===//
// Shape changes
//===--------------------------------------------------------------------------------------------------------------===//

static void buildTranspose(Node &n) {
  std::optional<Ints> permutation = n.intsAttr("perm");
  if (!permutation) {
    permutation = Ints();
    for (int64_t i = n.rank(n.input(0)) - 1; i >= 0; --i)
      permutation->push_back(i);
  }
  for (int64_t &axis : *permutation)
    axis = n.normalizeAxis(axis, n.rank(n.input(0)));
  n.setOutput(0, n.transpose(n.input(0), *permutation));
}

static void buildReshape(Node &n) {
  bool allowZero = n.intAttr("allowzero", 0) != 0;
  std::optional<Ints> target = n.knownInts(1, "shape");
  if (n.failed())
    return;
  ArrayRef<int64_t> from = n.shape(n.input(0));
  int64_t open = -1, rest = 1;
  for (auto [i, dim] : llvm::enumerate(*target)) {
    if (dim == 0 && !allowZero) {
      if (i >= from.size())
        return n.invalid("shape copies dimension " + Twine(i) + " of an input of rank " + Twine(from.size()));
      dim = from[i];
    }
    if (dim == -1 && open == -1)
      open = i;
    else if (dim < 0 || dim > limits::dimension || rest > limits::tensorElements)
      return n.invalid("shape has the value " + Twine(dim) + " at " + Twine(i));
    else
      rest *= dim;
  }
  int64_t count = n.type(n.input(0)).getNumElements();
  if (open >= 0)
    (*target)[open] = rest == 0 ? 0 : count / rest;
  if (nn::elementCount(*target) != count)
    return n.invalid("input of shape " + nn::shapeString(from) + " does not have the elements of shape " +
                     nn::shapeString(*target));
  n.setOutput(0, n.reshape(n.input(0), *target));
}

static void buildFlatten(Node &n) {
  Value x = n.input(0);
  int64_t rank = n.rank(x), axis = n.intAttr("axis", 1);
  if (axis != rank)
    axis = n.normalizeAxis(axis, rank);
  Ints shape = {1, 1};
  for (int64_t i = 0; i < rank; ++i)
    shape[i >= axis] *= n.shape(x)[i];
  n.setOutput(0, n.reshape(x, shape));
}

// Axes as an attribute up to opset 12, as input 1 from 13 on.
static std::optional<Ints> squeezeAxes(Node &n) {
  return n.getOpset() < 13 ? n.intsAttr("axes") : n.knownInts(1, "axes");
}

static void buildSqueeze(Node &n) {
  Value x = n.input(0);
  std::optional<Ints> axes = squeezeAxes(n);
  Ints shape(n.shape(x));
  llvm::SmallVector<bool> removed(shape.size(), false);
  for (auto [i, dim] : llvm::enumerate(shape))
    removed[i] = !axes && dim == 1;
  for (int64_t given : axes.value_or(Ints())) {
    int64_t axis = n.normalizeAxis(given, shape.size());
    if (n.failed())
      return;
    if (shape[axis] != 1)
      return n.invalid("axis " + Twine(given) + " has size " + Twine(shape[axis]) + ", only size 1 can be removed");
    removed[axis] = true;
  }
  Ints left;
  for (auto [i, dim] : llvm::enumerate(shape))
    if (!removed[i])
      left.push_back(dim);
  n.setOutput(0, n.reshape(x, left));
}

static void buildUnsqueeze(Node &n) {
  Value x = n.input(0);
  std::optional<Ints> axes = squeezeAxes(n);
  if (n.failed())
    return;
  if (!axes)
    return n.invalid("axes are missing");
  int64_t rank = n.rank(x) + axes->size();
  llvm::SmallVector<bool> added(rank, false);
  for (int64_t given : *axes) {
    int64_t axis = n.normalizeAxis(given, rank);
    if (n.failed())
      return;
    if (added[axis])
      return n.invalid("axis " + Twine(given) + " is given twice");
    added[axis] = true;
  }
  Ints shape;
  size_t next = 0;
  for (int64_t i = 0; i < rank; ++i)
    shape.push_back(added[i] ? 1 : n.shape(x)[next++]);
  n.setOutput(0, n.reshape(x, shape));
}

static void buildExpand(Node &n) {
  std::optional<Ints> target = n.knownInts(1, "shape");
  if (n.failed())
    return;
  for (int64_t dim : *target)
    if (dim < 0 || dim > limits::dimension)
      return n.invalid("shape has the value " + Twine(dim));
  std::optional<nn::Shape> shape = nn::broadcastShapes(n.shape(n.input(0)), *target);
  if (!shape)
    return n.invalid("input of shape " + nn::shapeString(n.shape(n.input(0))) + " does not broadcast to " +
                     nn::shapeString(*target));
  n.setOutput(0, n.broadcast(n.input(0), *shape));
}

// Every repeated axis gets an axis of size 1 before it, which is broadcast.
static void buildTile(Node &n) {
  Value x = n.input(0);
  std::optional<Ints> repeats = n.knownInts(1, "repeats");
  if (n.failed())
    return;
  if (int64_t(repeats->size()) != n.rank(x))
    return n.invalid("repeats has " + Twine(repeats->size()) + " values, needs " + Twine(n.rank(x)));
  Ints apart, repeated, joined;
  for (auto [dim, repeat] : llvm::zip_equal(n.shape(x), *repeats)) {
    if (repeat < 0 || repeat > limits::dimension)
      return n.invalid("repeats has the value " + Twine(repeat));
    if (repeat != 1) {
      apart.push_back(1);
      repeated.push_back(repeat);
    }
    apart.push_back(dim);
    repeated.push_back(dim);
    joined.push_back(dim * repeat);
  }
  n.setOutput(0, n.reshape(n.broadcast(n.reshape(x, apart), repeated), joined));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Joining and cutting
//===--------------------------------------------------------------------------------------------------------------===//

static void buildConcat(Node &n) {
  if (!n.hasAttribute("axis"))
    return n.invalid("attribute 'axis' is missing");
  SmallVector<Value> values;
  int64_t axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(n.input(0)));
  for (unsigned i = 0; i < n.numInputs(); ++i)
    if (n.hasInput(i))
      values.push_back(n.input(i));
  n.setOutput(0, n.concat(values, axis));
}

static void buildSplit(Node &n) {
  Value x = n.input(0);
  int64_t axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(x)), parts = n.numOutputs();
  std::optional<Ints> sizes = n.getOpset() < 13 ? n.intsAttr("split") : n.knownInts(1, "split");
  if (n.getOpset() >= 18 && n.hasAttribute("num_outputs") && n.intAttr("num_outputs", 0) != parts)
    return n.invalid("num_outputs differs from the number of outputs, " + Twine(parts));
  if (n.failed())
    return;
  int64_t total = n.shape(x)[axis];
  if (!sizes) {
    // Equal parts, the last one smaller where they do not divide the axis.
    int64_t part = (total + parts - 1) / parts;
    sizes = Ints();
    for (int64_t i = 0; i < parts; ++i)
      sizes->push_back(std::max<int64_t>(0, std::min(part, total - i * part)));
  }
  if (int64_t(sizes->size()) != parts)
    return n.invalid("split has " + Twine(sizes->size()) + " values, the node " + Twine(parts) + " outputs");
  int64_t start = 0;
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    if (size < 0 || size > total - start)
      return n.invalid("split takes " + Twine(size) + " elements at " + Twine(start) + " of an axis of size " +
                       Twine(total));
    if (n.wantsOutput(i))
      n.setOutput(i, n.sliceAxis(x, axis, start, size));
    start += size;
  }
  if (start != total)
    n.invalid("split covers " + Twine(start) + " of " + Twine(total) + " elements");
}

namespace {
struct AxisSlice {
  int64_t start, size, step;
};
} // namespace

// numpy's rules for start:end:step on an axis of `dim` elements.
static AxisSlice clampSlice(int64_t dim, int64_t start, int64_t end, int64_t step) {
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;
  auto clamp = [&](int64_t index) { return std::clamp(index < 0 ? index + dim : index, low, high); };
  start = clamp(start);
  end = clamp(end);
  step = std::clamp(step, -dim - 1, dim + 1); // A longer step reaches one element too.
  int64_t length = step > 0 ? end - start : start - end, stride = std::max<int64_t>(1, std::abs(step));
  int64_t size = length <= 0 ? 0 : (length + stride - 1) / stride;
  return {size == 0 ? 0 : start, size, step == 0 ? 1 : step};
}

static void sliceBy(Node &n, const Ints &starts, const Ints &ends, const std::optional<Ints> &axes,
                    const std::optional<Ints> &steps) {
  Value x = n.input(0);
  int64_t rank = n.rank(x);
  size_t count = starts.size();
  if (ends.size() != count || (axes && axes->size() != count) || (steps && steps->size() != count) ||
      (!axes && int64_t(count) > rank))
    return n.invalid("starts, ends, axes and steps need equally many values");
  Ints begin(rank, 0), sizes(n.shape(x)), stride(rank, 1);
  SmallVector<bool> seen(rank, false);
  for (size_t i = 0; i < count; ++i) {
    int64_t axis = n.normalizeAxis(axes ? (*axes)[i] : i, rank), step = steps ? (*steps)[i] : 1;
    if (n.failed())
      return;
    if (step == 0 || seen[axis])
      return n.invalid(step == 0 ? Twine("steps must not be 0") : "axis " + Twine(axis) + " is given twice");
    seen[axis] = true;
    AxisSlice s = clampSlice(n.shape(x)[axis], starts[i], ends[i], step);
    begin[axis] = s.start;
    sizes[axis] = s.size;
    stride[axis] = s.step;
  }
  n.setOutput(0, n.slice(x, begin, sizes, stride));
}

static void buildSlice1(Node &n) {
  std::optional<Ints> starts = n.intsAttr("starts"), ends = n.intsAttr("ends");
  if (!starts || !ends)
    return n.invalid("starts or ends are missing");
  sliceBy(n, *starts, *ends, n.intsAttr("axes"), std::nullopt);
}

static void buildSlice10(Node &n) {
  std::optional<Ints> starts = n.knownInts(1, "starts"), ends = n.knownInts(2, "ends"), axes = n.knownInts(3, "axes"),
                      steps = n.knownInts(4, "steps");
  if (!n.failed())
    sliceBy(n, *starts, *ends, axes, steps);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Padding
//===--------------------------------------------------------------------------------------------------------------===//

static void padBy(Node &n, Ints given, const std::optional<Ints> &axes, Value value) {
  static const std::pair<StringLiteral, nn::PadMode> modes[] = {{"constant", nn::PadMode::Constant},
                                                                {"reflect", nn::PadMode::Reflect},
                                                                {"edge", nn::PadMode::Edge},
                                                                {"wrap", nn::PadMode::Wrap}};
  std::string mode = n.stringAttr("mode", "constant");
  auto known = llvm::find_if(modes, [&](auto &entry) { return entry.first == mode; });
  if (known == std::end(modes))
    return n.invalid("mode is '" + mode + "'");
  Value x = n.input(0);
  int64_t rank = n.rank(x);
  size_t count = axes ? axes->size() : rank;
  if (given.size() != 2 * count)
    return n.invalid("pads has " + Twine(given.size()) + " values, needs " + Twine(2 * count));
  Ints pads(2 * rank, 0);
  for (size_t i = 0; i < count; ++i) {
    int64_t axis = n.normalizeAxis(axes ? (*axes)[i] : i, rank);
    if (n.failed())
      return;
    pads[axis] = given[i];
    pads[rank + axis] = given[count + i];
  }
  for (int64_t p : pads)
    if (p > limits::dimension || p < -limits::dimension)
      return n.invalid("pads has the value " + Twine(p));
  bool constant = known->second == nn::PadMode::Constant;
  n.setOutput(0, n.pad(x, pads, constant ? value : Value(), known->second));
}

static void buildPad2(Node &n) {
  std::optional<Ints> pads = n.intsAttr("pads");
  if (!pads)
    return n.invalid("pads are missing");
  double value = n.floatAttr("value", 0);
  padBy(n, *pads, std::nullopt, value == 0 ? Value() : n.scalar(value, n.element(n.input(0))));
}

static void buildPad11(Node &n) {
  std::optional<Ints> pads = n.knownInts(1, "pads"), axes = n.getOpset() >= 18 ? n.knownInts(3, "axes") : std::nullopt;
  Value value = n.input(2);
  if (value)
    value = n.reshape(value, {});
  if (!n.failed())
    padBy(n, *pads, axes, value);
}

static void buildCenterCropPad(Node &n) {
  Value x = n.input(0);
  std::optional<Ints> wanted = n.knownInts(1, "shape"), axes = n.intsAttr("axes");
  if (n.failed())
    return;
  int64_t rank = n.rank(x);
  if (wanted->size() != (axes ? axes->size() : rank))
    return n.invalid("shape has " + Twine(wanted->size()) + " values");
  Ints starts(rank, 0), sizes(n.shape(x)), pads(2 * rank, 0);
  for (auto [i, target] : llvm::enumerate(*wanted)) {
    int64_t axis = n.normalizeAxis(axes ? (*axes)[i] : i, rank);
    if (n.failed() || target < 0 || target > limits::dimension)
      return n.invalid("shape has the value " + Twine(target));
    int64_t dim = sizes[axis];
    if (target < dim) {
      starts[axis] = (dim - target) / 2;
      sizes[axis] = target;
    } else {
      pads[axis] = (target - dim) / 2;
      pads[rank + axis] = target - dim - pads[axis];
    }
  }
  n.setOutput(0, n.pad(n.slice(x, starts, sizes), pads));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Between depth and space
//===--------------------------------------------------------------------------------------------------------------===//

static bool readBlock(Node &n, int64_t &block, bool &depthFirst) {
  block = n.intAttr("blocksize", 0);
  std::string mode = n.stringAttr("mode", "DCR");
  depthFirst = mode == "DCR";
  if (n.rank(n.input(0)) == 4 && block >= 1 && block <= limits::windowAttribute && (depthFirst || mode == "CRD"))
    return true;
  n.invalid("needs a rank 4 input, a positive blocksize and mode DCR or CRD");
  return false;
}

static void buildDepthToSpace(Node &n) {
  int64_t b;
  bool depthFirst;
  if (!readBlock(n, b, depthFirst))
    return;
  Ints s(n.shape(n.input(0)));
  if (s[1] % (b * b) != 0)
    return n.invalid("blocksize " + Twine(b) + " squared does not divide " + Twine(s[1]) + " channels");
  int64_t c = s[1] / (b * b);
  Value apart = depthFirst ? n.transpose(n.reshape(n.input(0), {s[0], b, b, c, s[2], s[3]}), {0, 3, 4, 1, 5, 2})
                           : n.transpose(n.reshape(n.input(0), {s[0], c, b, b, s[2], s[3]}), {0, 1, 4, 2, 5, 3});
  n.setOutput(0, n.reshape(apart, {s[0], c, s[2] * b, s[3] * b}));
}

static void buildSpaceToDepth(Node &n) {
  int64_t b;
  bool depthFirst;
  if (!readBlock(n, b, depthFirst))
    return;
  Ints s(n.shape(n.input(0)));
  if (s[2] % b != 0 || s[3] % b != 0)
    return n.invalid("blocksize " + Twine(b) + " does not divide the spatial axes");
  Value apart = n.reshape(n.input(0), {s[0], s[1], s[2] / b, b, s[3] / b, b});
  Value moved =
      n.transpose(apart, depthFirst ? ArrayRef<int64_t>({0, 3, 5, 1, 2, 4}) : ArrayRef<int64_t>({0, 1, 3, 5, 2, 4}));
  n.setOutput(0, n.reshape(moved, {s[0], s[1] * b * b, s[2] / b, s[3] / b}));
}

ArrayRef<OperatorEntry> sinter::onnx_import::movementOperators() {
  static const OperatorEntry entries[] = {
      {"CenterCropPad", 18, buildCenterCropPad, 2, 2},
      {"Concat", 4, buildConcat, 1, anyNumber},
      {"DepthToSpace", 1, buildDepthToSpace, 1, 1},
      {"Expand", 8, buildExpand, 2, 2},
      {"Flatten", 1, buildFlatten, 1, 1},
      {"Pad", 2, buildPad2, 1, 1},
      {"Pad", 11, buildPad11, 2, 4},
      {"Reshape", 5, buildReshape, 2, 2},
      {"Slice", 1, buildSlice1, 1, 1},
      {"Slice", 10, buildSlice10, 3, 5},
      {"SpaceToDepth", 1, buildSpaceToDepth, 1, 1},
      {"Split", 2, buildSplit, 1, 2},
      {"Squeeze", 1, buildSqueeze, 1, 2},
      {"Tile", 6, buildTile, 2, 2},
      {"Transpose", 1, buildTranspose, 1, 1},
      {"Unsqueeze", 1, buildUnsqueeze, 1, 2},
  };
  return entries;
}
