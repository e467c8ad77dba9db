// PTX becomes machine code, by an assembler that the user named.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/Assemble.h"
#include "compiler/support/RunTool.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace sinter;

std::string sinter::cuda::assemble(StringRef ptxas, StringRef ptx, const Variant &variant,
                                   SmallVectorImpl<char> &cubin) {
  TemporaryFile source("ptx"), object("cubin");
  if (source.path.empty() || object.path.empty())
    return "no temporary file can be made";
  std::error_code error;
  raw_fd_ostream stream(source.path, error);
  if (!error)
    stream << ptx;
  stream.close();
  if (error || stream.has_error()) {
    stream.clear_error();
    return "the PTX cannot be written to a temporary file";
  }
  ToolResult result = runTool(ptxas, {"-arch=" + variant.info.name, "-o", object.path, source.path});
  if (result.code != 0)
    return "the assembler failed: " + StringRef(result.output).trim().split('\n').first.str();
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(object.path);
  if (!buffer || !(*buffer)->getBuffer().starts_with("\177ELF"))
    return "the assembler wrote no cubin";
  cubin.append((*buffer)->getBufferStart(), (*buffer)->getBufferEnd());
  return "";
}
