// Attention and the operators around it in language models, in terms of matrix products, softmax
// and movement.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"
#include "compiler/support/Limits.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::CompareKind;
using nn::UnaryKind;

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {

class Attention {
public:
  explicit Attention(Node &n) : n(n) {}
  void build();

private:
  bool readHeads();
  Value splitHeads(Value x, int64_t heads);
  Value repeatHeads(Value x);
  Value bias();
  Value causalBias(Value offset);
  Value windowed(Value bias, Value offset);
  Value indices(int64_t count, int64_t axis);
  Value choose(Value allowed);
  Value rowsWithoutKeys(Value bias);

  Node &n;
  Value q, k, v;
  int64_t batch, queryHeads, keyHeads, queries, keys;
  int64_t left, right;
  Type element;
};

} // namespace

// [batch, sequence, heads * size] to [batch, heads, sequence, size].
Value Attention::splitHeads(Value x, int64_t heads) {
  Ints shape(n.shape(x));
  if (heads < 1 || shape[2] % heads != 0) {
    n.invalid(Twine(heads) + " heads do not divide a hidden size of " + Twine(shape[2]));
    return {};
  }
  return n.transpose(n.reshape(x, {shape[0], shape[1], heads, shape[2] / heads}), {0, 2, 1, 3});
}

bool Attention::readHeads() {
  int64_t givenQuery = n.intAttr("q_num_heads", 0), givenKey = n.intAttr("kv_num_heads", 0);
  q = n.input(0);
  k = n.input(1);
  v = n.input(2);
  int64_t rank = n.rank(q);
  if ((rank != 3 && rank != 4) || n.rank(k) != rank || n.rank(v) != rank) {
    n.invalid("Q, K and V must all have rank 3 or 4");
    return false;
  }
  if (rank == 3) {
    q = splitHeads(q, givenQuery);
    k = splitHeads(k, givenKey);
    v = splitHeads(v, givenKey);
  }
  if (n.hasInput(4) != n.hasInput(5)) {
    n.invalid("past_key and past_value must be given together");
    return false;
  }
  if (n.hasInput(4) && !n.failed()) {
    k = n.concat({n.input(4), k}, 2);
    v = n.concat({n.input(5), v}, 2);
  }
  if (n.failed())
    return false;
  batch = n.shape(q)[0];
  queryHeads = n.shape(q)[1];
  queries = n.shape(q)[2];
  keyHeads = n.shape(k)[1];
  keys = n.shape(k)[2];
  element = n.element(q);
  if (keyHeads >= 1 && queryHeads % keyHeads == 0)
    return true;
  n.invalid(Twine(keyHeads) + " heads of keys do not divide " + Twine(queryHeads) + " of queries");
  return false;
}

// Each head of keys or values serves a group of query heads: [h0, h0, h1, h1, …].
Value Attention::repeatHeads(Value x) {
  if (queryHeads == keyHeads)
    return x;
  Ints shape(n.shape(x)), apart = {shape[0], shape[1], 1, shape[2], shape[3]}, repeated(apart);
  repeated[2] = queryHeads / keyHeads;
  return n.reshape(n.broadcast(n.reshape(x, apart), repeated), {shape[0], queryHeads, shape[2], shape[3]});
}

// 0, 1, 2 … along one of two axes.
Value Attention::indices(int64_t count, int64_t axis) {
  Ints values(count), shape = {1, 1};
  for (auto [i, value] : llvm::enumerate(values))
    value = i;
  shape[axis] = count;
  return n.reshape(n.i64Vector(values), shape);
}

Value Attention::choose(Value allowed) { return n.select(allowed, n.scalar(0, element), n.scalar(-infinity, element)); }

// Query i sees keys up to i + offset.
Value Attention::causalBias(Value offset) {
  return choose(n.compare(CompareKind::LessOrEqual, indices(keys, 1), n.add(indices(queries, 0), offset)));
}

