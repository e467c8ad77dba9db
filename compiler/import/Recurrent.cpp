// Recurrent operators. An LSTM with default activations is nn.lstm; other recurrences are unrolled
// over their steps, the number of which is known.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::BinaryKind;
using nn::UnaryKind;

static constexpr int64_t maximumSteps = 512;

namespace {

struct Activation {
  UnaryKind kind;
  double alpha = 0, beta = 0;
};

// What the three recurrences have in common. Weights keep ONNX's leading axis of directions.
struct Recurrence {
  int64_t gates, activationsPerDirection;
  int64_t steps, batch, features, hidden, directions;
  nn::RnnDirection direction;
  bool batchFirst, defaultActivations;
  double clip;
  SmallVector<Activation> activations;
  Value x, w, r, bias,
      initialH; ///< Time first; bias and initial state filled with zeros where absent.
};

} // namespace

static std::optional<Activation> parseActivation(StringRef name) {
  static const std::pair<StringLiteral, Activation> known[] = {{"sigmoid", {UnaryKind::Sigmoid}},
                                                               {"tanh", {UnaryKind::Tanh}},
                                                               {"relu", {UnaryKind::Relu}},
                                                               {"softsign", {UnaryKind::Softsign}},
                                                               {"softplus", {UnaryKind::Softplus}},
                                                               {"leakyrelu", {UnaryKind::LeakyRelu, 0.01f}},
                                                               {"elu", {UnaryKind::Elu, 1}},
                                                               {"thresholdedrelu", {UnaryKind::ThresholdedRelu, 1}},
                                                               {"hardsigmoid", {UnaryKind::HardSigmoid, 0.2f, 0.5}}};
  for (auto &[word, activation] : known)
    if (name.lower() == word)
      return activation;
  return std::nullopt;
}

static bool readActivations(Node &n, ArrayRef<StringRef> defaults, Recurrence &c) {
  c.defaultActivations = true;
  std::optional<SmallVector<std::string>> given = n.stringsAttr("activations");
  for (const char *name : {"activation_alpha", "activation_beta"})
    if (n.hasAttribute(name)) {
      n.unsupported(DiagnosticCode::UnsupportedAttr, Twine(name) + " is not supported");
      return false;
    }
  if (given && given->size() != defaults.size() * c.directions) {
    n.invalid("activations has " + Twine(given->size()) + " values, needs " + Twine(defaults.size() * c.directions));
    return false;
  }
  for (size_t i = 0; i < defaults.size() * c.directions; ++i) {
    StringRef standard = defaults[i % defaults.size()], name = given ? StringRef((*given)[i]) : standard;
    std::optional<Activation> activation = parseActivation(name);
    if (!activation) {
      n.unsupported(DiagnosticCode::UnsupportedAttr, "activation '" + name + "' is not supported");
      return false;
    }
    c.defaultActivations &= name.lower() == standard;
    c.activations.push_back(*activation);
  }
  return true;
}

// Sequences of different lengths are not supported; lengths that all are the number of steps say
// nothing.
static bool checkLengths(Node &n, int64_t steps) {
  if (!n.hasInput(4))
    return true;
  std::optional<nn::Tensor> lengths = n.known(n.input(4));
  if (lengths && llvm::all_of(lengths->toInts(), [&](int64_t length) { return length == steps; }))
    return true;
  n.unsupported(DiagnosticCode::UnsupportedOp,
                "sequence_lens is not supported unless every sequence has all " + Twine(steps) + " steps",
                "remove the input sequence_lens");
  return false;
}

static bool checkShape(Node &n, StringRef what, Value value, ArrayRef<int64_t> expected) {
  if (n.shape(value) == expected)
    return true;
  n.invalid(what + " has the wrong shape");
  return false;
}

static bool readRecurrence(Node &n, int64_t gates, ArrayRef<StringRef> activations, Recurrence &c) {
  c.gates = gates;
  c.activationsPerDirection = activations.size();
  c.batchFirst = n.intAttr("layout", 0) != 0;
  c.clip = n.floatAttr("clip", 0);
  std::optional<nn::RnnDirection> direction = nn::symbolizeRnnDirection(n.stringAttr("direction", "forward"));
  c.x = n.input(0);
  c.w = n.input(1);
  c.r = n.input(2);
  if (!direction || n.rank(c.x) != 3 || n.rank(c.w) != 3 || n.rank(c.r) != 3) {
    n.invalid("X, W and R need rank 3, and direction must be forward, reverse or bidirectional");
    return false;
  }
  c.direction = *direction;
  c.directions = c.direction == nn::RnnDirection::Bidirectional ? 2 : 1;
  if (c.batchFirst)
    c.x = n.transpose(c.x, {1, 0, 2});
  c.steps = n.shape(c.x)[0];
  c.batch = n.shape(c.x)[1];
  c.features = n.shape(c.x)[2];
  c.hidden = n.shape(c.r)[2];
  if (n.intAttr("hidden_size", c.hidden) != c.hidden) {
    n.invalid("hidden_size differs from R's last axis, " + Twine(c.hidden));
    return false;
  }
  Type element = n.element(c.x);
  c.bias = n.hasInput(3) ? n.input(3) : n.splat({c.directions, 2 * gates * c.hidden}, 0, element);
  c.initialH = n.input(5);
  if (c.initialH && c.batchFirst)
    c.initialH = n.transpose(c.initialH, {1, 0, 2});
  if (!c.initialH)
    c.initialH = n.splat({c.directions, c.batch, c.hidden}, 0, element);
  return !n.failed() && checkShape(n, "W", c.w, {c.directions, gates * c.hidden, c.features}) &&
         checkShape(n, "R", c.r, {c.directions, gates * c.hidden, c.hidden}) &&
         checkShape(n, "B", c.bias, {c.directions, 2 * gates * c.hidden}) &&
         checkShape(n, "initial_h", c.initialH, {c.directions, c.batch, c.hidden}) && checkLengths(n, c.steps) &&
         readActivations(n, activations, c);
}

