// Reading files that the user named.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/ReadFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;
using namespace sinter;

std::unique_ptr<MemoryBuffer> sinter::readFile(StringRef path, uint64_t maximum, Diagnostics &diagnostics) {
  sys::fs::file_status status;
  std::error_code error = sys::fs::status(path, status);
  if (!error && status.type() != sys::fs::file_type::regular_file) {
    diagnostics.error(DiagnosticCode::File, "", "cannot read " + path + ": not a regular file");
    return nullptr;
  }
  if (!error && status.getSize() > maximum) {
    diagnostics.error(DiagnosticCode::LimitExceeded, "",
                      path + " has " + Twine(status.getSize()) + " bytes, the limit is " + Twine(maximum));
    return nullptr;
  }
  if (!error) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
        MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (buffer)
      return std::move(*buffer);
    error = buffer.getError();
  }
  diagnostics.error(DiagnosticCode::File, "", "cannot read " + path + ": " + error.message());
  return nullptr;
}

std::string sinter::sha256Hex(StringRef bytes) {
  std::array<uint8_t, 32> digest = SHA256::hash(arrayRefFromStringRef(bytes));
  return toHex(digest, /*LowerCase=*/true);
}