// Query i sees keys within a distance of its position i + offset.
Value Attention::windowed(Value bias, Value offset) {
  Value distance = n.sub(n.add(indices(queries, 0), offset), indices(keys, 1));
  Type i64 = n.element(distance);
  if (left >= 0)
    bias = n.add(bias, choose(n.compare(CompareKind::LessOrEqual, distance, n.scalar(left, i64))));
  if (right >= 0)
    bias = n.add(bias, choose(n.compare(CompareKind::GreaterOrEqual, distance, n.scalar(-right, i64))));
  return bias;
}

// What is added to the scores: the mask, the causal frontier, the window, and the cache's unused
// end. Null if nothing.
Value Attention::bias() {
  bool causal = n.intAttr("is_causal", 0) != 0;
  left = n.intAttr("left_window_size", -1);
  right = n.intAttr("right_window_size", -1);
  Type i64 = IntegerType::get(n.getContext(), 64);
  Value mask = n.input(3), valid = n.input(6), result;
  if (mask && n.rank(mask) > 0) {
    bool isBool = n.element(mask).isInteger(1);
    int64_t missing = keys - n.shape(mask).back();
    if (missing > 0) {
      Ints pads(2 * n.rank(mask), 0);
      pads.back() = missing;
      mask = n.pad(mask, pads, isBool ? n.scalar(0, n.element(mask)) : n.scalar(-infinity, n.element(mask)));
    }
    result = isBool ? choose(mask) : mask;
  }
  // Keys before the first query: those of the cache.
  Value offset = n.scalar(n.hasInput(4) ? n.shape(n.input(4))[2] : 0, i64);
  if (valid) {
    valid = n.reshape(n.cast(valid, i64), {batch, 1, 1, 1});
    if (!n.hasInput(4))
      offset = n.sub(valid, n.scalar(queries, i64));
  }
  if (causal)
    result = result ? n.add(result, causalBias(offset)) : causalBias(offset);
  if (left >= 0 || right >= 0)
    result = windowed(result ? result : n.splat({queries, keys}, 0, element), offset);
  if (valid) {
    Value end = choose(n.compare(CompareKind::Less, indices(keys, 1), valid));
    result = result ? n.add(result, end) : end;
  }
  return result;
}

// Where every key is masked the probabilities are zero, not undefined.
Value Attention::rowsWithoutKeys(Value bias) {
  int64_t last = n.rank(bias) - 1;
  Value most = n.reduce(nn::ReduceKind::Max, bias, {last});
  return n.unary(UnaryKind::IsInf, most, 1, 0);
}

void Attention::build() {
  if (!readHeads())
    return;
  double scale = n.floatAttr("scale", 1.0 / std::sqrt(double(n.shape(q)[3]))), cap = n.floatAttr("softcap", 0);
  int64_t mode = n.intAttr("qk_matmul_output_mode", 0), precision = n.intAttr("softmax_precision", 0);
  if (n.wantsOutput(1))
    n.setOutput(1, k);
  if (n.wantsOutput(2))
    n.setOutput(2, v);
  // The scale is shared between both factors, so that half precision does not overflow.
  Value factor = n.scalar(std::sqrt(scale), element);
  Value keysAcross = n.transpose(repeatHeads(k), {0, 1, 3, 2});
  Value scores = n.matmul(n.mul(q, factor), n.mul(keysAcross, factor)), shown = scores;
  auto capped = [&](Value x) {
    Value c = n.scalar(cap, element);
    return cap > 0 ? n.mul(n.unary(UnaryKind::Tanh, n.div(x, c)), c) : x;
  };
  Value added = bias();
  auto biased = [&](Value x) { return added ? n.add(x, added) : x; };
  scores = capped(scores);
  if (mode == 1)
    shown = scores;
  scores = biased(scores);
  if (mode == 2)
    shown = scores;
  if (n.failed())
    return;
  Value wide = precision ? n.cast(scores, n.elementOf(precision)) : scores;
  Value probabilities = n.create<nn::SoftmaxOp>(wide, 3, false);
  if (added)
    probabilities = n.select(rowsWithoutKeys(added), n.scalar(0, n.element(wide)), probabilities);
  if (mode == 3)
    shown = probabilities;
  Value y = n.matmul(n.cast(probabilities, element), repeatHeads(v));
  if (n.rank(n.input(0)) == 3 && !n.failed())
    y = n.reshape(n.transpose(y, {0, 2, 1, 3}), {batch, queries, queryHeads * n.shape(v)[3]});
  n.setOutput(0, y);
  if (n.wantsOutput(3))
    n.setOutput(3, n.cast(shown, element));
}

