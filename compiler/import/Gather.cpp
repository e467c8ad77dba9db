// Operators that choose elements by index or mask.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Node.h"
#include "compiler/import/Operators.h"
#include "compiler/support/Limits.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;
using nn::CompareKind;
using nn::ScatterKind;

static void buildGather(Node &n) {
  int64_t axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(n.input(0)));
  n.setOutput(0, n.gather(n.input(0), n.input(1), axis));
}

static void buildGatherElements(Node &n) {
  int64_t axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(n.input(0)));
  n.setOutput(0, n.create<nn::GatherElementsOp>(n.input(0), n.input(1), axis));
}

static void buildGatherNd(Node &n) {
  n.setOutput(0, n.create<nn::GatherNdOp>(n.input(0), n.input(1), n.intAttr("batch_dims", 0)));
}

static std::optional<ScatterKind> scatterKind(Node &n) {
  std::string reduction = n.stringAttr("reduction", "none");
  static const std::pair<StringLiteral, ScatterKind> kinds[] = {{"none", ScatterKind::None},
                                                                {"add", ScatterKind::Add},
                                                                {"mul", ScatterKind::Mul},
                                                                {"max", ScatterKind::Max},
                                                                {"min", ScatterKind::Min}};
  for (auto &[name, kind] : kinds)
    if (name == reduction)
      return kind;
  n.invalid("reduction is '" + reduction + "'");
  return std::nullopt;
}

static void buildScatterElements(Node &n) {
  int64_t axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(n.input(0)));
  if (std::optional<ScatterKind> kind = scatterKind(n))
    n.setOutput(0, n.create<nn::ScatterElementsOp>(*kind, n.input(0), n.input(1), n.input(2), axis));
}

static void buildScatterNd(Node &n) {
  if (std::optional<ScatterKind> kind = scatterKind(n))
    n.setOutput(0, n.create<nn::ScatterNdOp>(*kind, n.input(0), n.input(1), n.input(2)));
}

// 0, 1, 2 … along one axis of a tensor of this rank.
static Value counting(Node &n, int64_t count, int64_t rank, int64_t axis) {
  Ints values(count), shape(rank, 1);
  for (auto [i, value] : llvm::enumerate(values))
    value = i;
  shape[axis] = count;
  return n.reshape(n.i64Vector(values), shape);
}

static void buildOneHot(Node &n) {
  std::optional<Ints> depth;
  if (n.isFloat(n.input(1))) {
    if (std::optional<SmallVector<double>> value = n.knownFloats(1, "depth"))
      depth = Ints{value->empty() ? -1 : static_cast<int64_t>(value->front())};
  } else {
    depth = n.knownInts(1, "depth");
  }
  if (n.failed())
    return;
  if (depth->size() != 1 || depth->front() < 0 || depth->front() > limits::foldedElements)
    return n.invalid("depth must be one value between 0 and " + Twine(limits::foldedElements));
  int64_t count = depth->front(), rank = n.rank(n.input(0)) + 1;
  int64_t axis = n.normalizeAxis(n.intAttr("axis", -1), rank);
  if (n.failed())
    return;
  Type i64 = IntegerType::get(n.getContext(), 64);
  Value indices = n.cast(n.input(0), i64), zero = n.scalar(0, i64);
  // Negative indices count from the end; those out of range match nothing.
  Value wrapped = n.select(n.compare(CompareKind::Less, indices, zero), n.add(indices, n.scalar(count, i64)), indices);
  Ints shape(n.shape(indices));
  shape.insert(shape.begin() + axis, 1);
  Value hit = n.compare(CompareKind::Equal, n.reshape(wrapped, shape), counting(n, count, rank, axis));
  Value off = n.reshape(n.sliceAxis(n.input(2), 0, 0, 1), {}), on = n.reshape(n.sliceAxis(n.input(2), 0, 1, 1), {});
  n.setOutput(0, n.select(hit, on, off));
}

static void buildTrilu(Node &n) {
  Value x = n.input(0);
  bool upper = n.intAttr("upper", 1) != 0;
  std::optional<Ints> k = n.knownInts(1, "k");
  if (n.failed())
    return;
  if (n.rank(x) < 2 || (k && k->size() != 1))
    return n.invalid("input needs rank 2 or more, and k one value");
  int64_t rows = n.shape(x).end()[-2], columns = n.shape(x).back();
  if (rows + columns > limits::foldedElements)
    return n.unsupported(DiagnosticCode::LimitExceeded,
                         "matrix is too large; the limit is " + Twine(limits::foldedElements));
  // Kept where column - row >= k (upper), or <= k (lower); k beyond the matrix keeps all or
  // nothing.
  int64_t offset = std::clamp<int64_t>(k ? k->front() : 0, -rows - 1, columns + 1);
  Value row = n.add(counting(n, rows, 2, 0), n.scalar(offset, IntegerType::get(n.getContext(), 64)));
  Value keep =
      n.compare(upper ? CompareKind::GreaterOrEqual : CompareKind::LessOrEqual, counting(n, columns, 2, 1), row);
  n.setOutput(0, n.select(keep, x, n.scalar(0, n.element(x))));
}

