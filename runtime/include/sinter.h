// Sinter's loader: run a package (`model.sinter`) that `sinter compile` made. C ABI, no dependencies.
//
// In learning order: versions and errors; what the library asks of the host (hooks); where a package comes from
// (source); opening one; what it contains; what can run it; a context; shapes, buffers, running; state.
//
// A package is immutable and may be shared between threads. A context belongs to one thread at a time; there may be
// many contexts of one package. Handles are opaque and live in blocks that the caller gives, of the size and alignment
// that the library asks for; they must not be moved or freed before they are closed. Structs begin with their size:
// set it to sizeof(the struct); a tail that this library does not know must be zero, otherwise the call is refused.
//
// Functions that can fail return a sinter_code and fill `error`, which may be NULL. They never crash on a damaged
// package: every offset, size, binding, register and jump is checked before use. Native code in a package is trusted
// like a shared library: the hashes protect against damage, not against malice.
//
// Every function here exists since ABI version 1.0 unless it says otherwise.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_H
#define SINTER_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SINTER_API __attribute__((visibility("default")))
#else
#define SINTER_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

// --- versions and errors ---------------------------------------------------------------------------------------------

// Major in the upper 16 bits, minor in the lower. A library serves callers of its own major and any lower minor.
#define SINTER_ABI_VERSION 0x00010000u

// The library's SINTER_ABI_VERSION. Compare its upper half with the header's before anything else.
SINTER_API uint32_t sinter_abi_version(void);

typedef enum sinter_code {
  SINTER_OK = 0,
  SINTER_E_ARGUMENT = 1,    // A NULL, an unknown struct size or tail, a number out of range.
  SINTER_E_SOURCE = 2,      // The package's source could not be read.
  SINTER_E_FORMAT = 3,      // Not a package, or a malformed one; section and offset say where.
  SINTER_E_VERSION = 4,     // A package, driver or code of a version that this library does not know.
  SINTER_E_CORRUPT = 5,     // A hash does not match: the package is damaged.
  SINTER_E_LIMIT = 6,       // Larger than this library or this machine can address.
  SINTER_E_MEMORY = 7,      // An allocation or mapping failed, or a block is too small.
  SINTER_E_UNSUPPORTED = 8, // Well-formed, but nothing here can do it.
  SINTER_E_NOT_FOUND = 9,   // No such entry point, value, device or state.
  SINTER_E_NO_DEVICE = 10,  // No driver and device accepts any of the package's programs.
  SINTER_E_UNBOUND = 11,    // An input or output has no buffer, or a dynamic entry no shape.
  SINTER_E_BUFFER = 12,     // A caller's buffer is too small, or overlaps another that is written.
  SINTER_E_ALIGNMENT = 13,  // A block for a handle, or a memory, is misaligned.
  SINTER_E_BOUND = 14,      // A dimension or computed size is outside its bound.
  SINTER_E_ARITHMETIC = 15, // The program's own arithmetic overflowed or divided by zero.
  SINTER_E_LOOP = 16,       // A backward jump was taken more often than its limit.
  SINTER_E_STATE = 17,      // State is invalid since a failed run; reset or restore it.
  SINTER_E_DEADLINE = 18,   // The deadline passed before the run ended.
  SINTER_E_CANCELLED = 19,  // The caller cancelled the run.
  SINTER_E_DEVICE = 20,     // The device failed or was lost.
} sinter_code;

// A short lower-case name ("corrupt") for a code; "unknown" for a number that is none. Static storage.
SINTER_API const char *sinter_code_name(int32_t code);

// What went wrong and where. Owned by the caller; filled only when a call fails.
typedef struct sinter_error {
  size_t size;
  int32_t code;
  int32_t section;  // Index in the package's section directory, or -1.
  uint64_t offset;  // In that section, or in the file where section is -1 and the file is at fault.
  const char *node; // ONNX node, or NULL; lives as long as the package.
  int64_t limit;    // The limit that was passed, with `value`; both 0 where there is none.
  int64_t value;
  char text[192]; // One English sentence, NUL-terminated.
} sinter_error;

// --- what the library asks of the host -------------------------------------------------------------------------------

typedef enum sinter_map_kind {
  SINTER_MAP_FILE = 1, // `length` bytes at `offset` of file descriptor `fd`, read-only and private.
  SINTER_MAP_CODE = 2, // `length` writable bytes, page-aligned, that `seal` will make executable.
} sinter_map_kind;