// Results in the order that `layout` asks for: y [steps, directions, batch, hidden], states
// [directions, batch, hidden].
static void setResults(Node &n, const Recurrence &c, Value y, ArrayRef<Value> states) {
  if (n.wantsOutput(0))
    n.setOutput(0, c.batchFirst ? n.transpose(y, {2, 0, 1, 3}) : y);
  for (auto [i, state] : llvm::enumerate(states))
    if (n.wantsOutput(1 + i))
      n.setOutput(1 + i, c.batchFirst ? n.transpose(state, {1, 0, 2}) : state);
}

//===--------------------------------------------------------------------------------------------------------------===//
// Unrolling
//===--------------------------------------------------------------------------------------------------------------===//

namespace {

/// One direction of a recurrence, step by step. `Step` advances the states (h, and c of an LSTM)
/// with the gates' sums.
class Unrolled {
public:
  Unrolled(Node &n, const Recurrence &c, int64_t d) : n(n), c(c), d(d) {
    int64_t rows = c.gates * c.hidden;
    weights = n.transpose(row(c.w, {rows, c.features}), {1, 0});
    recurrent = n.transpose(row(c.r, {rows, c.hidden}), {1, 0});
    Value both = row(c.bias, {2 * rows});
    inputBias = n.sliceAxis(both, 0, 0, rows);
    stateBias = n.sliceAxis(both, 0, rows, rows);
  }

  /// The slice of a per-direction tensor, reshaped.
  Value row(Value value, ArrayRef<int64_t> shape) { return n.reshape(n.sliceAxis(value, 0, d, 1), shape); }
  Value step(int64_t t) { return n.reshape(n.sliceAxis(c.x, 0, t, 1), {c.batch, c.features}); }
  Value inputPart(Value x) { return n.matmul(x, weights, inputBias); }
  Value statePart(Value h) { return n.matmul(h, recurrent, stateBias); }
  /// The columns of one gate.
  Value gate(Value sums, int64_t index) { return n.sliceAxis(sums, 1, index * c.hidden, c.hidden); }

  /// An activation, of the clipped sum.
  Value activate(int64_t index, Value x) {
    if (c.clip > 0) {
      Type element = n.element(x);
      x = n.binary(BinaryKind::Min, n.binary(BinaryKind::Max, x, n.scalar(-c.clip, element)),
                   n.scalar(c.clip, element));
    }
    const Activation &a = c.activations[d * c.activationsPerDirection + index];
    return n.unary(a.kind, x, a.alpha, a.beta);
  }

  Node &n;
  const Recurrence &c;
  int64_t d;
  Value weights, recurrent, inputBias, stateBias;
};

} // namespace

// Runs every direction and joins the results. `advance(unrolled, x, states)` replaces the states.
template <typename Advance> static void unroll(Node &n, const Recurrence &c, ArrayRef<Value> initial, Advance advance) {
  if (c.steps * c.directions > maximumSteps)
    return n.unsupported(DiagnosticCode::LimitExceeded,
                         "has " + Twine(c.steps) + " steps; in this form the limit is " + Twine(maximumSteps));
  if (c.steps == 0)
    return n.unsupported(DiagnosticCode::UnsupportedOp, "has no steps");
  SmallVector<SmallVector<Value>> outputs(c.steps);
  SmallVector<SmallVector<Value>> finals(initial.size());
  for (int64_t d = 0; d < c.directions && !n.failed(); ++d) {
    Unrolled u(n, c, d);
    SmallVector<Value> states;
    for (Value state : initial)
      states.push_back(u.row(state, {c.batch, c.hidden}));
    bool reverse = c.direction == nn::RnnDirection::Reverse || d == 1;
    for (int64_t i = 0; i < c.steps && !n.failed(); ++i) {
      int64_t t = reverse ? c.steps - 1 - i : i;
      advance(u, u.step(t), states);
      outputs[t].push_back(n.reshape(states[0], {1, 1, c.batch, c.hidden}));
    }
    for (auto [i, state] : llvm::enumerate(states))
      finals[i].push_back(n.reshape(state, {1, c.batch, c.hidden}));
  }
  if (n.failed())
    return;
  SmallVector<Value> rows, states;
  for (auto &row : outputs)
    rows.push_back(n.concat(row, 1));
  for (auto &final : finals)
    states.push_back(n.concat(final, 0));
  setResults(n, c, n.concat(rows, 0), states);
}

