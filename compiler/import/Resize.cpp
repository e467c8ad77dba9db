// Resize and its predecessor Upsample.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"
#include "compiler/support/Limits.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

namespace {
struct ResizeShape {
  SmallVector<double> scales;
  Ints sizes;
};
} // namespace

// Looks a word up; fails the node, naming the attribute, if it is none of the enumeration's.
template <typename Enum>
static std::optional<Enum> parseEnum(Node &n, StringRef attribute, StringRef ifAbsent,
                                     std::optional<Enum> (*symbolize)(StringRef)) {
  std::string word = n.stringAttr(attribute, ifAbsent);
  std::optional<Enum> value = symbolize(word);
  if (!value)
    n.unsupported(DiagnosticCode::UnsupportedAttr, attribute + " '" + word + "' is not supported");
  return value;
}

static bool applyScales(Node &n, ArrayRef<double> scales, ArrayRef<int64_t> axes, ResizeShape &shape) {
  for (auto [axis, scale] : llvm::zip_equal(axes, scales)) {
    double size = std::floor(double(shape.sizes[axis]) * scale);
    if (!(scale > 0) || !(size <= double(limits::dimension))) {
      n.invalid("scale of axis " + Twine(axis) + " is " + std::to_string(scale));
      return false;
    }
    shape.scales[axis] = scale;
    shape.sizes[axis] = static_cast<int64_t>(size);
  }
  return true;
}

// Sizes as given, or adapted so that all axes share one scale.
static bool applySizes(Node &n, ArrayRef<int64_t> sizes, ArrayRef<int64_t> axes, StringRef policy, ResizeShape &shape) {
  std::optional<double> common;
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    int64_t from = shape.sizes[axis];
    if (size < 1 || size > limits::dimension || from < 1) {
      n.invalid("size of axis " + Twine(axis) + " is " + Twine(size));
      return false;
    }
    double scale = double(size) / double(from);
    common = !common ? scale : policy == "not_larger" ? std::min(*common, scale) : std::max(*common, scale);
  }
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    int64_t from = shape.sizes[axis];
    bool stretch = policy == "stretch";
    shape.scales[axis] = stretch ? double(size) / double(from) : *common;
    shape.sizes[axis] = stretch ? size : static_cast<int64_t>(std::floor(*common * double(from) + 0.5));
  }
  return true;
}

static void createResize(Node &n, const ResizeShape &shape, nn::ResizeMode mode, nn::ResizeCoordinate coordinate,
                         nn::NearestRound nearest, double cubic = -0.75, bool excludeOutside = false) {
  Value x = n.input(0);
  if (n.shape(x) == ArrayRef<int64_t>(shape.sizes) && llvm::all_of(shape.scales, [](double s) { return s == 1; }))
    return n.setOutput(0, x);
  n.setOutput(0, n.createTyped<nn::ResizeOp>(TypeRange(n.type(x).clone(shape.sizes)), mode, x,
                                             ArrayRef<double>(shape.scales), coordinate, nearest, APFloat(cubic),
                                             excludeOutside)[0]);
}

static ResizeShape wholeShape(Node &n) {
  return {SmallVector<double>(n.rank(n.input(0)), 1.0), Ints(n.shape(n.input(0)))};
}

static Ints allAxes(Node &n) {
  Ints axes;
  for (int64_t i = 0; i < n.rank(n.input(0)); ++i)
    axes.push_back(i);
  return axes;
}

// Upsample, and Resize 10: scales only, floor(output coordinate / scale).
static void buildScaled(Node &n, std::optional<SmallVector<double>> scales) {
  std::string mode = n.stringAttr("mode", "nearest");
  if (n.failed())
    return;
  if (mode != "nearest" && mode != "linear" && mode != "bilinear")
    return n.invalid("mode is '" + mode + "'");
  ResizeShape shape = wholeShape(n);
  if (!scales || scales->size() != shape.sizes.size())
    return n.invalid("scales need one value an axis");
  if (applyScales(n, *scales, allAxes(n), shape))
    createResize(n, shape, mode == "nearest" ? nn::ResizeMode::Nearest : nn::ResizeMode::Linear,
                 nn::ResizeCoordinate::Asymmetric, nn::NearestRound::Floor);
}
static void buildUpsample7(Node &n) { buildScaled(n, n.floatsAttr("scales")); }
static void buildScaledByInput(Node &n) { buildScaled(n, n.knownFloats(1, "scales")); }

static void buildResize11(Node &n) {
  auto mode = parseEnum<nn::ResizeMode>(n, "mode", "nearest", nn::symbolizeResizeMode);
  auto coordinate =
      parseEnum<nn::ResizeCoordinate>(n, "coordinate_transformation_mode", "half_pixel", nn::symbolizeResizeCoordinate);
  auto nearest = parseEnum<nn::NearestRound>(n, "nearest_mode", "round_prefer_floor", nn::symbolizeNearestRound);
  double cubic = n.floatAttr("cubic_coeff_a", -0.75);
  bool excludeOutside = n.intAttr("exclude_outside", 0) != 0;
  n.ignoreAttribute("extrapolation_value"); // Concerns tf_crop_and_resize alone.
  if (n.intAttr("antialias", 0) != 0)
    n.unsupported(DiagnosticCode::UnsupportedAttr, "antialias is not supported");
  std::string policy = n.stringAttr("keep_aspect_ratio_policy", "stretch");
  Ints axes;
  if (std::optional<Ints> given = n.intsAttr("axes"))
    for (int64_t axis : *given)
      axes.push_back(n.normalizeAxis(axis, n.rank(n.input(0))));
  else
    axes = allAxes(n);
  bool hasSizes = n.hasInput(3);
  // An empty tensor stands for an absent one.
  std::optional<SmallVector<double>> scales = hasSizes ? std::nullopt : n.knownFloats(2, "scales");
  std::optional<Ints> sizes = n.knownInts(3, "sizes");
  if (n.failed())
    return;
  ResizeShape shape = wholeShape(n);
  if (hasSizes ? sizes->size() != axes.size() : !scales || scales->size() != axes.size())
    return n.invalid("needs scales or sizes, with " + Twine(axes.size()) + " values");
  if (hasSizes ? applySizes(n, *sizes, axes, policy, shape) : applyScales(n, *scales, axes, shape))
    createResize(n, shape, *mode, *coordinate, *nearest, cubic, excludeOutside);
}

ArrayRef<OperatorEntry> sinter::onnx_import::resizeOperators() {
  static const OperatorEntry entries[] = {
      {"Resize", 10, buildScaledByInput, 2, 2}, {"Resize", 11, buildResize11, 1, 4},
      {"Upsample", 7, buildUpsample7, 1, 1},    {"Upsample", 9, buildScaledByInput, 2, 2},
      {"Upsample", 10, nullptr, 0, 0},
  };
  return entries;
}
