// Einsum. Operands are combined from left to right; labels that nothing later needs are summed on
// the way.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Einsum.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

namespace {

// One letter an axis. The axes of an ellipsis are the characters from 128 on, aligned at the right
// as broadcasting does.
using Labels = std::string;

struct Term {
  Labels labels;
  Value value;
};

class Einsum {
public:
  explicit Einsum(Node &n) : n(n) {}
  void build();

private:
  bool parse(StringRef equation, SmallVectorImpl<Term> &terms, Labels &output);
  bool expand(StringRef text, int64_t rank, Labels &labels);
  Term takeDiagonals(Term term);
  Term sumLabels(Term term, const Labels &kept);
  Term multiply(const Term &a, const Term &b, const Labels &kept);
  Value arrange(const Term &term, const Labels &order);
  int64_t sizeOf(const Term &term, char label) { return n.shape(term.value)[term.labels.find(label)]; }

  Node &n;
  int64_t ellipsisRank = 0;
};

} // namespace

static bool contains(const Labels &labels, char label) { return labels.find(label) != Labels::npos; }

static std::string withoutSpaces(StringRef text) {
  std::string result;
  for (char c : text)
    if (c != ' ')
      result.push_back(c);
  return result;
}

// The labels of one term; `rank` is -1 for the output, whose ellipsis has the widest operand's
// rank.
bool Einsum::expand(StringRef text, int64_t rank, Labels &labels) {
  size_t dots = text.find("...");
  int64_t named = text.size() - (dots == StringRef::npos ? 0 : 3);
  int64_t hidden = dots == StringRef::npos ? 0 : rank < 0 ? ellipsisRank : rank - named;
  if (hidden < 0 || (rank >= 0 && named + hidden != rank)) {
    n.invalid("equation's term '" + text + "' does not fit an operand of rank " + Twine(rank));
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == dots) {
      // The last hidden axis has the same label in every term.
      for (int64_t k = 0; k < hidden; ++k)
        labels.push_back(static_cast<char>(128 + 16 - hidden + k));
      i += 2;
    } else if (llvm::isAlpha(text[i])) {
      labels.push_back(text[i]);
    } else {
      n.invalid("equation has the character '" + Twine(text[i]) + "'");
      return false;
    }
  }
  ellipsisRank = std::max(ellipsisRank, hidden);
  return true;
}

bool Einsum::parse(StringRef equation, SmallVectorImpl<Term> &terms, Labels &output) {
  auto [left, right] = equation.split("->");
  SmallVector<StringRef> parts;
  left.split(parts, ',');
  if (parts.size() != n.numInputs()) {
    n.invalid("equation has " + Twine(parts.size()) + " terms, the node " + Twine(n.numInputs()) + " inputs");
    return false;
  }
  for (auto [i, part] : llvm::enumerate(parts)) {
    Term term{{}, n.input(i)};
    if (!term.value) {
      n.invalid("input " + Twine(i) + " is missing");
      return false;
    }
    if (!expand(part, n.rank(term.value), term.labels))
      return false;
    terms.push_back(std::move(term));
  }
  if (equation.contains("->"))
    return expand(right, -1, output);
  // Without an arrow: the ellipsis, then every letter that occurs once, in alphabetic order.
  Labels all, hidden, letters;
  for (const Term &term : terms)
    all += term.labels;
  for (int c = 0; c < 256; ++c) {
    char label = static_cast<char>(c);
    if (c >= 128 && contains(all, label))
      hidden.push_back(label);
    else if (llvm::count(all, label) == 1)
      letters.push_back(label);
  }
  output = hidden + letters;
  return true;
}

// A label that occurs twice in a term selects a diagonal: everything else is replaced by zero and
// summed away.
Term Einsum::takeDiagonals(Term term) {
  for (size_t i = 0; i < term.labels.size(); ++i) {
    size_t j = term.labels.find(term.labels[i], i + 1);
    if (j == Labels::npos || n.failed())
      continue;
    int64_t rank = term.labels.size(), size = n.shape(term.value)[i];
    if (n.shape(term.value)[j] != size) {
      n.invalid("label '" + Twine(term.labels[i]) + "' stands for axes of different sizes");
      return term;
    }
    Ints counting(size), rows(rank, 1), columns(rank, 1);
    for (int64_t k = 0; k < size; ++k)
      counting[k] = k;
    rows[i] = columns[j] = size;
    Value index = n.i64Vector(counting);
    Value mask = n.compare(nn::CompareKind::Equal, n.reshape(index, rows), n.reshape(index, columns));
    Value kept = n.select(mask, term.value, n.scalar(0, n.element(term.value)));
    term.value = n.reduce(nn::ReduceKind::Sum, kept, {int64_t(j)}, /*keepdims=*/false);
    term.labels.erase(j, 1);
    --i;
  }
  return term;
}

