// 8-bit contractions whose weights are packed, which the CPU tiles for registers: every bit as the reference
// evaluator's.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/unit/cpu/KernelRunner.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace sinter::test;

namespace {

using Shape = std::vector<int64_t>;

constexpr InputRange allSigned = {-128, 127}, allUnsigned = {0, 255};

std::string spell(const Shape &shape, const std::string &element) {
  std::string text = "tensor<";
  for (int64_t dim : shape)
    text += std::to_string(dim) + "x";
  return text + element + ">";
}

std::string quantized(const std::string &type) { return "!quant.uniform<" + type + ">"; }

/// Weights that repeat with no power of two, the extremes among them.
int8_t weightAt(int64_t i) { return static_cast<int8_t>(i % 29 == 0 ? -128 : i * 37 % 255 - 127); }

/// Weights in blocks of 16 along `outer` and of 4 along `inner`, and the sums along `outer`, written as a kernel's
/// text.
class PackedWeights {
public:
  PackedWeights(const Shape &shape, size_t outer, size_t inner)
      : shape(shape), packed{(shape[outer] + 15) / 16, (shape[inner] + 3) / 4} {
    for (size_t i = 0; i < shape.size(); ++i)
      if (i != outer && i != inner)
        packed.push_back(shape[i]);
    packed.insert(packed.end(), {16, 4});
    bytes.assign(product(packed), 0);
    sums.assign(shape[outer], 0);
    axes = "axes [" + std::to_string(outer) + ", " + std::to_string(inner) + "] blocks [16, 4]";
    for (int64_t i = 0; i < product(shape); ++i)
      put(i, outer, inner);
  }

  /// `%w` of element type `type`.
  std::string text(const std::string &type) const {
    std::string blocks = spell(packed, quantized("i8:f32, 1.0"));
    return "%p = nn.constant dense<\"0x" + llvm::toHex(llvm::ArrayRef(bytes)) + "\"> : " + spell(packed, "i8") +
           " as " + blocks + "\n" + "%w = nn.unpack %p " + axes + " : " + blocks + " -> " + spell(shape, type) + "\n";
  }

  std::string attributes() const {
    return " {nn.accumulator_bits = 26 : i64, nn.filter_sums = array<i32: " +
           llvm::join(llvm::map_range(sums, [](int32_t sum) { return std::to_string(sum); }), ", ") + ">}";
  }

private:
  static int64_t product(const Shape &shape) {
    int64_t count = 1;
    for (int64_t dim : shape)
      count *= dim;
    return count;
  }

  void put(int64_t i, size_t outer, size_t inner) {
    Shape index(shape.size());
    for (size_t axis = shape.size(), rest = i; axis-- > 0; rest /= shape[axis])
      index[axis] = rest % shape[axis];
    int64_t at = index[outer] / 16 * packed[1] + index[inner] / 4;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (axis != outer && axis != inner)
        at = at * shape[axis] + index[axis];
    bytes[(at * 16 + index[outer] % 16) * 4 + index[inner] % 4] = static_cast<uint8_t>(weightAt(i));
    sums[index[outer]] += weightAt(i);
  }

  Shape shape, packed;
  std::vector<uint8_t> bytes;
  std::vector<int32_t> sums;
  std::string axes;
};

class PackedQuantized : public KernelTest {
protected:
  /// A convolution with a bias and a relu's clamp, and one with an addition behind it, on signed and unsigned inputs.
  void conv(const Shape &x, const Shape &w, const std::string &window, const Shape &y) {
    bool taps = w[1] < 4;
    PackedWeights weights(w, 0, taps ? w.size() - 1 : 1);
    for (bool isSigned : {true, false}) {
      std::string tx = spell(x, quantized(isSigned ? "i8:f32, 0.05:-11" : "u8:f32, 0.05:100")),
                  weight = quantized("i8:f32, 0.01");
      std::string ty = spell(y, quantized(isSigned ? "i8:f32, 0.4:17" : "u8:f32, 0.4:130")), tb = spell({w[0]}, "i32");
      std::string text = "func.func @kernel(%x: " + tx + ", %b: " + tb + ", %r: " + ty + ") -> " + ty + " {\n" +
                         weights.text(weight) + "%0 = nn.conv %x, %w, %b " + window + weights.attributes() + " : (" +
                         tx + ", " + spell(w, weight) + ", " + tb + ") -> " + ty + "\n" +
                         (isSigned ? "%1 = nn.binary add %0, %r : (" + ty + ", " + ty + ") -> " + ty + "\n" : "") +
                         "return " + (isSigned ? "%1" : "%0") + " : " + ty + "\n}";
      SCOPED_TRACE(text.substr(text.find("%0 =")));
      check(text, isSigned ? allSigned : allUnsigned);
    }
  }

