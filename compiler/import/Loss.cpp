// Losses: the chosen class's log probability, weighted and averaged.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::ReduceKind;

static Ints allAxes(int64_t rank) {
  Ints axes;
  for (int64_t i = 0; i < rank; ++i)
    axes.push_back(i);
  return axes;
}

// `logs` is [N, C, d…], `target` [N, d…] chooses a class for each sample.
static Value negativeLogLikelihood(Node &n, Value logs, Value target, Value weight) {
  std::string reduction = n.stringAttr("reduction", "mean");
  bool ignores = n.hasAttribute("ignore_index");
  int64_t ignored = n.intAttr("ignore_index", 0);
  Type element = n.element(logs), i64 = IntegerType::get(n.getContext(), 64);
  Value classes = n.cast(target, i64), hidden, counted;
  if (reduction != "none" && reduction != "sum" && reduction != "mean") {
    n.invalid("reduction is '" + reduction + "'");
    return {};
  }
  if (n.rank(logs) < 2 || n.rank(target) != n.rank(logs) - 1) {
    n.invalid("input must have one axis more than target");
    return {};
  }
  Value zero = n.scalar(0, element);
  if (ignores) {
    hidden = n.compare(nn::CompareKind::Equal, classes, n.scalar(double(ignored), i64));
    classes = n.select(hidden, n.scalar(0, i64), classes);
  }
  Ints column(n.shape(classes)), flat(column);
  column.insert(column.begin() + 1, 1);
  Value chosen = n.create<nn::GatherElementsOp>(logs, n.reshape(classes, column), 1);
  Value loss = n.unary(nn::UnaryKind::Neg, n.reshape(chosen, flat));
  if (weight)
    counted = n.gather(weight, classes, 0);
  else if (ignores)
    counted = n.splat(flat, 1, element);
  if (ignores) {
    loss = n.select(hidden, zero, loss);
    counted = n.select(hidden, zero, counted);
  }
  if (counted)
    loss = n.mul(loss, counted);
  if (reduction == "none" || n.failed())
    return loss;
  Ints axes = allAxes(flat.size());
  if (reduction == "sum" || counted) {
    Value sum = n.reduce(ReduceKind::Sum, loss, axes, false);
    return reduction == "sum" ? sum : n.div(sum, n.reduce(ReduceKind::Sum, counted, axes, false));
  }
  return n.reduce(ReduceKind::Mean, loss, axes, false);
}

static void buildNegativeLogLikelihoodLoss(Node &n) {
  n.setOutput(0, negativeLogLikelihood(n, n.input(0), n.input(1), n.input(2)));
}

static void buildSoftmaxCrossEntropyLoss(Node &n) {
  Value logs = n.create<nn::SoftmaxOp>(n.input(0), 1, /*log=*/true);
  n.setOutput(0, negativeLogLikelihood(n, logs, n.input(1), n.input(2)));
  n.setOutput(1, logs);
}

ArrayRef<OperatorEntry> sinter::onnx_import::lossOperators() {
  static const OperatorEntry entries[] = {
      {"NegativeLogLikelihoodLoss", 12, buildNegativeLogLikelihoodLoss, 2, 3},
      {"SoftmaxCrossEntropyLoss", 12, buildSoftmaxCrossEntropyLoss, 2, 3},
  };
  return entries;
}
