// Windows of convolutions and pools.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Window.h"
#include "compiler/support/Limits.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

// An attribute with one value for each of `count` places, each in [least, limit].
static bool readValues(Node &n, StringRef name, size_t count, int64_t ifAbsent, int64_t least, Ints &values) {
  std::optional<Ints> given = n.intsAttr(name);
  values = given ? *given : Ints(count, ifAbsent);
  if (n.failed())
    return false;
  if (values.size() != count) {
    n.invalid(name + " has " + Twine(values.size()) + " values, needs " + Twine(count));
    return false;
  }
  for (int64_t value : values) {
    if (value >= least && value <= limits::windowAttribute)
      continue;
    if (value < 0 && value >= -limits::windowAttribute && name == "pads")
      n.unsupported(DiagnosticCode::UnsupportedAttr, "pads has the negative value " + Twine(value),
                    "crop with a Slice before the operator");
    else
      n.invalid(name + " has the value " + Twine(value) + "; it must lie between " + Twine(least) + " and " +
                Twine(limits::windowAttribute));
    return false;
  }
  return true;
}

bool sinter::onnx_import::readWindow(Node &n, Value input, ArrayRef<int64_t> kernel, Window &window) {
  int64_t rank = n.rank(input);
  if (rank < 3) {
    n.invalid("input has rank " + Twine(rank) + ", needs batch, channels and at least one spatial axis");
    return false;
  }
  size_t spatial = rank - 2;
  std::optional<Ints> given = n.intsAttr("kernel_shape");
  if (!kernel.empty() && kernel.size() != spatial) {
    n.invalid("filter has " + Twine(kernel.size()) + " spatial axes, the input " + Twine(spatial));
    return false;
  }
  if (kernel.empty() && !given) {
    n.invalid("kernel_shape is missing");
    return false;
  }
  Ints shape(kernel);
  if (!readValues(n, "kernel_shape", spatial, 1, 1, window.kernel))
    return false;
  if (!given)
    window.kernel = shape;
  if (!kernel.empty() && ArrayRef<int64_t>(window.kernel) != kernel) {
    n.invalid("kernel_shape differs from the filter's shape");
    return false;
  }
  window.autoPad = n.stringAttr("auto_pad", "NOTSET");
  static constexpr StringLiteral modes[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
  if (!llvm::is_contained(modes, StringRef(window.autoPad))) {
    n.invalid("auto_pad is '" + window.autoPad + "'");
    return false;
  }
  return readValues(n, "strides", spatial, 1, 1, window.strides) &&
         readValues(n, "dilations", spatial, 1, 1, window.dilations) &&
         readValues(n, "pads", 2 * spatial, 0, 0, window.pads);
}

void sinter::onnx_import::resolveAutoPad(ArrayRef<int64_t> spatial, Window &window) {
  size_t rank = window.rank();
  if (window.autoPad != "NOTSET")
    window.pads.assign(2 * rank, 0);
  if (window.autoPad == "SAME_UPPER" || window.autoPad == "SAME_LOWER") {
    for (size_t i = 0; i < rank; ++i) {
      int64_t positions = (spatial[i] + window.strides[i] - 1) / window.strides[i];
      int64_t total = std::max<int64_t>(0, (positions - 1) * window.strides[i] + window.extent(i) - spatial[i]);
      int64_t less = total / 2, more = total - less;
      window.pads[i] = window.autoPad == "SAME_UPPER" ? less : more;
      window.pads[rank + i] = total - window.pads[i];
    }
  }
  window.endPads.assign(window.pads.begin() + rank, window.pads.end());
}

void sinter::onnx_import::resolveCeilMode(ArrayRef<int64_t> spatial, Window &window) {
  size_t rank = window.rank();
  for (size_t i = 0; i < rank; ++i) {
    int64_t begin = window.pads[i], &end = window.pads[rank + i], stride = window.strides[i];
    int64_t room = spatial[i] + begin + end - window.extent(i);
    if (room < 0)
      continue; // Shape inference refuses it with a message of its own.
    int64_t last = (room + stride - 1) / stride;
    if (last * stride >= spatial[i] + begin)
      --last; // A window may not begin in the padding at the end.
    end = std::max<int64_t>(0, last * stride + window.extent(i) - spatial[i] - begin);
    window.endPads[i] = std::min(window.endPads[i], end);
  }
}