static void buildAttention(Node &n) { Attention(n).build(); }

// Pairs of elements of each head are rotated by an angle that depends on the position.
static void buildRotaryEmbedding(Node &n) {
  Value x = n.input(0);
  int64_t heads = n.intAttr("num_heads", 0), rotated = n.intAttr("rotary_embedding_dim", 0);
  bool interleaved = n.intAttr("interleaved", 0) != 0;
  Ints original(n.shape(x));
  if (original.size() == 3) {
    if (heads < 1 || original[2] % heads != 0)
      return n.invalid("num_heads " + Twine(heads) + " does not divide " + Twine(original[2]));
    x = n.reshape(x, {original[0], original[1], heads, original[2] / heads});
  } else if (original.size() == 4) {
    x = n.transpose(x, {0, 2, 1, 3});
  } else {
    return n.invalid("input must have rank 3 or 4");
  }
  Ints shape(n.shape(x)); // Batch, sequence, heads, size.
  if (rotated == 0)
    rotated = shape[3];
  if (rotated < 2 || rotated % 2 != 0 || rotated > shape[3])
    return n.invalid("rotary_embedding_dim " + Twine(rotated) + " does not fit heads of size " + Twine(shape[3]));
  int64_t half = rotated / 2;
  auto cache = [&](unsigned i) {
    Value c = n.hasInput(3) ? n.gather(n.input(i), n.input(3), 0) : n.input(i);
    if (n.shape(c) == ArrayRef<int64_t>({shape[0], shape[1], half}))
      return n.reshape(c, {shape[0], shape[1], 1, half});
    n.invalid("the caches do not fit the input and rotary_embedding_dim");
    return Value();
  };
  Value cosine = cache(1), sine = n.failed() ? Value() : cache(2);
  if (n.failed())
    return;
  Value turning = n.sliceAxis(x, 3, 0, rotated), first, second;
  Ints starts(4, 0), sizes(shape), steps(4, 1);
  sizes[3] = half;
  steps[3] = interleaved ? 2 : 1;
  first = n.slice(turning, starts, sizes, steps);
  starts[3] = interleaved ? 1 : half;
  second = n.slice(turning, starts, sizes, steps);
  Value real = n.sub(n.mul(cosine, first), n.mul(sine, second));
  Value imaginary = n.add(n.mul(sine, first), n.mul(cosine, second));
  Value turned;
  if (interleaved) {
    Ints column(sizes), joined(shape);
    column.push_back(1);
    joined[3] = rotated;
    turned = n.reshape(n.concat({n.reshape(real, column), n.reshape(imaginary, column)}, 4), joined);
  } else {
    turned = n.concat({real, imaginary}, 3);
  }
  if (rotated < shape[3])
    turned = n.concat({turned, n.sliceAxis(x, 3, rotated, shape[3] - rotated)}, 3);
  n.setOutput(0, original.size() == 3 ? n.reshape(turned, original) : n.transpose(turned, {0, 2, 1, 3}));
}

