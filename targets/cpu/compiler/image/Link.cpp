// Objects become one image.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/cpu/compiler/image/Link.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELF.h"
#include "llvm/Object/ELFTypes.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace sinter::cpu;

namespace {

using Elf = llvm::object::ELF64LE;
using ElfFile = llvm::object::ELFFile<Elf>;

std::string pathOf(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

std::string systemError(const char *what) { return std::string(what) + ": " + std::strerror(errno); }

// The linker reads and writes paths. These lead to no disk: it may be full, and what a killed compiler leaves on it
// stays.

/// A file in memory to read from.
class MemoryFile {
public:
  explicit MemoryFile(llvm::StringRef bytes) : fd(::memfd_create("kernels", MFD_CLOEXEC)) {
    if (fd < 0) {
      problem = systemError("cannot make a file in memory");
      return;
    }
    llvm::raw_fd_ostream stream(fd, /*shouldClose=*/false);
    stream << bytes;
    stream.flush();
    if (std::error_code error = stream.error())
      problem = "cannot write a file in memory: " + error.message();
    stream.clear_error();
  }
  MemoryFile(const MemoryFile &) = delete;
  ~MemoryFile() {
    if (fd >= 0)
      ::close(fd);
  }

  std::string path() const { return pathOf(fd); }

  std::string problem;

private:
  int fd;
};

/// A pipe to write to, emptied by a thread: over a regular file lld would rename another, which memory does not have.
class Pipe {
public:
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      problem = systemError("cannot make a pipe");
      return;
    }
    reader = std::thread([this] { drain(); });
  }
  Pipe(const Pipe &) = delete;
  ~Pipe() { finish(); }

  std::string path() const { return pathOf(ends[1]); }

  /// What has been written. The writer has closed its end.
  llvm::StringRef finish() {
    if (reader.joinable()) {
      ::close(ends[1]);
      reader.join();
      ::close(ends[0]);
    }
    return bytes;
  }

  std::string problem;

private:
  void drain() {
    char buffer[65536];
    for (ssize_t count; (count = ::read(ends[0], buffer, sizeof(buffer))) != 0;)
      if (count > 0)
        bytes.append(buffer, static_cast<size_t>(count));
      else if (errno != EINTR)
        break;
  }

  int ends[2];
  std::string bytes;
  std::thread reader;
};

/// All objects in one file, in their order.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> archive(llvm::ArrayRef<llvm::ArrayRef<char>> objects) {
  std::vector<std::string> names;
  for (size_t i = 0; i < objects.size(); ++i)
    names.push_back("k" + std::to_string(i) + ".o");
  std::vector<llvm::NewArchiveMember> members;
  for (auto [name, object] : llvm::zip_equal(names, objects))
    members.emplace_back(llvm::MemoryBufferRef({object.data(), object.size()}, name));
  return llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NoSymtab, llvm::object::Archive::K_GNU,
                                    /*Deterministic=*/true, /*Thin=*/false);
}

std::string runLinker(std::vector<std::string> arguments) {
  // lld keeps global state: one link at a time.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string output, errors;
  llvm::raw_string_ostream outputStream(output), errorStream(errors);
  lld::Result result = lld::lldMain(argv, outputStream, errorStream, {{lld::Gnu, &lld::elf::link}});
  return result.retCode == 0 ? "" : "the linker failed: " + errors;
}

std::string layOut(const ElfFile &elf, llvm::SmallVectorImpl<char> &bytes) {
  auto headers = elf.program_headers();
  if (!headers)
    return llvm::toString(headers.takeError());
  for (const Elf::Phdr &header : *headers) {
    if (header.p_type != llvm::ELF::PT_LOAD)
      continue;
    if (header.p_flags & llvm::ELF::PF_W)
      return "the kernels have a writable segment";
    if (bytes.size() < header.p_vaddr + header.p_memsz)
      bytes.resize(header.p_vaddr + header.p_memsz, 0);
    std::memcpy(bytes.data() + header.p_vaddr, elf.base() + header.p_offset, header.p_filesz);
  }
  return "";
}

std::string checkRelocations(const ElfFile &elf) {
  auto sections = elf.sections();
  if (!sections)
    return llvm::toString(sections.takeError());
  for (const Elf::Shdr &section : *sections)
    if ((section.sh_type == llvm::ELF::SHT_REL || section.sh_type == llvm::ELF::SHT_RELA ||
         section.sh_type == llvm::ELF::SHT_RELR) &&
        section.sh_size != 0)
      return "the kernels need a dynamic relocation";
  return "";
}

std::string findSymbols(const ElfFile &elf, llvm::ArrayRef<std::string> names, std::vector<uint64_t> &entries) {
  llvm::StringMap<uint64_t> values;
  for (const Elf::Shdr &section : *elf.sections()) {
    if (section.sh_type != llvm::ELF::SHT_SYMTAB)
      continue;
    auto symbols = elf.symbols(&section);
    auto strings = elf.getStringTableForSymtab(section);
    if (!symbols || !strings)
      return "the linked file's symbols cannot be read";
    for (const Elf::Sym &symbol : *symbols)
      if (llvm::Expected<llvm::StringRef> name = symbol.getName(*strings))
        values[*name] = symbol.st_value;
  }
  for (const std::string &name : names) {
    auto found = values.find(name);
    if (found == values.end())
      return "the linked file has no symbol " + name;
    entries.push_back(found->second);
  }
  return "";
}

} // namespace

std::string sinter::cpu::linkImage(llvm::ArrayRef<llvm::ArrayRef<char>> objects, llvm::ArrayRef<std::string> symbols,
                                   Image &image) {
  auto kernels = archive(objects);
  if (!kernels)
    return llvm::toString(kernels.takeError());
  MemoryFile input((*kernels)->getBuffer());
  Pipe output;
  for (const std::string &problem : {input.problem, output.problem})
    if (!problem.empty())
      return problem;
  std::vector<std::string> arguments = {"ld.lld",
                                        "-shared",
                                        "-nostdlib",
                                        "--no-undefined",
                                        "--no-rosegment",
                                        "-z",
                                        "norelro",
                                        "-z",
                                        "rodynamic",
                                        "-z",
                                        "max-page-size=4096",
                                        "-z",
                                        "nognustack",
                                        "--build-id=none",
                                        "--hash-style=gnu",
                                        "--threads=1",
                                        "--whole-archive",
                                        input.path(),
                                        "-o",
                                        output.path()};
  if (std::string error = runLinker(std::move(arguments)); !error.empty())
    return error;
  image.linked = output.finish().str();
  llvm::Expected<ElfFile> elf = ElfFile::create(image.linked);
  if (!elf)
    return llvm::toString(elf.takeError());
  for (std::string error :
       {layOut(*elf, image.bytes), checkRelocations(*elf), findSymbols(*elf, symbols, image.entries)})
    if (!error.empty())
      return error;
  return "";
}
