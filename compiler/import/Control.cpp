// Control flow. An If whose condition is known imports the taken branch alone, so nothing in the
// other one is reported. Nothing in nn has side effects: where the condition is an input's, both
// branches are computed and one result selected.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/GraphImporter.h"
#include "compiler/import/Operators.h"
#include "compiler/support/Limits.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

static void selectBranches(Node &n, const onnx::GraphProto &thenGraph,
                           const onnx::GraphProto &elseGraph) {
  SmallVector<Value> taken, other;
  bool both = n.getImporter().importSubgraph(thenGraph, {}, taken);
  both &= n.getImporter().importSubgraph(elseGraph, {}, other);
  if (!both)
    return n.markFailed();
  Value condition = n.reshape(n.input(0), {});
  for (unsigned i = 0; i < n.numOutputs(); ++i) {
    if (taken[i].getType() != other[i].getType())
      return n.unsupported(
          DiagnosticCode::UnsupportedOp,
          "the condition depends on an input's values, and the branches give output " + Twine(i) +
              " different shapes or types",
          "make the condition a constant of the model, or give both branches one shape");
    n.setOutput(i, n.select(condition, taken[i], other[i]));
  }
}

static void buildIf(Node &n) {
  const onnx::GraphProto *thenGraph = n.graphAttr("then_branch"),
                         *elseGraph = n.graphAttr("else_branch");
  if (n.failed())
    return;
  if (!n.element(n.input(0)).isInteger(1) || n.type(n.input(0)).getNumElements() != 1)
    return n.invalid("condition must be one bool");
  for (const onnx::GraphProto *graph : {thenGraph, elseGraph})
    if (unsigned(graph->output_size()) != n.numOutputs() || graph->input_size() != 0)
      return n.invalid("branches must have no inputs and the node's " + Twine(n.numOutputs()) +
                       " outputs");
  std::optional<nn::Tensor> condition = n.known(n.input(0));
  if (!condition)
    return selectBranches(n, *thenGraph, *elseGraph);
  SmallVector<Value> values;
  if (!n.getImporter().importSubgraph(condition->toInts()[0] ? *thenGraph : *elseGraph, {}, values))
    return n.markFailed();
  for (auto [i, value] : llvm::enumerate(values))
    n.setOutput(i, value);
}

// A Loop with a known trip count and a condition that stays known is unrolled.
static constexpr int64_t maximumTrips = 1024;

static std::optional<bool> knownCondition(Node &n, Value condition) {
  if (!condition)
    return true;
  std::optional<nn::Tensor> value = n.known(condition);
  if (!value || value->size() != 1 || !value->getElementType().isInteger(1)) {
    n.unsupported(DiagnosticCode::UnsupportedOp,
                  "the loop's condition depends on an input's values",
                  "only loops whose trips are known at compile time are supported yet");
    return std::nullopt;
  }
  return value->toInts()[0] != 0;
}

static void buildLoop(Node &n) {
  const onnx::GraphProto *body = n.graphAttr("body");
  std::optional<Ints> trips = n.knownInts(0, "the trip count");
  if (n.failed())
    return;
  int64_t carried = int64_t(n.numInputs()) - 2, scans = int64_t(body->output_size()) - 1 - carried;
  if (carried < 0 || scans < 0 || body->input_size() != carried + 2 ||
      int64_t(n.numOutputs()) > carried + scans)
    return n.invalid("the body's inputs and outputs do not fit the node's");
  int64_t limit = trips && !trips->empty() ? trips->front() : INT64_MAX, trip = 0;
  SmallVector<Value> state;
  for (int64_t i = 0; i < carried; ++i)
    state.push_back(n.input(2 + i));
  SmallVector<SmallVector<Value>> scanned(scans);
  std::optional<bool> goes = knownCondition(n, n.input(1));
  Type i64 = IntegerType::get(n.getContext(), 64), i1 = IntegerType::get(n.getContext(), 1);
  for (; goes && *goes && trip < limit; ++trip) {
    if (trip == maximumTrips)
      return n.unsupported(DiagnosticCode::LimitExceeded,
                           "the loop makes more than " + Twine(maximumTrips) + " trips");
    SmallVector<Value> arguments = {n.scalar(trip, i64), n.scalar(1, i1)}, results;
    arguments.append(state);
    if (!n.getImporter().importSubgraph(*body, arguments, results))
      return n.markFailed();
    goes = knownCondition(n, results[0]);
    state.assign(results.begin() + 1, results.begin() + 1 + carried);
    for (int64_t i = 0; i < scans; ++i)
      scanned[i].push_back(results[1 + carried + i]);
  }
  if (n.failed())
    return;
  for (int64_t i = 0; i < carried; ++i)
    n.setOutput(i, state[i]);
  for (int64_t i = 0; i < scans; ++i) {
    if (!n.wantsOutput(carried + i))
      continue;
    if (scanned[i].empty())
      return n.unsupported(DiagnosticCode::UnsupportedOp,
                           "the loop makes no trip, and its scan output has no shape");
    SmallVector<Value> rows;
    for (Value value : scanned[i]) {
      Ints shape(n.shape(value));
      shape.insert(shape.begin(), 1);
      rows.push_back(n.reshape(value, shape));
    }
    n.setOutput(carried + i, n.concat(rows, 0));
  }
}

ArrayRef<OperatorEntry> sinter::onnx_import::controlOperators() {
  static const OperatorEntry entries[] = {
      {"If", 1, buildIf, 1, 1},
      {"Loop", 1, buildLoop, 0, anyNumber},
  };
  return entries;
}
