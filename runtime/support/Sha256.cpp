// See Sha256.h. Two block functions, one portable and one with x86's SHA instructions, chosen by the processor.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "support/Sha256.h"

#include <string.h>

#if defined(__x86_64__)
#include <atomic>
#include <cpuid.h>
#include <immintrin.h>
#endif

using namespace sinter::rt;

alignas(64) static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t value, int bits) { return value >> bits | value << (32 - bits); }

static uint32_t bigEndian(const uint8_t *bytes) {
  return uint32_t(bytes[0]) << 24 | uint32_t(bytes[1]) << 16 | uint32_t(bytes[2]) << 8 | bytes[3];
}

static void portableBlock(uint32_t state[8], const uint8_t *block) {
  uint32_t words[64];
  for (int i = 0; i < 16; ++i)
    words[i] = bigEndian(block + 4 * i);
  for (int i = 16; i < 64; ++i) {
    uint32_t early = words[i - 15], late = words[i - 2];
    words[i] = words[i - 16] + (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) + words[i - 7] +
               (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
  }
  uint32_t v[8];
  memcpy(v, state, sizeof(v));
  for (int i = 0; i < 64; ++i) {
    uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
    uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    uint32_t first = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + choose + constants[i] + words[i];
    uint32_t second = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + majority;
    memmove(v + 1, v, 7 * sizeof(uint32_t));
    v[4] += first;
    v[0] = first + second;
  }
  for (int i = 0; i < 8; ++i)
    state[i] += v[i];
}

#if defined(__x86_64__)

static bool detectShaInstructions() {
  unsigned a, b, c, d;
  bool wide = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_1) && (c & bit_SSSE3);
  return wide && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

// CPUID is slow under a hypervisor, so its answer is kept. Threads that race find the same.
static bool hasShaInstructions() {
  static std::atomic<uint8_t> known{0};
  uint8_t answer = known.load(std::memory_order_relaxed);
  if (!answer) {
    answer = detectShaInstructions() ? 2 : 1;
    known.store(answer, std::memory_order_relaxed);
  }
  return answer == 2;
}

// The instructions keep the state as (a, b, e, f) and (c, d, g, h) and do two rounds each; four words of the message
// schedule live in one register.
__attribute__((target("sha,sse4.1,ssse3"))) static void shaBlock(uint32_t state[8], const uint8_t *block) {
  const __m128i swapBytes = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(state)), 0xb1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(state + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(low, high, 8);
  __m128i cdgh = _mm_blend_epi16(high, low, 0xf0);
  const __m128i abefBefore = abef, cdghBefore = cdgh;

  __m128i words[4];
  for (int group = 0; group < 16; ++group) {
    __m128i &current = words[group & 3];
    if (group < 4) {
      current = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(block) + group), swapBytes);
    } else {
      __m128i last = words[(group + 3) & 3], third = words[(group + 2) & 3];
      __m128i sum =
          _mm_add_epi32(_mm_sha256msg1_epu32(current, words[(group + 1) & 3]), _mm_alignr_epi8(last, third, 4));
      current = _mm_sha256msg2_epu32(sum, last);
    }
    __m128i input = _mm_add_epi32(current, _mm_load_si128(reinterpret_cast<const __m128i *>(constants) + group));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, input);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(input, 0x0e));
  }
  abef = _mm_add_epi32(abef, abefBefore);
  cdgh = _mm_add_epi32(cdgh, cdghBefore);

  __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(state), _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#endif

static void hashBlocks(uint32_t state[8], const uint8_t *data, size_t count) {
#if defined(__x86_64__)
  if (hasShaInstructions()) {
    for (size_t i = 0; i < count; ++i)
      shaBlock(state, data + 64 * i);
    return;
  }
#endif
  for (size_t i = 0; i < count; ++i)
    portableBlock(state, data + 64 * i);
}

Sha256::Sha256() {
  static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(state, initial, sizeof(state));
}

void Sha256::update(const void *data, size_t size) {
  const uint8_t *bytes = static_cast<const uint8_t *>(data);
  size_t used = size_t(total % 64);
  total += size;
  if (used) {
    size_t taken = size < 64 - used ? size : 64 - used;
    memcpy(pending + used, bytes, taken);
    bytes += taken;
    size -= taken;
    if (used + taken < 64)
      return;
    hashBlocks(state, pending, 1);
  }
  hashBlocks(state, bytes, size / 64);
  if (size % 64)
    memcpy(pending, bytes + size / 64 * 64, size % 64);
}

void Sha256::finish(uint8_t digest[32]) {
  uint64_t bits = total * 8;
  size_t used = size_t(total % 64);
  uint8_t tail[128] = {};
  memcpy(tail, pending, used);
  tail[used] = 0x80;
  size_t blocks = used < 56 ? 1 : 2;
  for (int i = 0; i < 8; ++i)
    tail[64 * blocks - 1 - i] = uint8_t(bits >> 8 * i);
  hashBlocks(state, tail, blocks);
  for (int i = 0; i < 8; ++i)
    for (int byte = 0; byte < 4; ++byte)
      digest[4 * i + byte] = uint8_t(state[i] >> (24 - 8 * byte));
}

bool sinter::rt::hasDigest(const void *data, size_t size, const uint8_t digest[32]) {
  Sha256 hash;
  hash.update(data, size);
  uint8_t actual[32];
  hash.finish(actual);
  return !memcmp(actual, digest, sizeof(actual));
}