// Sums over the labels that are not kept.
Term Einsum::sumLabels(Term term, const Labels &kept) {
  Ints axes;
  Labels left;
  for (auto [i, label] : llvm::enumerate(term.labels)) {
    if (contains(kept, label))
      left.push_back(label);
    else
      axes.push_back(i);
  }
  if (axes.empty())
    return term;
  return {left, n.reduce(nn::ReduceKind::Sum, term.value, axes, /*keepdims=*/false)};
}

// The term's value with its axes in `order`; labels that it does not have become axes of size 1.
Value Einsum::arrange(const Term &term, const Labels &order) {
  Ints permutation, shape;
  for (char label : order) {
    size_t at = term.labels.find(label);
    if (at != Labels::npos)
      permutation.push_back(at);
    shape.push_back(at == Labels::npos ? 1 : n.shape(term.value)[at]);
  }
  return n.reshape(n.transpose(term.value, permutation), shape);
}

static int64_t product(ArrayRef<int64_t> values) {
  int64_t result = 1;
  for (int64_t value : values)
    result *= value;
  return result;
}

// a * b, summed over the labels that both have and nothing later needs: a batched matrix product.
Term Einsum::multiply(const Term &a, const Term &b, const Labels &kept) {
  Labels batch, rows, columns, inner;
  for (char label : a.labels) {
    if (!contains(b.labels, label))
      rows.push_back(label);
    else if (contains(kept, label))
      batch.push_back(label);
    else
      inner.push_back(label);
  }
  for (char label : b.labels)
    if (!contains(a.labels, label))
      columns.push_back(label);
  Value left = arrange(a, batch + rows + inner), right = arrange(b, batch + inner + columns);
  if (n.failed())
    return a;
  Ints leftShape(n.shape(left)), rightShape(n.shape(right)), resultShape;
  // A size of 1 meets any other one, in an ellipsis.
  for (size_t i = 0; i < batch.size(); ++i) {
    if (leftShape[i] != rightShape[i] && leftShape[i] != 1 && rightShape[i] != 1)
      n.invalid("label '" + Twine(batch[i]) + "' stands for axes of different sizes");
    resultShape.push_back(leftShape[i] == 1 ? rightShape[i] : leftShape[i]);
  }
  auto leftRest = ArrayRef<int64_t>(leftShape).drop_front(batch.size());
  auto rightRest = ArrayRef<int64_t>(rightShape).drop_front(batch.size());
  llvm::append_range(resultShape, leftRest.take_front(rows.size()));
  llvm::append_range(resultShape, rightRest.drop_front(inner.size()));
  Ints leftMatrix(leftShape.begin(), leftShape.begin() + batch.size());
  Ints rightMatrix(rightShape.begin(), rightShape.begin() + batch.size());
  leftMatrix.append({product(leftRest.take_front(rows.size())), product(leftRest.drop_front(rows.size()))});
  rightMatrix.append({product(rightRest.take_front(inner.size())), product(rightRest.drop_front(inner.size()))});
  Value result = n.matmul(n.reshape(left, leftMatrix), n.reshape(right, rightMatrix));
  return {batch + rows + columns, n.reshape(result, resultShape)};
}

void Einsum::build() {
  SmallVector<Term> terms;
  Labels output;
  if (!parse(withoutSpaces(n.stringAttr("equation", "")), terms, output) || n.failed())
    return;
  for (size_t i = 0; i < terms.size() && !n.failed(); ++i)
    terms[i] = takeDiagonals(terms[i]);
  Term result = terms[0];
  for (size_t i = 1; i < terms.size() && !n.failed(); ++i) {
    Labels kept = output;
    for (size_t j = i + 1; j < terms.size(); ++j)
      kept += terms[j].labels;
    result = multiply(sumLabels(result, kept + terms[i].labels), sumLabels(terms[i], kept + result.labels), kept);
  }
  if (n.failed())
    return;
  result = sumLabels(result, output);
  for (char label : output)
    if (!contains(result.labels, label))
      return n.invalid("equation's result has a label that no operand has");
  n.setOutput(0, arrange(result, output));
}

void sinter::onnx_import::buildEinsum(Node &n) { Einsum(n).build(); }