typedef struct sinter_map_request {
  size_t size;
  uint32_t kind; // sinter_map_kind
  int32_t fd;
  uint64_t offset; // Any; the hook takes care of page boundaries.
  uint64_t length;
  void *data;      // out: where the bytes are
  void *base;      // out: the mapping itself, for `unmap`
  uint64_t extent; // out: its length, for `unmap`
} sinter_map_request;

// Functions that the library calls. Every member but `size` and `user` may be NULL: the default is taken, where the
// library was built with an operating system's folder; a freestanding library has none and reports what is missing.
// The hooks must outlive every package and context made with them. They may be called from any thread that calls the
// library.
typedef struct sinter_hooks {
  size_t size;
  void *user;
  // Memory for set-up: open, create, bind. Never called by sinter_run. Returns NULL when there is none.
  void *(*allocate)(void *user, size_t bytes, size_t alignment);
  void (*release)(void *user, void *pointer, size_t bytes, size_t alignment);
  // level: 0 error, 1 warning, 2 information. The default drops everything.
  void (*log)(void *user, int32_t level, const char *text);
  // Nanoseconds of a monotonic clock.
  uint64_t (*clock)(void *user);
  // Calls body(data, i) once for each i in [0, count), on any threads, in any order, also one after another, and
  // returns when all have returned. The default is a small pool that belongs to the context.
  void (*parallel_for)(void *user, uint32_t count, void (*body)(void *data, uint32_t index), void *data);
  // Fills data, base and extent and returns 0, or returns non-zero.
  int32_t (*map)(void *user, sinter_map_request *request);
  // Makes a SINTER_MAP_CODE mapping executable and no longer writable. 0 on success.
  int32_t (*seal)(void *user, const sinter_map_request *request);
  void (*unmap)(void *user, const sinter_map_request *request);
  // Called by a thread that has waited a while for another.
  void (*yield)(void *user);
} sinter_hooks;

// --- where a package comes from --------------------------------------------------------------------------------------

typedef enum sinter_source_kind {
  SINTER_SOURCE_MEMORY = 1, // `data`: must stay valid and unchanged while the package is open; constants are used in
                            // place where they lie at multiples of 64.
  SINTER_SOURCE_FD = 2,     // `fd`: constants are mapped, everything else is copied. The file must not be truncated
                            // while the package is open. The descriptor may be closed after sinter_package_open.
  SINTER_SOURCE_READ = 3,   // `read`: everything is copied. Called only by requirements and open.
} sinter_source_kind;

typedef struct sinter_source {
  size_t size;
  uint32_t kind;
  int32_t fd;
  const void *data;
  // Fills `length` bytes from `offset` of the package and returns 0, or returns non-zero.
  int32_t (*read)(void *user, uint64_t offset, void *buffer, size_t length);
  void *user;
  uint64_t offset; // Of the package in the memory, file or stream.
  uint64_t length; // Of the package in bytes; required.
} sinter_source;

// --- opening a package -----------------------------------------------------------------------------------------------

// A driver's entry function, from a driver library (see sinter_driver.h): `sinter_cpu_driver` for example.
struct sinter_driver;
typedef const struct sinter_driver *(*sinter_driver_entry)(uint32_t host_abi, sinter_error *error);

typedef enum sinter_integrity {
  SINTER_INTEGRITY_ALL = 0,      // Every section's hash is checked when the package is opened.
  SINTER_INTEGRITY_DEFERRED = 1, // Constants are left to `sinter verify`; everything else is checked.
} sinter_integrity;

typedef struct sinter_load_options {
  size_t size;
  const sinter_hooks *hooks;          // NULL: defaults
  const sinter_driver_entry *drivers; // None: the package can be inspected, not run.
  size_t driver_count;
  // NULL: the first program whose needs are all present. Otherwise only a program whose first executable matches
  // (the first target of a program that is split over several): a driver ("cpu"), a target ("cpu:x86-64"), a device's
  // name, each with "@variant" or without.
  const char *device;
  uint32_t integrity; // sinter_integrity
} sinter_load_options;

typedef struct sinter_requirements {
  size_t size;
  uint64_t bytes;     // of the block for the handle
  uint64_t alignment; // of its address
} sinter_requirements;

typedef struct sinter_package sinter_package;
typedef struct sinter_context sinter_context;

