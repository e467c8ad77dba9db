// Runs another program.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/support/RunTool.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace sinter;

static std::string makeTemporary(StringRef suffix) {
  SmallString<128> path;
  return sys::fs::createTemporaryFile("sinter", suffix, path) ? "" : path.str().str();
}

TemporaryFile::TemporaryFile(StringRef suffix) : path(makeTemporary(suffix)) {}

TemporaryFile::~TemporaryFile() {
  if (!path.empty())
    sys::fs::remove(path);
}

ToolResult sinter::runTool(StringRef program, ArrayRef<std::string> arguments) {
  TemporaryFile output("txt");
  if (output.path.empty())
    return {-1, "no temporary file can be made"};
  SmallVector<StringRef> words = {program};
  words.append(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(output.path), StringRef(output.path)};
  ToolResult result;
  std::string problem;
  result.code = sys::ExecuteAndWait(program, words, std::nullopt, redirects, 0, 0, &problem);
  if (auto buffer = MemoryBuffer::getFile(output.path))
    result.output = (*buffer)->getBuffer().str();
  if (result.code < 0)
    result.output = problem;
  return result;
}
