// Measures how many fused multiply-adds one core of this machine does: the yardstick of the benchmarks.
//
// Independent chains of vector FMAs that live in registers, as many as hide the latency on every current core, with the
// widest vectors the machine has. The best of several short windows counts: another process can only make one slower.
// Prints "<GFLOP/s> <vector bits>".
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <chrono>
#include <cstdio>
#include <immintrin.h>

namespace {

constexpr int chains = 12;
constexpr long rounds = 40'000;

__attribute__((target("avx2,fma"))) float runAvx2() {
  __m256 acc[chains];
  for (int i = 0; i < chains; ++i)
    acc[i] = _mm256_set1_ps(float(i));
  __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(1e-3f);
  for (long r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int i = 0; i < chains; ++i)
      acc[i] = _mm256_fmadd_ps(acc[i], a, b);
    asm volatile("" : "+x"(a), "+x"(b)); // neither may be folded into a closed form
  }
  __m256 sum = acc[0];
  for (int i = 1; i < chains; ++i)
    sum = _mm256_add_ps(sum, acc[i]);
  return _mm256_cvtss_f32(sum);
}

__attribute__((target("avx512f"))) float runAvx512() {
  __m512 acc[chains];
  for (int i = 0; i < chains; ++i)
    acc[i] = _mm512_set1_ps(float(i));
  __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(1e-3f);
  for (long r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int i = 0; i < chains; ++i)
      acc[i] = _mm512_fmadd_ps(acc[i], a, b);
    asm volatile("" : "+v"(a), "+v"(b));
  }
  __m512 sum = acc[0];
  for (int i = 1; i < chains; ++i)
    sum = _mm512_add_ps(sum, acc[i]);
  return _mm512_cvtss_f32(sum);
}

} // namespace

int main() {
  bool wide = __builtin_cpu_supports("avx512f");
  if (!wide && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))) {
    std::fputs("this machine has no vector FMA\n", stderr);
    return 1;
  }
  int lanes = wide ? 16 : 8;
  double best = 0;
  volatile float sink = 0;
  for (int window = 0; window < 400; ++window) {
    auto start = std::chrono::steady_clock::now();
    sink = sink + (wide ? runAvx512() : runAvx2());
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    double rate = 2.0 * lanes * chains * double(rounds) / seconds.count() / 1e9;
    best = rate > best ? rate : best;
  }
  std::printf("%.2f %d\n", best, lanes * 32);
  return 0;
}
