// What each instruction does, after the PTX ISA's text.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/ptx/Machine.h"

#include <algorithm>
#include <math.h>
#include <string.h>

using namespace sinter::ptx;

namespace {

uint64_t mask(uint64_t value, uint32_t bits) { return bits >= 64 ? value : value & ((uint64_t(1) << bits) - 1); }

/// An operation on floats, on each lane of a packed type, whose result is rounded once. What f32 computes in double is
/// exact before the rounding, or rounds alike (f32 has 24 bits, double more than twice as many).
template <int Count, typename Function> void floats(Thread &thread, const Instruction &i, Function function) {
  Type each = {i.type.kind, i.type.bits, 1};
  uint64_t packed = 0;
  for (uint32_t lane = 0; lane < i.type.lanes; ++lane) {
    double values[Count];
    for (int k = 0; k < Count; ++k)
      values[k] = decode(thread.bits(i.operands[size_t(k) + 1], i.type) >> (lane * each.bits), each);
    packed |= encode(function(values), each) << (lane * each.bits);
  }
  thread.set(i.operands[0], packed);
}

template <typename Function> void integers(Thread &thread, const Instruction &i, Function function) {
  int64_t a = thread.integer(i.operands[1], i.type);
  int64_t b = i.operands.size() > 2 ? thread.integer(i.operands[2], i.type) : 0;
  thread.set(i.operands[0], mask(uint64_t(function(a, b)), i.type.bits));
}

uint64_t wrap(int64_t value) { return uint64_t(value); }

// --- arithmetic ------------------------------------------------------------------------------------------------------

void add(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<2>(t, i, [](const double *v) { return v[0] + v[1]; });
  integers(t, i, [](int64_t a, int64_t b) { return wrap(a) + wrap(b); });
}

void sub(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<2>(t, i, [](const double *v) { return v[0] - v[1]; });
  integers(t, i, [](int64_t a, int64_t b) { return wrap(a) - wrap(b); });
}

/// The part of a product that .lo, .hi or .wide names.
uint64_t product(Thread &t, const Instruction &i) {
  int64_t a = t.integer(i.operands[1], i.type), b = t.integer(i.operands[2], i.type);
  if (i.has(kWide))
    return mask(wrap(a) * wrap(b), 2u * i.type.bits);
  if (i.has(kLo))
    return mask(wrap(a) * wrap(b), i.type.bits);
  __int128 whole = i.type.isSigned() ? __int128(a) * b : __int128((unsigned __int128)(wrap(a)) * wrap(b));
  return mask(uint64_t(whole >> i.type.bits), i.type.bits);
}

void mul(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<2>(t, i, [](const double *v) { return v[0] * v[1]; });
  t.set(i.operands[0], product(t, i));
}

void mad(Thread &t, const Instruction &i) {
  uint32_t width = i.has(kWide) ? 2u * i.type.bits : i.type.bits;
  Type sum = {i.type.kind, uint8_t(width)};
  t.set(i.operands[0], mask(product(t, i) + t.bits(i.operands[3], sum), width));
}

void fuse(Thread &t, const Instruction &i) {
  if (i.type.bits == 32) {
    float a = float(t.real(i.operands[1], i.type)), b = float(t.real(i.operands[2], i.type)),
          c = float(t.real(i.operands[3], i.type));
    return t.setReal(i.operands[0], ::fmaf(a, b, c), i.type);
  }
  floats<3>(t, i, [](const double *v) { return ::fma(v[0], v[1], v[2]); });
}

void div(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<2>(t, i, [](const double *v) { return v[0] / v[1]; });
  if (!t.bits(i.operands[2], i.type))
    return t.set(i.operands[0], mask(~uint64_t(0), i.type.bits)); // Not defined; this is what devices give.
  bool isSigned = i.type.isSigned();
  integers(t, i,
           [&](int64_t a, int64_t b) { return isSigned ? (b == -1 ? 0 - wrap(a) : wrap(a / b)) : wrap(a) / wrap(b); });
}

void rem(Thread &t, const Instruction &i) {
  if (!t.bits(i.operands[2], i.type))
    return t.set(i.operands[0], t.bits(i.operands[1], i.type));
  bool isSigned = i.type.isSigned();
  integers(t, i, [&](int64_t a, int64_t b) { return isSigned ? (b == -1 ? 0 : wrap(a % b)) : wrap(a) % wrap(b); });
}

void negate(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<1>(t, i, [](const double *v) { return -v[0]; });
  integers(t, i, [](int64_t a, int64_t) { return 0 - wrap(a); });
}

void absolute(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<1>(t, i, [](const double *v) { return fabs(v[0]); });
  integers(t, i, [](int64_t a, int64_t) { return a < 0 ? 0 - wrap(a) : wrap(a); });
}

double choose(const Instruction &i, const double *v, bool least) {
  if (isnan(v[0]) || isnan(v[1]))
    return i.has(kNaN) ? NAN : isnan(v[0]) ? v[1] : v[0];
  if (v[0] == v[1]) // -0 is less than +0.
    return signbit(v[0]) == least ? v[0] : v[1];
  return (v[0] < v[1]) == least ? v[0] : v[1];
}

template <bool Least> void minimum(Thread &t, const Instruction &i) {
  if (i.type.isFloat())
    return floats<2>(t, i, [&](const double *v) { return choose(i, v, Least); });
  bool isSigned = i.type.isSigned();
  integers(t, i, [&](int64_t a, int64_t b) {
    bool isLess = isSigned ? a < b : wrap(a) < wrap(b);
    return wrap(isLess == Least ? a : b);
  });
}

void rcp(Thread &t, const Instruction &i) {
  floats<1>(t, i, [](const double *v) { return 1 / v[0]; });
}
void squareRoot(Thread &t, const Instruction &i) {
  floats<1>(t, i, [](const double *v) { return sqrt(v[0]); });
}
void copySign(Thread &t, const Instruction &i) {
  floats<2>(t, i, [](const double *v) { return copysign(v[1], v[0]); });
}

// --- bits ------------------------------------------------------------------------------------------------------------

void bitAnd(Thread &t, const Instruction &i) {
  integers(t, i, [](int64_t a, int64_t b) { return wrap(a & b); });
}
void bitOr(Thread &t, const Instruction &i) {
  integers(t, i, [](int64_t a, int64_t b) { return wrap(a | b); });
}
void bitXor(Thread &t, const Instruction &i) {
  integers(t, i, [](int64_t a, int64_t b) { return wrap(a ^ b); });
}
void bitNot(Thread &t, const Instruction &i) {
  if (i.type.kind == Kind::Pred)
    return t.set(i.operands[0], !(t.bits(i.operands[1], i.type) & 1));
  integers(t, i, [](int64_t a, int64_t) { return wrap(~a); });
}

/// Amounts beyond the width shift everything out.
template <bool Left> void shift(Thread &t, const Instruction &i) {
  int64_t value = t.integer(i.operands[1], i.type);
  uint64_t amount = t.bits(i.operands[2], {Kind::Unsigned, 32});
  uint64_t result;
  if (Left)
    result = amount >= i.type.bits ? 0 : wrap(value) << amount;
  else if (i.type.isSigned())
    result = wrap(value >> std::min<uint64_t>(amount, 63));
  else
    result = amount >= i.type.bits ? 0 : wrap(value) >> amount;
  t.set(i.operands[0], mask(result, i.type.bits));
}

/// shf.l.wrap.b32 d, low, high, amount
void funnelShift(Thread &t, const Instruction &i) {
  Type word = {Kind::Unsigned, 32};
  uint64_t low = t.bits(i.operands[1], word), high = t.bits(i.operands[2], word), amount = t.bits(i.operands[3], word);
  amount = i.has(kWrap) ? amount & 31 : std::min<uint64_t>(amount, 32);
  uint64_t both = high << 32 | low;
  t.set(i.operands[0], mask(i.has(kLeft) ? both >> (32 - amount) : both >> amount, 32));
}

/// Bits from a place on, sign-extended where the type is signed.
void extractField(Thread &t, const Instruction &i) {
  Type word = {Kind::Unsigned, 32};
  uint64_t value = t.bits(i.operands[1], i.type), start = t.bits(i.operands[2], word) & 255,
           length = t.bits(i.operands[3], word) & 255;
  uint64_t result = start >= i.type.bits ? 0 : mask(value >> start, uint32_t(std::min<uint64_t>(length, i.type.bits)));
  uint64_t top = std::min<uint64_t>(start + length - 1, i.type.bits - 1u);
  if (i.type.isSigned() && length && value >> top & 1)
    result |= length < 64 ? ~uint64_t(0) << std::min<uint64_t>(length, 63) : 0;
  t.set(i.operands[0], mask(result, i.type.bits));
}

/// Each byte of the result is one of the eight of both operands; bit 3 of its selector spreads the byte's sign instead.
void permute(Thread &t, const Instruction &i) {
  Type word = {Kind::Unsigned, 32};
  uint64_t bytes = t.bits(i.operands[2], word) << 32 | t.bits(i.operands[1], word);
  uint64_t selectors = t.bits(i.operands[3], word), result = 0;
  for (uint32_t k = 0; k < 4; ++k) {
    uint64_t selector = selectors >> (4 * k) & 15, byte = bytes >> (8 * (selector & 7)) & 255;
    if (selector & 8)
      byte = byte & 128 ? 255 : 0;
    result |= byte << (8 * k);
  }
  t.set(i.operands[0], result);
}

void countZeros(Thread &t, const Instruction &i) {
  uint64_t value = t.bits(i.operands[1], i.type);
  t.set(i.operands[0], value ? uint64_t(__builtin_clzll(value)) - (64 - i.type.bits) : i.type.bits);
}
void countOnes(Thread &t, const Instruction &i) {
  t.set(i.operands[0], uint64_t(__builtin_popcountll(t.bits(i.operands[1], i.type))));
}

// --- comparing and choosing ------------------------------------------------------------------------------------------

template <typename T> bool compare(const std::string &how, T a, T b) {
  switch (how[0]) {
  case 'e': return a == b;
  case 'n': return a != b;
  case 'l': return how[1] == 't' || how[1] == 'o' ? a < b : a <= b;
  default: return how[1] == 't' || how[1] == 'i' ? a > b : a >= b;
  }
}

/// A third letter 'u' means: or one is not a number.
bool compareReals(const std::string &how, double a, double b) {
  bool isUnordered = isnan(a) || isnan(b);
  if (how == "num" || how == "nan")
    return isUnordered == (how == "nan");
  return isUnordered ? how.size() == 3 : compare(how, a, b);
}

void setPredicate(Thread &t, const Instruction &i) {
  const std::string &how = i.parts[1];
  bool result;
  if (i.type.isFloat())
    result = compareReals(how, t.real(i.operands[1], i.type), t.real(i.operands[2], i.type));
  else if (i.type.isSigned())
    result = compare(how, t.integer(i.operands[1], i.type), t.integer(i.operands[2], i.type));
  else
    result = compare(how, t.bits(i.operands[1], i.type), t.bits(i.operands[2], i.type));
  if (i.operands.size() == 4) { // setp.lt.and.f32 p, a, b, q
    bool other = t.bits(i.operands[3], {Kind::Pred, 8}) & 1;
    result = i.has(kAnd) ? result && other : i.has(kOr) ? result || other : result != other;
  }
  t.set(i.operands[0], result);
}

void select(Thread &t, const Instruction &i) {
  bool first = t.bits(i.operands[3], {Kind::Pred, 8}) & 1;
  t.set(i.operands[0], t.bits(i.operands[first ? 1 : 2], i.type));
}

// --- moving and converting -------------------------------------------------------------------------------------------

void move(Thread &t, const Instruction &i) {
  uint64_t value = t.bits(i.operands[1], i.type);
  if (i.operands[0].form != Operand::Vector)
    return t.set(i.operands[0], value);
  uint32_t each = i.type.bits / uint32_t(i.operands[0].elements.size());
  for (const Operand &element : i.operands[0].elements) {
    t.set(element, mask(value, each));
    value >>= each;
  }
}

/// Generic addresses are those of global memory here.
void convertAddress(Thread &t, const Instruction &i) {
  if (i.has(kShared) || i.has(kLocal))
    return t.fail(i, "no generic addresses of this space");
  t.set(i.operands[0], t.bits(i.operands[1], i.type));
}

double roundTo(const Instruction &i, double value) {
  return i.has(kToNearest) ? nearbyint(value)
         : i.has(kToZero)  ? trunc(value)
         : i.has(kDown)    ? floor(value)
                           : ceil(value);
}

/// A float to an integer: out of range is the nearest, not a number is 0.
uint64_t toInteger(double value, Type type) {
  if (isnan(value))
    return 0;
  double low = type.isSigned() ? -ldexp(1, type.bits - 1) : 0, high = ldexp(1, type.bits - type.isSigned());
  if (value <= low)
    return mask(type.isSigned() ? uint64_t(1) << (type.bits - 1) : 0, type.bits);
  if (value >= high)
    return mask(type.isSigned() ? (uint64_t(1) << (type.bits - 1)) - 1 : ~uint64_t(0), type.bits);
  return mask(type.isSigned() ? uint64_t(int64_t(value)) : uint64_t(value), type.bits);
}

void convert(Thread &t, const Instruction &i) {
  Type to = i.type, from = i.from;
  if (to.lanes == 2) { // cvt.rn.f16x2.f32 d, high, low
    Type each = {to.kind, 16};
    uint64_t high = encode(t.real(i.operands[1], from), each), low = encode(t.real(i.operands[2], from), each);
    return t.set(i.operands[0], high << 16 | low);
  }
  if (!from.isFloat() && !to.isFloat()) {
    int64_t value = t.integer(i.operands[1], from);
    if (i.has(kSaturate))
      return t.set(i.operands[0], toInteger(double(value), to));
    // The low bits, extended to the register's width.
    uint64_t low = mask(uint64_t(value), to.bits);
    bool isNegative = to.isSigned() && to.bits < 64 && low >> (to.bits - 1) & 1;
    return t.set(i.operands[0], isNegative ? low | ~uint64_t(0) << to.bits : low);
  }
  if (!from.isFloat()) {
    int64_t value = t.integer(i.operands[1], from);
    if (to.bits == 32) // From 64 bits, double would round twice.
      return t.setReal(i.operands[0], double(from.isSigned() ? float(value) : float(uint64_t(value))), to);
    return t.setReal(i.operands[0], from.isSigned() ? double(value) : double(uint64_t(value)), to);
  }
  double value = t.real(i.operands[1], from);
  bool isWhole = i.has(kToNearest) || i.has(kToZero) || i.has(kDown) || i.has(kUp);
  value = isWhole ? roundTo(i, value) : value;
  if (i.has(kRelu))
    value = value > 0 ? value : 0;
  if (!to.isFloat())
    return t.set(i.operands[0], toInteger(value, to));
  t.setReal(i.operands[0], value, to);
}

// --- memory ----------------------------------------------------------------------------------------------------------

std::vector<const Operand *> elementsOf(const Operand &operand) {
  std::vector<const Operand *> elements;
  for (const Operand &element : operand.elements)
    elements.push_back(&element);
  if (elements.empty())
    elements.push_back(&operand);
  return elements;
}

void load(Thread &t, const Instruction &i) {
  if (i.has(kParam))
    return t.set(i.operands[0], t.block.launch.parameters[i.operands[1].value]);
  std::vector<const Operand *> elements = elementsOf(i.operands[0]);
  uint32_t bytes = i.type.bytes();
  const uint8_t *from = t.access(i, i.operands[1], bytes * elements.size());
  for (size_t k = 0; from && k < elements.size(); ++k) {
    uint64_t value = 0;
    memcpy(&value, from + k * bytes, bytes);
    if (i.type.isSigned() && value >> (i.type.bits - 1) & 1)
      value |= i.type.bits < 64 ? ~uint64_t(0) << i.type.bits : 0;
    t.set(*elements[k], value);
  }
}

void store(Thread &t, const Instruction &i) {
  std::vector<const Operand *> elements = elementsOf(i.operands[1]);
  uint32_t bytes = i.type.bytes();
  uint8_t *to = t.access(i, i.operands[0], bytes * elements.size());
  for (size_t k = 0; to && k < elements.size(); ++k) {
    uint64_t value = t.bits(*elements[k], i.type);
    memcpy(to + k * bytes, &value, bytes);
  }
}

/// cp.async.cg.shared.global [target], [source], 16, valid; cp.async.commit_group; cp.async.wait_group n
void copyAsync(Thread &t, const Instruction &i) {
  const std::string &what = i.parts[2];
  if (what == "commit_group")
    return t.closeGroup();
  if (what == "wait_group")
    return t.waitForGroups(i.operands[0].value);
  Type word = {Kind::Unsigned, 32};
  uint64_t bytes = t.bits(i.operands[2], word), valid = i.operands.size() > 3 ? t.bits(i.operands[3], word) : bytes;
  if (i.parts[1] != "async" || (what != "ca" && what != "cg") ||
      (bytes != 16 && (what == "cg" || (bytes != 4 && bytes != 8))) || valid > bytes)
    return t.fail(i, "a copy that the model lacks");
  uint8_t *target = t.access(i, i.operands[0], bytes, /*isShared=*/true);
  const uint8_t *source = target && valid ? t.access(i, i.operands[1], bytes, /*isShared=*/false) : target;
  if (source)
    t.startCopy({source, target, uint32_t(bytes), uint32_t(valid)});
}

// --- control ---------------------------------------------------------------------------------------------------------

void branch(Thread &t, const Instruction &i) { t.next = i.operands[0].value; }
void finish(Thread &t, const Instruction &) { t.state = Thread::Done; }
void barrier(Thread &t, const Instruction &) {
  t.showArrived();
  t.state = Thread::AtBarrier;
}
void warp(Thread &t, const Instruction &) { t.state = Thread::AtWarp; }

} // namespace

