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

static void selectBranches(Node &n, const onnx::GraphProto &thenGraph, const onnx::GraphProto &elseGraph) {
  SmallVector<Value> taken, other;
  bool both = n.getImporter().importSubgraph(thenGraph, {}, taken);
  both &= n.getImporter().importSubgraph(elseGraph, {}, other);
  if (!both)
    return n.markFailed();
  Value condition = n.reshape(n.input(0), {});
  for (unsigned i = 0; i < n.numOutputs(); ++i) {
    if (taken[i].getType() != other[i].getType())
      return n.unsupported(DiagnosticCode::UnsupportedOp,
                           "the condition depends on an input's values, and the branches give output " + Twine(i) +
                               " different shapes or types",
                           "make the condition a constant of the model, or give both branches one shape");
    n.setOutput(i, n.select(condition, taken[i], other[i]));
  }
}

static void buildIf(Node &n) {
  const onnx::GraphProto *thenGraph = n.graphAttr("then_branch"), *elseGraph = n.graphAttr("else_branch");
  if (n.failed())
    return;
  if (!n.element(n.input(0)).isInteger(1) || n.type(n.input(0)).getNumElements() != 1)
    return n.invalid("condition must be one bool");
  for (const onnx::GraphProto *graph : {thenGraph, elseGraph})
    if (unsigned(graph->output_size()) != n.numOutputs() || graph->input_size() != 0)
      return n.invalid("branches must have no inputs and the node's " + Twine(n.numOutputs()) + " outputs");
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
    n.unsupported(DiagnosticCode::UnsupportedOp, "the loop's condition depends on an input's values",
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
  if (carried < 0 || scans < 0 || body->input_size() != carried + 2 || int64_t(n.numOutputs()) > carried + scans)
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
      return n.unsupported(DiagnosticCode::LimitExceeded, "the loop makes more than " + Twine(maximumTrips) + " trips");
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
      return n.unsupported(DiagnosticCode::UnsupportedOp, "the loop makes no trip, and its scan output has no shape");
    SmallVector<Value> rows;
    for (Value value : scanned[i]) {
      Ints shape(n.shape(value));
      shape.insert(shape.begin(), 1);
      rows.push_back(n.reshape(value, shape));
    }
    n.setOutput(carried + i, n.concat(rows, 0));
  }
}

// Scan: the body runs once for each element of its scan inputs' axes, which have a known length.
static void buildScan(Node &n) {
  const onnx::GraphProto *body = n.graphAttr("body");
  int64_t scanned = n.intAttr("num_scan_inputs", 0);
  if (n.failed())
    return;
  int64_t carried = int64_t(n.numInputs()) - scanned, collected = int64_t(body->output_size()) - carried;
  if (scanned < 1 || carried < 0 || collected < 0 || body->input_size() != int64_t(n.numInputs()) ||
      body->output_size() != int64_t(n.numOutputs()))
    return n.invalid("the body's inputs and outputs do not fit the node's");
  auto values = [&](StringRef name, int64_t count) { return n.intsAttr(name).value_or(Ints(count, 0)); };
  Ints inAxes = values("scan_input_axes", scanned), inReverse = values("scan_input_directions", scanned);
  Ints outAxes = values("scan_output_axes", collected), outReverse = values("scan_output_directions", collected);
  if (int64_t(inAxes.size()) != scanned || int64_t(inReverse.size()) != scanned ||
      int64_t(outAxes.size()) != collected || int64_t(outReverse.size()) != collected)
    return n.invalid("axes and directions need one value for each scan input and output");
  for (int64_t i = 0; i < scanned; ++i)
    inAxes[i] = n.normalizeAxis(inAxes[i], n.rank(n.input(carried + i)));
  if (n.failed())
    return;
  int64_t trips = n.shape(n.input(carried))[inAxes[0]];
  if (trips > maximumTrips || trips == 0)
    return n.unsupported(DiagnosticCode::LimitExceeded,
                         "the scan makes " + Twine(trips) + " trips, supported are 1 to " + Twine(maximumTrips));
  SmallVector<Value> state;
  for (int64_t i = 0; i < carried; ++i)
    state.push_back(n.input(i));
  SmallVector<SmallVector<Value>> rows(collected);
  for (int64_t trip = 0; trip < trips; ++trip) {
    SmallVector<Value> arguments(state), results;
    for (int64_t i = 0; i < scanned; ++i) {
      Value input = n.input(carried + i);
      Ints shape(n.shape(input));
      if (shape[inAxes[i]] != trips)
        return n.invalid("scan inputs have different lengths");
      shape.erase(shape.begin() + inAxes[i]);
      arguments.push_back(n.reshape(n.sliceAxis(input, inAxes[i], inReverse[i] ? trips - 1 - trip : trip, 1), shape));
    }
    if (!n.getImporter().importSubgraph(*body, arguments, results))
      return n.markFailed();
    state.assign(results.begin(), results.begin() + carried);
    for (int64_t i = 0; i < collected; ++i)
      rows[i].push_back(results[carried + i]);
  }
  for (int64_t i = 0; i < carried; ++i)
    n.setOutput(i, state[i]);
  for (int64_t i = 0; i < collected; ++i) {
    int64_t axis = n.normalizeAxis(outAxes[i], n.rank(rows[i][0]) + 1);
    if (n.failed())
      return;
    if (outReverse[i])
      std::reverse(rows[i].begin(), rows[i].end());
    for (Value &row : rows[i]) {
      Ints shape(n.shape(row));
      shape.insert(shape.begin() + axis, 1);
      row = n.reshape(row, shape);
    }
    n.setOutput(carried + i, n.concat(rows[i], axis));
  }
}

ArrayRef<OperatorEntry> sinter::onnx_import::controlOperators() {
  static const OperatorEntry entries[] = {
      {"If", 1, buildIf, 1, 1},
      {"Loop", 1, buildLoop, 0, anyNumber},
      {"Scan", 9, buildScan, 1, anyNumber},
  };
  return entries;
}
