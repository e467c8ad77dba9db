// Matrix products. Einsum is in Einsum.cpp.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Einsum.h"
#include "compiler/import/Operators.h"
#include "compiler/import/Quant.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

// numpy.matmul: a vector on the left is a row, on the right a column; the axis added for it is
// removed from the result.
template <typename Product> static Value matmulOfVectors(Node &n, Value a, Value b, Product product) {
  bool row = n.rank(a) == 1, column = n.rank(b) == 1;
  if (n.rank(a) == 0 || n.rank(b) == 0) {
    n.invalid("operands must not be scalars");
    return {};
  }
  if (row)
    a = n.reshape(a, {1, n.shape(a)[0]});
  if (column)
    b = n.reshape(b, {n.shape(b)[0], 1});
  Value result = product(a, b);
  Ints shape(n.shape(result));
  if (n.failed() || (!row && !column))
    return result;
  if (column)
    shape.pop_back();
  if (row)
    shape.erase(shape.end() - (column ? 1 : 2));
  return n.reshape(result, shape);
}

static void buildMatMul(Node &n) {
  n.setOutput(0, matmulOfVectors(n, n.input(0), n.input(1), [&](Value a, Value b) { return n.matmul(a, b); }));
}

// A zero point of one value for each row of the left operand becomes a column.
static Value rowZeroPoint(Node &n, Value zeroPoint) {
  if (!zeroPoint || n.rank(zeroPoint) != 1 || n.shape(zeroPoint)[0] == 1)
    return zeroPoint;
  return n.reshape(zeroPoint, {n.shape(zeroPoint)[0], 1});
}

static void buildMatMulInteger(Node &n) {
  Value a = withoutZeroPoint(n, n.input(0), rowZeroPoint(n, n.input(2))),
        b = withoutZeroPoint(n, n.input(1), n.input(3));
  n.setOutput(0, matmulOfVectors(n, a, b, [&](Value x, Value y) { return n.matmul(x, y); }));
}

static void buildQLinearMatMul(Node &n) {
  if (n.rank(n.input(0)) < 2 || n.rank(n.input(3)) < 2)
    return n.unsupported(DiagnosticCode::UnsupportedOp, "vectors are not supported; operands need rank 2 or more");
  Value a = asQuantized(n, n.input(0), 1, 2, n.rank(n.input(0)) - 2);
  Value b = asQuantized(n, n.input(3), 4, 5, n.rank(n.input(3)) - 1);
  requantizeTo(n, n.createOp<nn::MatmulOp>(a, b, Value()), 6, 7, n.element(n.input(0)));
}

static Value scaledBy(Node &n, Value value, double factor) {
  return factor == 1 ? value : n.mul(value, n.scalar(factor, n.element(value)));
}

// alpha * A' * B' + beta * C. A bias vector goes into the product itself.
static void buildGemm(Node &n) {
  double alpha = n.floatAttr("alpha", 1), beta = n.floatAttr("beta", 1);
  Value a = n.input(0), b = n.input(1), c = n.input(2);
  if (n.rank(a) != 2 || n.rank(b) != 2)
    return n.invalid("A and B must have rank 2, got " + Twine(n.rank(a)) + " and " + Twine(n.rank(b)));
  if (n.intAttr("transA", 0))
    a = n.transpose(a, {1, 0});
  if (n.intAttr("transB", 0))
    b = n.transpose(b, {1, 0});
  if (n.failed())
    return;
  int64_t columns = n.shape(b)[1];
  bool vector = c && n.rank(c) >= 1 && n.shape(c).back() == columns && n.type(c).getNumElements() == columns;
  if (vector && alpha == 1)
    return n.setOutput(0, n.matmul(a, b, scaledBy(n, n.reshape(c, {columns}), beta)));
  Value product = scaledBy(n, n.matmul(a, b), alpha);
  if (!c || beta == 0)
    return n.setOutput(0, product);
  Value sum = n.add(product, scaledBy(n, c, beta));
  if (!n.failed() && sum.getType() != product.getType())
    return n.invalid("C does not broadcast to the product's shape");
  n.setOutput(0, sum);
}

ArrayRef<OperatorEntry> sinter::onnx_import::contractionOperators() {
  static const OperatorEntry entries[] = {
      {"Einsum", 12, buildEinsum, 1, anyNumber},
      {"Gemm", 7, buildGemm, 2, 3},
      {"MatMul", 1, buildMatMul, 2, 2},
      {"MatMulInteger", 10, buildMatMulInteger, 2, 4},
      {"QLinearMatMul", 10, buildQLinearMatMul, 8, 8},
  };
  return entries;
}