Handler sinter::ptx::findHandler(const Instruction &instruction) {
  static const std::map<std::string, Handler> handlers = {
      {"add", add},
      {"sub", sub},
      {"mul", mul},
      {"mad", mad},
      {"fma", fuse},
      {"div", div},
      {"rem", rem},
      {"neg", negate},
      {"abs", absolute},
      {"min", minimum<true>},
      {"max", minimum<false>},
      {"rcp", rcp},
      {"sqrt", squareRoot},
      {"copysign", copySign},
      {"and", bitAnd},
      {"or", bitOr},
      {"xor", bitXor},
      {"not", bitNot},
      {"shl", shift<true>},
      {"shr", shift<false>},
      {"shf", funnelShift},
      {"bfe", extractField},
      {"prmt", permute},
      {"clz", countZeros},
      {"popc", countOnes},
      {"setp", setPredicate},
      {"selp", select},
      {"mov", move},
      {"cvta", convertAddress},
      {"cvt", convert},
      {"cp", copyAsync},
      {"ld", load},
      {"st", store},
      {"bra", branch},
      {"ret", finish},
      {"exit", finish},
      {"bar", barrier},
      {"barrier", barrier},
      {"mma", warp},
  };
  auto found = handlers.find(instruction.parts.front());
  return found == handlers.end() ? nullptr : found->second;
}
