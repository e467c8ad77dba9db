// Convolutions, matrix products and the LSTM of the reference evaluator. Floats accumulate in double and are rounded
// once; integers accumulate modulo 2^64 and keep the low bits.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/nn/CorrectMath.h"
#include "dialects/nn/EvaluatorOps.h"

using namespace mlir;
using namespace sinter::nn;

// The values of a tensor in the type that its operator computes with: double, or uint64_t for wrapping integers.
template <typename T> static std::vector<T> valuesOf(const Tensor &tensor) {
  if constexpr (std::is_same_v<T, double>) {
    return tensor.toDoubles();
  } else {
    std::vector<int64_t> ints = tensor.toInts();
    return std::vector<T>(ints.begin(), ints.end());
  }
}

template <typename T> static Tensor tensorOf(RankedTensorType type, ArrayRef<T> values) {
  if constexpr (std::is_same_v<T, double>)
    return Tensor::fromDoubles(type, values);
  else
    return Tensor::fromInts(type, std::vector<int64_t>(values.begin(), values.end()));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Convolution
//===--------------------------------------------------------------------------------------------------------------===//

namespace {
// Convolution with its spatial dimensions extended in front to three.
struct Window {
  int64_t input[3], kernel[3], output[3], strides[3], dilations[3], begins[3];

  Window(ArrayRef<int64_t> in, ArrayRef<int64_t> k, ArrayRef<int64_t> out, ArrayRef<int64_t> stride,
         ArrayRef<int64_t> pads, ArrayRef<int64_t> dilation) {
    size_t spatial = k.size(), skip = 3 - spatial;
    for (size_t i = 0; i < 3; ++i) {
      bool real = i >= skip;
      size_t j = i - skip;
      input[i] = real ? in[j] : 1;
      kernel[i] = real ? k[j] : 1;
      output[i] = real ? out[j] : 1;
      strides[i] = real ? stride[j] : 1;
      dilations[i] = real ? dilation[j] : 1;
      begins[i] = real ? pads[j] : 0;
    }
  }

  // Calls `visit` with the linear position in the input and in the kernel of every tap of output position `o` that lies
  // inside the input.
  template <typename Visit> void taps(int64_t o0, int64_t o1, int64_t o2, Visit visit) const {
    for (int64_t k0 = 0; k0 < kernel[0]; ++k0) {
      int64_t i0 = o0 * strides[0] - begins[0] + k0 * dilations[0];
      if (i0 < 0 || i0 >= input[0])
        continue;
      for (int64_t k1 = 0; k1 < kernel[1]; ++k1) {
        int64_t i1 = o1 * strides[1] - begins[1] + k1 * dilations[1];
        if (i1 < 0 || i1 >= input[1])
          continue;
        for (int64_t k2 = 0; k2 < kernel[2]; ++k2) {
          int64_t i2 = o2 * strides[2] - begins[2] + k2 * dilations[2];
          if (i2 >= 0 && i2 < input[2])
            visit((i0 * input[1] + i1) * input[2] + i2, (k0 * kernel[1] + k1) * kernel[2] + k2);
        }
      }
    }
  }

  template <typename Visit> void positions(Visit visit) const {
    int64_t linear = 0;
    for (int64_t o0 = 0; o0 < output[0]; ++o0)
      for (int64_t o1 = 0; o1 < output[1]; ++o1)
        for (int64_t o2 = 0; o2 < output[2]; ++o2)
          visit(o0, o1, o2, linear++);
  }
};
} // namespace

template <typename T> static Tensor convolve(ConvOp op, Operands operands) {
  std::vector<T> input = valuesOf<T>(operands[0]), filter = valuesOf<T>(operands[1]);
  std::vector<T> bias = operands.size() > 2 ? valuesOf<T>(operands[2]) : std::vector<T>();
  ArrayRef<int64_t> in = operands[0].getShape(), k = operands[1].getShape(), out = op.getType().getShape();
  Window window(in.drop_front(2), k.drop_front(2), out.drop_front(2), op.getStrides(), op.getPads(), op.getDilations());
  int64_t inArea = elementCount(in.drop_front(2)), kArea = elementCount(k.drop_front(2));
  int64_t outArea = elementCount(out.drop_front(2));
  int64_t channels = k[1], filtersPerGroup = out[1] / op.getGroup();
  std::vector<T> result(elementCount(out));
  for (int64_t n = 0; n < out[0]; ++n) {
    for (int64_t m = 0; m < out[1]; ++m) {
      const T *image = input.data() + (n * in[1] + m / filtersPerGroup * channels) * inArea;
      const T *kernel = filter.data() + m * channels * kArea;
      T *to = result.data() + (n * out[1] + m) * outArea;
      window.positions([&](int64_t o0, int64_t o1, int64_t o2, int64_t linear) {
        T sum = bias.empty() ? T(0) : bias[m];
        window.taps(o0, o1, o2, [&](int64_t at, int64_t tap) {
          for (int64_t c = 0; c < channels; ++c)
            sum += image[c * inArea + at] * kernel[c * kArea + tap];
        });
        to[linear] = sum;
      });
    }
  }
  return tensorOf<T>(op.getType(), result);
}

Tensor sinter::nn::evaluateOp(ConvOp op, Operands operands) {
  return isa<FloatType>(operands[0].getElementType()) ? convolve<double>(op, operands)
                                                      : convolve<uint64_t>(op, operands);
}

// A transposed convolution spreads every input element over the window that a convolution would gather it from: the
// roles of input and output are exchanged.
template <typename T> static Tensor convolveTransposed(ConvTransposeOp op, Operands operands) {
  std::vector<T> input = valuesOf<T>(operands[0]), filter = valuesOf<T>(operands[1]);
  std::vector<T> bias = operands.size() > 2 ? valuesOf<T>(operands[2]) : std::vector<T>();
  ArrayRef<int64_t> in = operands[0].getShape(), k = operands[1].getShape(), out = op.getType().getShape();
  Window window(out.drop_front(2), k.drop_front(2), in.drop_front(2), op.getStrides(), op.getPads(), op.getDilations());
  int64_t inArea = elementCount(in.drop_front(2)), kArea = elementCount(k.drop_front(2));
  int64_t outArea = elementCount(out.drop_front(2));
  int64_t filters = k[1], channelsPerGroup = in[1] / op.getGroup();
  std::vector<T> result(elementCount(out), T(0));
  for (int64_t n = 0; n < in[0]; ++n) {
    for (int64_t c = 0; c < in[1]; ++c) {
      const T *image = input.data() + (n * in[1] + c) * inArea;
      for (int64_t f = 0; f < filters; ++f) {
        const T *kernel = filter.data() + (c * filters + f) * kArea;
        T *to = result.data() + (n * out[1] + c / channelsPerGroup * filters + f) * outArea;
        window.positions([&](int64_t i0, int64_t i1, int64_t i2, int64_t linear) {
          window.taps(i0, i1, i2, [&](int64_t at, int64_t tap) { to[at] += image[linear] * kernel[tap]; });
        });
      }
    }
  }
  if (!bias.empty())
    for (size_t i = 0; i < result.size(); ++i)
      result[i] += bias[i / outArea % out[1]];
  return tensorOf<T>(op.getType(), result);
}

Tensor sinter::nn::evaluateOp(ConvTransposeOp op, Operands operands) {
  return isa<FloatType>(operands[0].getElementType()) ? convolveTransposed<double>(op, operands)
                                                      : convolveTransposed<uint64_t>(op, operands);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Matrix product
//===--------------------------------------------------------------------------------------------------------------===//

template <typename T> static Tensor multiply(MatmulOp op, Operands operands) {
  std::vector<T> left = valuesOf<T>(operands[0]), right = valuesOf<T>(operands[1]);
  std::vector<T> bias = operands.size() > 2 ? valuesOf<T>(operands[2]) : std::vector<T>();
  ArrayRef<int64_t> out = op.getType().getShape(), batch = out.drop_back(2);
  int64_t m = out.end()[-2], n = out.back(), k = operands[0].getShape().back();
  std::vector<int64_t> leftBatch = broadcastMap(operands[0].getShape().drop_back(2), batch);
  std::vector<int64_t> rightBatch = broadcastMap(operands[1].getShape().drop_back(2), batch);
  std::vector<T> result(elementCount(out), T(0));
  for (size_t b = 0; b < leftBatch.size(); ++b) {
    const T *x = left.data() + leftBatch[b] * m * k, *y = right.data() + rightBatch[b] * k * n;
    for (int64_t i = 0; i < m; ++i) {
      T *row = result.data() + (b * m + i) * n;
      for (int64_t p = 0; p < k; ++p)
        for (int64_t j = 0; j < n; ++j)
          row[j] += x[i * k + p] * y[p * n + j];
      for (int64_t j = 0; j < n && !bias.empty(); ++j)
        row[j] += bias[j];
    }
  }
  return tensorOf<T>(op.getType(), result);
}

Tensor sinter::nn::evaluateOp(MatmulOp op, Operands operands) {
  return isa<FloatType>(operands[0].getElementType()) ? multiply<double>(op, operands)
                                                      : multiply<uint64_t>(op, operands);
}

//===--------------------------------------------------------------------------------------------------------------===//
// LSTM
//===--------------------------------------------------------------------------------------------------------------===//

namespace {
// One direction of an LSTM over one batch element.
struct Cell {
  int64_t features, hidden;
  const double *w, *r, *bias;
  std::vector<double> h, c;

  double gate(int64_t row, const double *x) const {
    double sum = bias[row] + bias[4 * hidden + row];
    for (int64_t i = 0; i < features; ++i)
      sum += w[row * features + i] * x[i];
    for (int64_t i = 0; i < hidden; ++i)
      sum += r[row * hidden + i] * h[i];
    return sum;
  }

  void step(const double *x) {
    std::vector<double> next(hidden);
    for (int64_t j = 0; j < hidden; ++j) {
      double in = sinter::correct::sigmoid(gate(j, x)), out = sinter::correct::sigmoid(gate(hidden + j, x));
      double forget = sinter::correct::sigmoid(gate(2 * hidden + j, x));
      double candidate = sinter::correct::tanh(gate(3 * hidden + j, x));
      c[j] = forget * c[j] + in * candidate;
      next[j] = out * sinter::correct::tanh(c[j]);
    }
    h = std::move(next);
  }
};
} // namespace

Results sinter::nn::evaluateLstm(LstmOp op, Operands operands) {
  ArrayRef<int64_t> in = operands[0].getShape();
  int64_t steps = in[0], batch = in[1], features = in[2], hidden = operands[2].getShape()[2];
  int64_t directions = operands[2].getShape()[0];
  std::vector<double> x = operands[0].toDoubles(), w = operands[1].toDoubles(), r = operands[2].toDoubles();
  std::vector<double> bias = operands[3].toDoubles(), h = operands[4].toDoubles(), c = operands[5].toDoubles();
  std::vector<double> y(steps * directions * batch * hidden);
  for (int64_t d = 0; d < directions; ++d) {
    bool backward = op.getDirection() == RnnDirection::Reverse || d == 1;
    for (int64_t b = 0; b < batch; ++b) {
      auto state = (d * batch + b) * hidden;
      Cell cell = {features,
                   hidden,
                   &w[d * 4 * hidden * features],
                   &r[d * 4 * hidden * hidden],
                   &bias[d * 8 * hidden],
                   std::vector<double>(&h[state], &h[state] + hidden),
                   std::vector<double>(&c[state], &c[state] + hidden)};
      for (int64_t i = 0; i < steps; ++i) {
        int64_t t = backward ? steps - 1 - i : i;
        cell.step(&x[(t * batch + b) * features]);
        std::copy(cell.h.begin(), cell.h.end(), &y[((t * directions + d) * batch + b) * hidden]);
      }
      std::copy(cell.h.begin(), cell.h.end(), &h[state]);
      std::copy(cell.c.begin(), cell.c.end(), &c[state]);
    }
  }
  return {Tensor::fromDoubles(resultType(op, 0), y), Tensor::fromDoubles(resultType(op, 1), h),
          Tensor::fromDoubles(resultType(op, 2), c)};
}