// Reads the header only and says how large a block sinter_package_open needs for this source. `options` may be NULL.
// Errors: argument, source, format, version, limit.
SINTER_API sinter_code sinter_package_requirements(const sinter_source *source, const sinter_load_options *options,
                                                   sinter_requirements *requirements, sinter_error *error);

// Verifies the whole package, chooses the first program that a driver and device accept, and loads its code. Succeeds
// with no program chosen when none fits; sinter_program_info says why. `block` holds the handle until
// sinter_package_close; more memory comes from the allocator and map hooks. On failure nothing is kept.
// Errors: as above, and corrupt, memory, alignment.
SINTER_API sinter_code sinter_package_open(const sinter_source *source, const sinter_load_options *options, void *block,
                                           uint64_t block_bytes, sinter_package **package, sinter_error *error);

// Frees everything but the block. Every context of the package must have been destroyed. NULL is allowed.
SINTER_API void sinter_package_close(sinter_package *package);

// --- what a package contains -----------------------------------------------------------------------------------------

typedef struct sinter_package_info {
  size_t size;
  uint64_t bytes;
  uint32_t entry_count;
  uint32_t state_count;
  uint32_t program_count;
  int32_t program;      // the chosen one, or -1
  const char *producer; // "sinter 0.1.0"; lives as long as the package, like every string below
} sinter_package_info;

// Counts and provenance. Errors: argument.
SINTER_API sinter_code sinter_package_get_info(const sinter_package *package, sinter_package_info *info,
                                               sinter_error *error);

// Finds an entry point by name; NULL is the first. Errors: argument, not found.
SINTER_API sinter_code sinter_entry_find(const sinter_package *package, const char *name, uint32_t *entry,
                                         sinter_error *error);

typedef struct sinter_entry_info {
  size_t size;
  const char *name;
  uint32_t input_count;
  uint32_t output_count;
} sinter_entry_info;

// Errors: argument, not found.
SINTER_API sinter_code sinter_entry_get_info(const sinter_package *package, uint32_t entry, sinter_entry_info *info,
                                             sinter_error *error);

typedef enum sinter_type {
  SINTER_F32 = 1,
  SINTER_F64 = 2,
  SINTER_F16 = 3,
  SINTER_BF16 = 4,
  SINTER_I8 = 5,
  SINTER_U8 = 6,
  SINTER_I16 = 7,
  SINTER_U16 = 8,
  SINTER_I32 = 9,
  SINTER_U32 = 10,
  SINTER_I64 = 11,
  SINTER_U64 = 12,
  SINTER_BOOL = 13, // one byte, 0 or 1
  SINTER_I4 = 14,
  SINTER_U4 = 15,
  SINTER_I2 = 16,
  SINTER_U2 = 17, // packed, low bits first
  SINTER_F8E4M3FN = 18,
  SINTER_F8E4M3FNUZ = 19,
  SINTER_F8E5M2 = 20,
  SINTER_F8E5M2FNUZ = 21,
  SINTER_F8E8M0 = 22,
  SINTER_F4E2M1 = 23,
  SINTER_STRING = 24,
} sinter_type;

// Lower-case name of a type ("f32"), or "none". Static storage.
SINTER_API const char *sinter_type_name(uint32_t type);
// Bits of one element; 0 for strings and unknown types.
SINTER_API uint32_t sinter_type_bits(uint32_t type);

#define SINTER_MAX_RANK 16

// Passed as uint32_t: a number that is neither is an error, not undefined behaviour.
typedef enum sinter_direction { SINTER_INPUT = 0, SINTER_OUTPUT = 1 } sinter_direction;

typedef struct sinter_value_info {
  size_t size;
  const char *name;
  uint32_t type; // sinter_type
  uint32_t rank;
  int64_t extent[SINTER_MAX_RANK];     // the size, or the bound of a dynamic dimension
  int64_t minimum[SINTER_MAX_RANK];    // equal to extent where the dimension is static
  const char *symbol[SINTER_MAX_RANK]; // name of a dynamic dimension's symbol; "" where it has none; NULL: static
  int64_t stride[SINTER_MAX_RANK];     // in elements, at the bound: tensors are dense, row-major
  uint64_t bytes;                      // at the bound
  uint32_t alignment;                  // a buffer aligned so is used in place; another is copied at every run
  int32_t state;                       // index of the state that is kept here, so that no buffer is needed; or -1
  const float *scale;                  // quantisation: one for each channel along quant_axis, or one; NULL: none
  const int32_t *zero_point;           // as many, or NULL for zeros
  uint32_t scale_count;
  int32_t quant_axis; // -1: the whole tensor
} sinter_value_info;

