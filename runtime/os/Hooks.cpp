// Default hooks on POSIX: C's allocator, the monotonic clock, mmap.
//
// Code is written into anonymous pages which then become executable and read-only, in this order: no page is ever
// writable and executable at once.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "os/Os.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

using namespace sinter::rt;

static void *allocate(void *, size_t bytes, size_t alignment) {
  void *pointer = nullptr;
  if (alignment < sizeof(void *))
    alignment = sizeof(void *);
  return posix_memalign(&pointer, alignment, bytes ? bytes : 1) ? nullptr : pointer;
}

static void release(void *, void *pointer, size_t, size_t) { free(pointer); }

static void drop(void *, int32_t, const char *) {}

static uint64_t now(void *) {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return uint64_t(time.tv_sec) * 1000000000u + uint64_t(time.tv_nsec);
}

static int32_t map(void *, sinter_map_request *request) {
  uint64_t page = uint64_t(sysconf(_SC_PAGESIZE));
  uint64_t before = request->kind == SINTER_MAP_FILE ? request->offset % page : 0;
  if (request->length > SIZE_MAX / 2 || request->offset > INT64_MAX)
    return 1;
  request->extent = (request->length + before + page - 1) / page * page;
  if (!request->extent)
    request->extent = page;
  bool file = request->kind == SINTER_MAP_FILE;
  void *base = mmap(nullptr, size_t(request->extent), file ? PROT_READ : PROT_READ | PROT_WRITE,
                    file ? MAP_PRIVATE : MAP_PRIVATE | MAP_ANONYMOUS, file ? request->fd : -1,
                    off_t(file ? request->offset - before : 0));
  if (base == MAP_FAILED)
    return 1;
  request->base = base;
  request->data = static_cast<uint8_t *>(base) + before;
  return 0;
}

static int32_t seal(void *, const sinter_map_request *request) {
  char *start = static_cast<char *>(request->base);
  if (mprotect(start, size_t(request->extent), PROT_READ | PROT_EXEC))
    return 1;
  __builtin___clear_cache(start, start + request->extent);
  return 0;
}

static void unmap(void *, const sinter_map_request *request) { munmap(request->base, size_t(request->extent)); }

static void yield(void *) { sched_yield(); }

void sinter::rt::fillDefaultHooks(sinter_hooks &hooks) {
  if (!hooks.allocate && !hooks.release) {
    hooks.allocate = allocate;
    hooks.release = release;
  }
  if (!hooks.map && !hooks.seal && !hooks.unmap) {
    hooks.map = map;
    hooks.seal = seal;
    hooks.unmap = unmap;
  }
  if (!hooks.log)
    hooks.log = drop;
  if (!hooks.clock)
    hooks.clock = now;
  if (!hooks.yield)
    hooks.yield = yield;
}

bool sinter::rt::readDescriptor(int32_t fd, uint64_t offset, void *buffer, size_t length) {
  char *out = static_cast<char *>(buffer);
  while (length) {
    if (offset > INT64_MAX)
      return false;
    ssize_t got = pread(fd, out, length, off_t(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    out += got;
    offset += uint64_t(got);
    length -= size_t(got);
  }
  return true;
}