// Writes a block of each sequence at its own position along `axis`: a scatter whose tuples are
// (batch, position).
static void buildTensorScatter(Node &n) {
  Value cache = n.input(0), update = n.input(1);
  int64_t rank = n.rank(cache), axis = n.normalizeAxis(n.intAttr("axis", -2), rank);
  std::string mode = n.stringAttr("mode", "linear");
  if (n.failed() || n.rank(update) != rank || axis == 0 || (mode != "linear" && mode != "circular"))
    return n.invalid("cache and update need one rank, axis must not be the batch's, and mode be "
                     "linear or circular");
  int64_t batch = n.shape(cache)[0], room = n.shape(cache)[axis], length = n.shape(update)[axis];
  if (batch + length > limits::foldedElements || length > room)
    return n.invalid("update of length " + Twine(length) + " does not fit a cache of length " + Twine(room));
  Type i64 = IntegerType::get(n.getContext(), 64);
  auto counting = [&](int64_t count, ArrayRef<int64_t> shape) {
    Ints values(count);
    for (auto [i, value] : llvm::enumerate(values))
      value = i;
    return n.reshape(n.i64Vector(values), shape);
  };
  Value position = n.broadcast(counting(length, {1, length}), {batch, length});
  if (n.hasInput(2))
    position = n.add(position, n.reshape(n.cast(n.input(2), i64), {batch, 1}));
  if (mode == "circular")
    position = n.binary(nn::BinaryKind::Mod, position, n.scalar(room, i64));
  Value sequence = n.broadcast(counting(batch, {batch, 1}), {batch, length});
  Value tuples = n.concat({n.reshape(sequence, {batch, length, 1}), n.reshape(position, {batch, length, 1})}, 2);
  // The axis moves next to the batch for the scatter, and back.
  Ints forth = {0, axis}, back(rank, 0);
  for (int64_t i = 1; i < rank; ++i)
    if (i != axis)
      forth.push_back(i);
  for (auto [i, from] : llvm::enumerate(forth))
    back[from] = i;
  Value written =
      n.create<nn::ScatterNdOp>(nn::ScatterKind::None, n.transpose(cache, forth), tuples, n.transpose(update, forth));
  n.setOutput(0, n.transpose(written, back));
}

static void buildSwiGlu(Node &n) {
  n.setOutput(0, n.mul(n.unary(UnaryKind::Swish, n.input(0), n.floatAttr("alpha", 1)), n.input(1)));
}

// A depthwise convolution over the last positions of the previous call and those of this one.
static void buildCausalConv(Node &n) {
  Value x = n.input(0), filter = n.input(1);
  std::string activation = n.stringAttr("activation", "none");
  if (n.rank(x) != 3 || n.rank(filter) != 3 || n.shape(filter)[2] < 1)
    return n.invalid("input and weight must have rank 3");
  if (activation != "none" && activation != "silu" && activation != "swish")
    return n.invalid("activation is '" + activation + "'");
  int64_t kept = n.shape(filter)[2] - 1, channels = n.shape(x)[1];
  Value past = n.hasInput(3) ? n.input(3) : n.splat({n.shape(x)[0], channels, kept}, 0, n.element(x));
  Value whole = kept == 0 ? x : n.concat({past, x}, 2);
  Ints one = {1}, none = {0, 0};
  Value y = n.create<nn::ConvOp>(whole, filter, n.input(2), one, none, one, channels);
  n.setOutput(0, activation == "none" ? y : n.unary(UnaryKind::Swish, y, 1));
  if (n.wantsOutput(1) && !n.failed())
    n.setOutput(1, n.sliceAxis(whole, 2, n.shape(whole)[2] - kept, kept));
}

ArrayRef<OperatorEntry> sinter::onnx_import::attentionOperators() {
  static const OperatorEntry entries[] = {
      {"Attention", 23, buildAttention, 3, 7},
      {"CausalConvWithState", 27, buildCausalConv, 2, 4},
      {"RotaryEmbedding", 23, buildRotaryEmbedding, 3, 4},
      {"SwiGLU", 28, buildSwiGlu, 2, 2},
      {"TensorScatter", 24, buildTensorScatter, 2, 3},
  };
  return entries;
}
