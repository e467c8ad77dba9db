// External data: files beside the model, never outside of its folder.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/TensorData.h"
#include "compiler/support/Checked.h"
#include "compiler/support/ReadFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

// A relative path without '..' and without backslashes, which other systems take for separators.
static bool isPlainRelative(StringRef location) {
  if (location.empty() || location.contains('\\') || location.contains('\0') || llvm::sys::path::is_absolute(location))
    return false;
  for (auto it = llvm::sys::path::begin(location), end = llvm::sys::path::end(location); it != end; ++it)
    if (*it == "..")
      return false;
  return true;
}

// Whether the file that `path` really is lies in the folder that `folder` really is: links must not
// lead out.
static bool isInside(StringRef path, StringRef folder) {
  SmallString<256> realPath, realFolder;
  if (llvm::sys::fs::real_path(path, realPath) || llvm::sys::fs::real_path(folder, realFolder))
    return false;
  StringRef rest = realPath;
  if (!rest.consume_front(realFolder))
    return false;
  return realFolder.str() == "/" || rest.starts_with("/");
}

llvm::MemoryBuffer *ExternalData::open(StringRef location, StringRef tensor, Diagnostics &diagnostics) {
  auto known = files.find(location.str());
  if (known != files.end())
    return known->second.get();
  std::unique_ptr<llvm::MemoryBuffer> &file = files[location.str()];
  StringRef remedy = "keep the data files in the model's folder and save the model with relative locations";
  if (folder.empty()) {
    diagnostics.error(DiagnosticCode::File, tensor,
                      "external data '" + location + "' of a model that is not read from a file");
    return nullptr;
  }
  if (!isPlainRelative(location)) {
    diagnostics.error(DiagnosticCode::InvalidModel, tensor,
                      "external data location '" + location + "' is not a path below the model's folder", remedy);
    return nullptr;
  }
  SmallString<256> path(folder);
  llvm::sys::path::append(path, location);
  if (!llvm::sys::fs::exists(path)) {
    diagnostics.error(DiagnosticCode::File, tensor, "external data file '" + path + "' does not exist", remedy);
    return nullptr;
  }
  if (!isInside(path, folder)) {
    diagnostics.error(DiagnosticCode::InvalidModel, tensor,
                      "external data location '" + location + "' leads out of the model's folder", remedy);
    return nullptr;
  }
  file = readFile(path, UINT64_MAX, diagnostics);
  if (file && info)
    info->files.push_back({std::string(path), sha256Hex(file->getBuffer())});
  return file.get();
}

std::optional<StringRef> ExternalData::read(StringRef location, uint64_t offset, std::optional<uint64_t> length,
                                            StringRef tensor, Diagnostics &diagnostics) {
  llvm::MemoryBuffer *file = open(location, tensor, diagnostics);
  if (!file)
    return std::nullopt;
  CheckedU64 end = CheckedU64(offset) + CheckedU64(length.value_or(0));
  if (!end.atMost(file->getBufferSize())) {
    diagnostics.error(DiagnosticCode::InvalidModel, tensor,
                      "external data needs " + Twine(length.value_or(0)) + " bytes at " + Twine(offset) + ", file '" +
                          location + "' has " + Twine(file->getBufferSize()));
    return std::nullopt;
  }
  return file->getBuffer().substr(offset, length.value_or(StringRef::npos));
}
