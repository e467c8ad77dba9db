// Convolutions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Operators.h"
#include "compiler/import/Quant.h"
#include "compiler/import/Window.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

// Window and group of a convolution of `input` with `filter`.
static bool readConv(Node &n, Value input, Value filter, Window &window, int64_t &group) {
  group = n.intAttr("group", 1);
  if (n.rank(filter) < 3) {
    n.invalid("filter has rank " + Twine(n.rank(filter)) + ", needs at least 3");
    return false;
  }
  return readWindow(n, input, n.shape(filter).drop_front(2), window);
}

static void buildConv(Node &n) {
  Window w;
  int64_t group;
  if (!readConv(n, n.input(0), n.input(1), w, group))
    return;
  resolveAutoPad(n.shape(n.input(0)).drop_front(2), w);
  n.setOutput(0, n.create<nn::ConvOp>(n.input(0), n.input(1), n.input(2), w.strides, w.pads, w.dilations, group));
}

// Integers minus their zero point, as i32. The padding then contributes zero.
static void buildConvInteger(Node &n) {
  Window w;
  int64_t group;
  if (!readConv(n, n.input(0), n.input(1), w, group))
    return;
  resolveAutoPad(n.shape(n.input(0)).drop_front(2), w);
  Value zeroPoint = n.input(3);
  if (zeroPoint && n.rank(zeroPoint) == 1 && n.shape(zeroPoint)[0] != 1) {
    Ints perFilter(n.rank(n.input(1)), 1);
    perFilter[0] = n.shape(zeroPoint)[0];
    zeroPoint = n.reshape(zeroPoint, perFilter);
  }
  Value input = withoutZeroPoint(n, n.input(0), n.input(2)), filter = withoutZeroPoint(n, n.input(1), zeroPoint);
  n.setOutput(0, n.create<nn::ConvOp>(input, filter, Value(), w.strides, w.pads, w.dilations, group));
}

// QLinearConv: x, scale, zero point; w, scale, zero point; y scale, zero point; bias (i32).
static void buildQLinearConv(Node &n) {
  Window w;
  int64_t group;
  if (!readConv(n, n.input(0), n.input(3), w, group))
    return;
  resolveAutoPad(n.shape(n.input(0)).drop_front(2), w);
  Value input = asQuantized(n, n.input(0), 1, 2, /*axis=*/1), filter = asQuantized(n, n.input(3), 4, 5, /*axis=*/0);
  if (n.failed())
    return;
  Operation *conv = n.createOp<nn::ConvOp>(input, filter, n.input(8), w.strides, w.pads, w.dilations, group);
  requantizeTo(n, conv, 6, 7, n.element(n.input(0)));
}

// Splits the total padding that a wanted output size implies.
static void padForOutputShape(Node &n, ArrayRef<int64_t> spatial, ArrayRef<int64_t> wanted, Ints &outputPadding,
                              Window &w) {
  size_t rank = w.rank();
  for (size_t i = 0; i < rank; ++i) {
    int64_t total = w.strides[i] * (spatial[i] - 1) + outputPadding[i] + w.extent(i) - wanted[i];
    if (total < 0) {
      outputPadding[i] -= total;
      total = 0;
    }
    int64_t less = total / 2, more = total - less;
    w.pads[i] = w.autoPad == "SAME_UPPER" ? less : more;
    w.pads[rank + i] = total - w.pads[i];
  }
}

static void buildConvTranspose(Node &n) {
  Value input = n.input(0), filter = n.input(1);
  Window w;
  int64_t group;
  if (!readConv(n, input, filter, w, group))
    return;
  ArrayRef<int64_t> spatial = n.shape(input).drop_front(2);
  Ints outputPadding = n.intsAttr("output_padding").value_or(Ints(w.rank(), 0));
  std::optional<Ints> wanted = n.intsAttr("output_shape");
  if (wanted && wanted->size() == w.rank() + 2)
    wanted->erase(wanted->begin(), wanted->begin() + 2);
  if (outputPadding.size() != w.rank() || (wanted && wanted->size() != w.rank()))
    return n.invalid("output_padding and output_shape need " + Twine(w.rank()) + " values");
  if (w.autoPad == "VALID")
    w.pads.assign(2 * w.rank(), 0);
  if (!wanted && (w.autoPad == "SAME_UPPER" || w.autoPad == "SAME_LOWER")) {
    wanted = Ints();
    for (size_t i = 0; i < w.rank(); ++i)
      wanted->push_back(spatial[i] * w.strides[i]);
  }
  if (wanted)
    padForOutputShape(n, spatial, *wanted, outputPadding, w);
  n.setOutput(0, n.create<nn::ConvTransposeOp>(input, filter, n.input(2), w.strides, w.pads, w.dilations, group,
                                               outputPadding));
}

ArrayRef<OperatorEntry> sinter::onnx_import::convolutionOperators() {
  static const OperatorEntry entries[] = {
      {"Conv", 1, buildConv, 2, 3},
      {"ConvInteger", 10, buildConvInteger, 2, 4},
      {"ConvTranspose", 1, buildConvTranspose, 2, 3},
      {"QLinearConv", 10, buildQLinearConv, 8, 9},
  };
  return entries;
}
