// The FlatBuffers reader of package.fbs for the loader, with FlatBuffers' and the schema's inline
// code under names of our own, so that an application that links another FlatBuffers, or the
// compiler in the same process, shares no symbol with it. Helpers for absent vectors and strings.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_RUNTIME_FORMAT_READER_H
#define SINTER_RUNTIME_FORMAT_READER_H

#ifdef FLATBUFFERS_H_
#error "include format/Reader.h before, or instead of, FlatBuffers' own headers"
#endif

// The buffer is verified before it is read, so the reader's assertions are not needed, and a
// freestanding build has no assert.
#define FLATBUFFERS_ASSERT(condition) ((void)0)
#define flatbuffers sinter_rt_flatbuffers
#define fb fb_reader // the namespace in the schema: sinter::fb_reader here
#include "flatbuffers/verifier.h"
// A field's access is a dozen instructions that occur hundreds of times: out of line they cost a
// fraction.
#ifdef __clang__
#pragma clang attribute push(__attribute__((noinline)), apply_to = function)
#endif
#include "flatbuffers/table.h"
#include "package_generated.h"
#ifdef __clang__
#pragma clang attribute pop
#endif

namespace sinter::rt {

template <typename V> uint32_t countOf(const V *vector) { return vector ? vector->size() : 0; }

inline const char *textOf(const flatbuffers::String *string) { return string ? string->c_str() : ""; }

} // namespace sinter::rt

#endif
