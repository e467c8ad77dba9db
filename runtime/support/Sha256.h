// SHA-256 (FIPS 180-4). Uses the processor's SHA instructions where it has them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_SUPPORT_SHA256_H
#define SINTER_RUNTIME_SUPPORT_SHA256_H

#include <stddef.h>
#include <stdint.h>

namespace sinter::rt {

class Sha256 {
public:
  Sha256();
  void update(const void *data, size_t size);
  /// Ends the message; the object must not be used afterwards.
  void finish(uint8_t digest[32]);

private:
  uint32_t state[8];
  uint8_t pending[64];
  uint64_t total = 0;
};

/// Whether `data` has the digest.
bool hasDigest(const void *data, size_t size, const uint8_t digest[32]);

} // namespace sinter::rt

#endif