// The first lens[b] steps of each sequence in reverse, the others as they are.
static void buildReverseSequence(Node &n) {
  Value x = n.input(0), lengths = n.input(1);
  int64_t batchAxis = n.intAttr("batch_axis", 1), timeAxis = n.intAttr("time_axis", 0), rank = n.rank(x);
  if (rank < 2 || batchAxis == timeAxis || batchAxis < 0 || batchAxis > 1 || timeAxis < 0 || timeAxis > 1)
    return n.invalid("batch_axis and time_axis must be 0 and 1");
  Ints swap;
  for (int64_t i = 0; i < rank; ++i)
    swap.push_back(i);
  if (batchAxis == 1)
    std::swap(swap[0], swap[1]);
  Value byBatch = n.transpose(x, swap);
  Ints shape(n.shape(byBatch));
  if (n.failed())
    return;
  int64_t batch = shape[0], time = shape[1];
  if (n.shape(lengths) != ArrayRef<int64_t>({batch}) || batch + time > limits::foldedElements)
    return n.invalid("sequence_lens must have one value for each of " + Twine(batch) + " sequences");
  Type i64 = IntegerType::get(n.getContext(), 64);
  Value steps = counting(n, time, 2, 1), length = n.reshape(n.cast(lengths, i64), {batch, 1});
  Value mirrored = n.sub(n.sub(length, n.scalar(1, i64)), steps);
  Value step = n.select(n.compare(CompareKind::Less, steps, length), mirrored, n.broadcast(steps, {batch, time}));
  Value flat = n.add(step, n.mul(counting(n, batch, 2, 0), n.scalar(time, i64)));
  Ints rows(shape.begin() + 1, shape.end());
  rows[0] = batch * time;
  Value reversed = n.gather(n.reshape(byBatch, rows), n.reshape(flat, {batch * time}), 0);
  n.setOutput(0, n.transpose(n.reshape(reversed, shape), swap));
}

// The result's size depends on the condition, so that must be known.
static void buildCompress(Node &n) {
  std::optional<Ints> condition = n.knownInts(1, "condition");
  if (n.failed())
    return;
  Value x = n.input(0);
  int64_t axis = 0;
  if (n.hasAttribute("axis"))
    axis = n.normalizeAxis(n.intAttr("axis", 0), n.rank(x));
  else
    x = n.reshape(x, {n.type(x).getNumElements()});
  Ints chosen;
  for (auto [i, keep] : llvm::enumerate(*condition))
    if (keep)
      chosen.push_back(i);
  if (n.failed() || (!chosen.empty() && chosen.back() >= n.shape(x)[axis]))
    return n.invalid("condition is longer than the axis");
  n.setOutput(0, n.gather(x, n.i64Vector(chosen), axis));
}

// Likewise: positions of the elements that are not zero, one column each.
static void buildNonZero(Node &n) {
  std::optional<nn::Tensor> x = n.known(n.input(0));
  if (!x)
    return n.unsupported(DiagnosticCode::UnsupportedOp, "the number of results depends on an input's values",
                         "data-dependent shapes are not supported yet");
  std::vector<bool> set(x->size());
  if (isa<FloatType>(x->getElementType())) {
    for (auto [i, value] : llvm::enumerate(x->toDoubles()))
      set[i] = value != 0;
  } else {
    for (auto [i, value] : llvm::enumerate(x->toInts()))
      set[i] = value != 0;
  }
  Ints shape(x->getShape());
  SmallVector<Ints> rows(shape.size());
  int64_t found = 0;
  for (int64_t i = 0; i < x->size(); ++i) {
    if (!set[i])
      continue;
    ++found;
    int64_t rest = i;
    for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; --axis) {
      rows[axis].push_back(rest % shape[axis]);
      rest /= shape[axis];
    }
  }
  Ints values;
  for (const Ints &row : rows)
    values.append(row);
  n.setOutput(0, n.constantInts({int64_t(shape.size()), found}, values, IntegerType::get(n.getContext(), 64)));
}

ArrayRef<OperatorEntry> sinter::onnx_import::gatherOperators() {
  static const OperatorEntry entries[] = {
      {"Compress", 9, buildCompress, 2, 2},
      {"Gather", 1, buildGather, 2, 2},
      {"GatherElements", 11, buildGatherElements, 2, 2},
      {"GatherND", 11, buildGatherNd, 2, 2},
      {"NonZero", 9, buildNonZero, 1, 1},
      {"OneHot", 9, buildOneHot, 3, 3},
      {"ReverseSequence", 10, buildReverseSequence, 2, 2},
      {"Scatter", 9, buildScatterElements, 3, 3},
      {"Scatter", 11, nullptr, 0, 0},
      {"ScatterElements", 11, buildScatterElements, 3, 3},
      {"ScatterND", 11, buildScatterNd, 3, 3},
      {"Trilu", 14, buildTrilu, 1, 2},
  };
  return entries;
}