static void buildRnn(Node &n) {
  Recurrence c;
  if (!readRecurrence(n, 1, {"tanh"}, c))
    return;
  unroll(n, c, {c.initialH}, [&](Unrolled &u, Value x, SmallVectorImpl<Value> &states) {
    states[0] = u.activate(0, n.add(u.inputPart(x), u.statePart(states[0])));
  });
}

// Gates z, r, h.
static void buildGru(Node &n) {
  Recurrence c;
  bool linearBeforeReset = n.intAttr("linear_before_reset", 0) != 0;
  if (!readRecurrence(n, 3, {"sigmoid", "tanh"}, c))
    return;
  unroll(n, c, {c.initialH}, [&](Unrolled &u, Value x, SmallVectorImpl<Value> &states) {
    Value h = states[0], input = u.inputPart(x), state = u.statePart(h);
    Value z = u.activate(0, n.add(u.gate(input, 0), u.gate(state, 0)));
    Value r = u.activate(0, n.add(u.gate(input, 1), u.gate(state, 1)));
    Value candidate = linearBeforeReset ? n.mul(r, u.gate(state, 2)) : u.gate(u.statePart(n.mul(r, h)), 2);
    candidate = u.activate(1, n.add(u.gate(input, 2), candidate));
    Value keep = n.mul(z, h), one = n.scalar(1, n.element(h));
    states[0] = n.add(n.mul(n.sub(one, z), candidate), keep);
  });
}

//===--------------------------------------------------------------------------------------------------------------===//
// LSTM
//===--------------------------------------------------------------------------------------------------------------===//

// Gates i, o, f, c, with peepholes from the cell in the order i, o, f.
static void unrollLstm(Node &n, const Recurrence &c, Value initialC) {
  Value peepholes = n.input(7);
  bool coupled = n.intAttr("input_forget", 0) != 0;
  unroll(n, c, {c.initialH, initialC}, [&](Unrolled &u, Value x, SmallVectorImpl<Value> &states) {
    Value cell = states[1], sums = n.add(u.inputPart(x), u.statePart(states[0]));
    auto peep = [&](Value sum, int64_t index, Value from) {
      if (!peepholes)
        return sum;
      Value weights = n.sliceAxis(u.row(peepholes, {3 * c.hidden}), 0, index * c.hidden, c.hidden);
      return n.add(sum, n.mul(weights, from));
    };
    Value i = u.activate(0, peep(u.gate(sums, 0), 0, cell));
    Value f = coupled ? n.sub(n.scalar(1, n.element(i)), i) : u.activate(0, peep(u.gate(sums, 2), 2, cell));
    Value candidate = u.activate(1, u.gate(sums, 3));
    states[1] = n.add(n.mul(f, cell), n.mul(i, candidate));
    Value o = u.activate(0, peep(u.gate(sums, 1), 1, states[1]));
    // The cell is not clipped on its way out.
    const Activation &last = c.activations[u.d * c.activationsPerDirection + 2];
    states[0] = n.mul(o, n.unary(last.kind, states[1], last.alpha, last.beta));
  });
}

static void buildLstm(Node &n) {
  Recurrence c;
  if (!readRecurrence(n, 4, {"sigmoid", "tanh", "tanh"}, c))
    return;
  Value initialC = n.input(6);
  if (initialC && c.batchFirst)
    initialC = n.transpose(initialC, {1, 0, 2});
  if (!initialC)
    initialC = n.splat({c.directions, c.batch, c.hidden}, 0, n.element(c.x));
  if (n.failed() || !checkShape(n, "initial_c", initialC, {c.directions, c.batch, c.hidden}))
    return;
  if (n.hasInput(7) && !checkShape(n, "P", n.input(7), {c.directions, 3 * c.hidden}))
    return;
  bool coupled = n.intAttr("input_forget", 0) != 0;
  if (n.hasInput(7) || coupled || c.clip > 0 || !c.defaultActivations)
    return unrollLstm(n, c, initialC);
  Type element = n.element(c.x);
  Type state = RankedTensorType::get({c.directions, c.batch, c.hidden}, element);
  SmallVector<Type> types = {RankedTensorType::get({c.steps, c.directions, c.batch, c.hidden}, element), state, state};
  SmallVector<Value> results =
      n.createTyped<nn::LstmOp>(types, c.x, c.w, c.r, c.bias, c.initialH, initialC, c.direction);
  if (!n.failed())
    setResults(n, c, results[0], {results[1], results[2]});
}

ArrayRef<OperatorEntry> sinter::onnx_import::recurrentOperators() {
  static const OperatorEntry entries[] = {
      {"GRU", 7, buildGru, 3, 6},
      {"LSTM", 7, buildLstm, 3, 8},
      {"RNN", 7, buildRnn, 3, 6},
  };
  return entries;
}