// Describes an input or output of an entry point. Errors: argument, not found.
SINTER_API sinter_code sinter_value_get_info(const sinter_package *package, uint32_t entry, uint32_t direction,
                                             uint32_t index, sinter_value_info *info, sinter_error *error);

typedef struct sinter_state_info {
  size_t size;
  const char *name;
  uint32_t type;
  uint32_t rank;
  int64_t extent[SINTER_MAX_RANK];
  int32_t axis;        // the dimension that grows, or -1
  uint64_t bytes;      // at the bound
  uint64_t save_bytes; // what sinter_state_save writes
} sinter_state_info;

// Describes a state variable. Errors: argument, not found.
SINTER_API sinter_code sinter_state_get_info(const sinter_package *package, uint32_t state, sinter_state_info *info,
                                             sinter_error *error);

// --- what can run it -------------------------------------------------------------------------------------------------

typedef struct sinter_device_info {
  size_t size;
  char driver[32];
  char name[64];         // "x86-64, AVX2, FMA"
  char target[32];       // "cpu:x86-64"
  char memory[16];       // "host", or the name of the device's own memory
  char features[512];    // names, separated by commas
  uint64_t memory_bytes; // 0: not known
} sinter_device_info;

// The index-th device over all drivers given. Errors: argument, not found past the last, what a driver reports.
SINTER_API sinter_code sinter_device_list(const sinter_driver_entry *drivers, size_t driver_count,
                                          const sinter_hooks *hooks, uint32_t index, sinter_device_info *info,
                                          sinter_error *error);

typedef struct sinter_program_info {
  size_t size;
  uint32_t chosen; // 1 for the program that contexts run
  uint32_t executable_count;
  const char *target; // of its first executable
  const char *driver;
  const char *variant; // loaded for it, or NULL
  uint64_t arena_bytes;
  sinter_error reason; // why it cannot run; code SINTER_OK where it can or was not tried
} sinter_program_info;

// What a program needs and why it cannot run. Errors: argument, not found.
SINTER_API sinter_code sinter_program_get_info(const sinter_package *package, uint32_t program,
                                               sinter_program_info *info, sinter_error *error);

// --- a context -------------------------------------------------------------------------------------------------------

typedef struct sinter_context_options {
  size_t size;
  uint32_t threads; // that work on one run, the caller's included; 0 is 1
  // Host memory for arenas, state and worker scratch, at least as large and aligned as the requirements say; used until
  // the context is destroyed. NULL: from the allocator hook.
  void *memory;
  uint64_t memory_bytes;
} sinter_context_options;

typedef struct sinter_context_requirements {
  size_t size;
  uint64_t bytes; // of the block for the handle
  uint64_t alignment;
  uint64_t memory_bytes; // host memory: arenas, state, scratch
  uint64_t memory_alignment;
  uint64_t device_bytes; // on devices that have memory of their own
  uint64_t arena_bytes;  // the arenas' share, over all memories
  uint64_t state_bytes;
  uint64_t scratch_bytes;
  uint64_t stack_bytes; // that a run needs on each thread, at most
} sinter_context_requirements;

// What sinter_context_create will take for these options (NULL: defaults). Errors: argument, no device, limit.
SINTER_API sinter_code sinter_context_get_requirements(const sinter_package *package,
                                                       const sinter_context_options *options,
                                                       sinter_context_requirements *requirements, sinter_error *error);

// Makes arenas and state, starts the pool and prepares every segment of every entry point, so that running does
// neither. State has its initial value. On failure nothing is kept.
// Errors: argument, no device, memory, alignment, what a driver reports.
SINTER_API sinter_code sinter_context_create(const sinter_package *package, const sinter_context_options *options,
                                             void *block, uint64_t block_bytes, sinter_context **context,
                                             sinter_error *error);

// Frees everything but the block and the memory given. NULL is allowed.
SINTER_API void sinter_context_destroy(sinter_context *context);

// --- shapes, buffers, running ----------------------------------------------------------------------------------------

typedef struct sinter_shape {
  size_t size;
  uint32_t rank;
  int64_t extent[SINTER_MAX_RANK];
} sinter_shape;