  void matmul(const Shape &x, int64_t columns, bool bias) {
    Shape w = {x.back(), columns}, y = x;
    y.back() = columns;
    PackedWeights weights(w, 1, 0);
    for (bool isSigned : {true, false}) {
      std::string tx = spell(x, quantized(isSigned ? "i8:f32, 0.05:9" : "u8:f32, 0.05:77")),
                  weight = quantized("i8:f32, 0.01");
      std::string ty = spell(y, quantized("i8:f32, 0.5:-40")), tb = spell({columns}, "i32");
      std::string text = "func.func @kernel(%x: " + tx + ", %b: " + tb + ") -> " + ty + " {\n" + weights.text(weight) +
                         "%0 = nn.matmul %x, %w" + (bias ? ", %b" : "") + weights.attributes() + " : (" + tx + ", " +
                         spell(w, weight) + (bias ? ", " + tb : "") + ") -> " + ty + "\nreturn %0 : " + ty + "\n}";
      SCOPED_TRACE(text.substr(text.find("%0 =")));
      check(text, isSigned ? allSigned : allUnsigned);
    }
  }
};

TEST_F(PackedQuantized, Pointwise) {
  std::string plain = "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1";
  conv({1, 24, 7, 9}, {13, 24, 1, 1}, plain, {1, 13, 7, 9});
  conv({2, 10, 7, 7}, {40, 10, 1, 1}, plain, {2, 40, 7, 7});
  conv({1, 5, 1, 3}, {20, 5, 1, 1}, plain, {1, 20, 1, 3});
}

TEST_F(PackedQuantized, PaddedAndStrided) {
  conv({1, 16, 8, 8}, {16, 16, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 16, 8, 8});
  conv({2, 6, 11, 19}, {24, 6, 3, 3}, "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 1", {2, 24, 6, 10});
  conv({1, 8, 13, 13}, {8, 8, 1, 1}, "strides [2, 2] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 8, 7, 7});
  conv({1, 4, 13, 70}, {17, 4, 3, 3}, "strides [1, 3] pads [2, 0, 2, 3] dilations [2, 2] group 1", {1, 17, 13, 23});
  conv({1, 4, 5, 3}, {16, 4, 5, 5}, "strides [1, 1] pads [4, 4, 4, 4] dilations [1, 1] group 1", {1, 16, 9, 7});
}

TEST_F(PackedQuantized, FewChannels) {
  conv({1, 3, 20, 33}, {32, 3, 3, 3}, "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 32, 10, 17});
  conv({1, 1, 49, 10}, {20, 1, 10, 4}, "strides [2, 2] pads [4, 1, 5, 1] dilations [1, 1] group 1", {1, 20, 25, 5});
  conv({2, 2, 9, 40}, {9, 2, 3, 7}, "strides [1, 1] pads [1, 3, 1, 3] dilations [1, 1] group 1", {2, 9, 9, 40});
}

TEST_F(PackedQuantized, Depthwise) {
  conv({1, 16, 10, 10}, {16, 1, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 16", {1, 16, 10, 10});
  conv({2, 5, 15, 50}, {5, 1, 3, 3}, "strides [2, 2] pads [1, 1, 1, 1] dilations [1, 1] group 5", {2, 5, 8, 25});
  conv({1, 6, 14, 33}, {6, 1, 5, 5}, "strides [1, 1] pads [4, 4, 4, 4] dilations [2, 2] group 6", {1, 6, 14, 33});
  conv({1, 18, 7, 7}, {18, 1, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 18", {1, 18, 7, 7});
}

TEST_F(PackedQuantized, OneDimension) {
  conv({1, 6, 40}, {24, 6, 5}, "strides [1] pads [2, 2] dilations [1] group 1", {1, 24, 40});
  conv({1, 2, 40}, {24, 2, 5}, "strides [2] pads [2, 2] dilations [1] group 1", {1, 24, 20});
}

TEST_F(PackedQuantized, SplitIntoWorkgroups) {
  conv({1, 64, 28, 28}, {64, 64, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1", {1, 64, 28, 28});
  conv({1, 96, 28, 28}, {144, 96, 1, 1}, "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1", {1, 144, 28, 28});
  conv({1, 64, 56, 56}, {64, 1, 3, 3}, "strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 64", {1, 64, 56, 56});
}

TEST_F(PackedQuantized, Matmul) {
  matmul({5, 37}, 21, true);
  matmul({1, 128}, 640, true);
  matmul({3, 4, 8}, 6, false);
  matmul({64, 256}, 520, true);
}

} // namespace