// Sets the shapes of an entry's inputs for the runs that follow and computes those of its outputs. Static entries need
// no call; it checks. An output dimension that only the run can know is -1. `outputs` may be NULL.
// Errors: argument (counts), bound (the symbol or dimension, its limit and value), arithmetic.
SINTER_API sinter_code sinter_resolve(sinter_context *context, uint32_t entry, const sinter_shape *inputs,
                                      uint32_t input_count, sinter_shape *outputs, uint32_t output_count,
                                      sinter_error *error);

// The shape of an output after a run, data-dependent sizes included. Errors: argument, not found, unbound.
SINTER_API sinter_code sinter_output_shape(const sinter_context *context, uint32_t entry, uint32_t output,
                                           sinter_shape *shape, sinter_error *error);

// Gives a buffer to an input or output, until another is bound or the context is destroyed. The caller owns it and must
// keep it valid during runs. Aligned as value_info says it is used in place, otherwise it is copied at every run
// (the copy's memory is allocated here, once). `bytes` must hold the resolved shape; NULL with 0 bytes unbinds.
// Errors: argument, not found, buffer (too small, or overlaps one that is written), memory.
SINTER_API sinter_code sinter_bind(sinter_context *context, uint32_t entry, uint32_t direction, uint32_t index,
                                   void *data, uint64_t bytes, sinter_error *error);

typedef struct sinter_profile_row {
  size_t size;
  const char *kernel; // or "copy", "fill"
  const char *node;   // ONNX nodes it came from
  const char *target;
  uint64_t start; // clock hook's nanoseconds
  uint64_t end;
} sinter_profile_row;

typedef struct sinter_run_params {
  size_t size;
  uint64_t deadline;              // by the clock hook; 0: none
  const volatile int32_t *cancel; // non-zero cancels; looked at between commands; NULL: never
  uint64_t seed;                  // of random operators
  void (*profile)(void *user, const sinter_profile_row *row); // called for each piece of work; NULL: not measured
  void *profile_user;
} sinter_run_params;

// Runs an entry point and waits for its end. Allocates nothing. Sets the floating-point environment it needs and
// restores the caller's. After an error the outputs are undefined and, where the package has state, state is invalid.
// `params` may be NULL. Errors: argument, not found, unbound, state, deadline, cancelled, bound, arithmetic, loop,
// device.
SINTER_API sinter_code sinter_run(sinter_context *context, uint32_t entry, const sinter_run_params *params,
                                  sinter_error *error);

// --- state -----------------------------------------------------------------------------------------------------------

// Gives every state variable its initial value; state is valid afterwards. Errors: argument, device.
SINTER_API sinter_code sinter_state_reset(sinter_context *context, sinter_error *error);

// Copies one variable, with its current length, into `buffer`, which must hold save_bytes of state_info.
// Errors: argument, not found, buffer, state, device.
SINTER_API sinter_code sinter_state_save(const sinter_context *context, uint32_t state, void *buffer, uint64_t bytes,
                                         sinter_error *error);

// Puts back what sinter_state_save wrote for the same variable of the same package. State becomes valid once all
// variables have been restored or reset. Errors: argument, not found, buffer, bound (a length that cannot be), device.
SINTER_API sinter_code sinter_state_restore(sinter_context *context, uint32_t state, const void *buffer, uint64_t bytes,
                                            sinter_error *error);

// Shortens a variable that grows along an axis, such as a KV cache, to `length`, at most its current length.
// Errors: argument, not found, unsupported (it does not grow), bound, state.
SINTER_API sinter_code sinter_state_truncate(sinter_context *context, uint32_t state, int64_t length,
                                             sinter_error *error);

// --- drivers that come with Sinter, each its own library -------------------------------------------------------------

SINTER_API const struct sinter_driver *sinter_cpu_driver(uint32_t host_abi, sinter_error *error);
SINTER_API const struct sinter_driver *sinter_null_driver(uint32_t host_abi, sinter_error *error);
SINTER_API const struct sinter_driver *sinter_vulkan_driver(uint32_t host_abi, sinter_error *error);
SINTER_API const struct sinter_driver *sinter_cuda_driver(uint32_t host_abi, sinter_error *error);
SINTER_API const struct sinter_driver *sinter_hexagon_driver(uint32_t host_abi, sinter_error *error);
SINTER_API const struct sinter_driver *sinter_rocm_driver(uint32_t host_abi, sinter_error *error);

#ifdef __cplusplus
}
#endif

#endif
