// The interface between Sinter's loader and the drivers of devices. The second public header; read
// sinter.h first.
//
// A driver is one function, `entry(host_abi)`, which returns a table. The loader owns everything
// that is the same on all devices: verification of the package's structure, selection, arenas,
// state, control flow between segments, binding of the caller's buffers. A driver owns what
// differs: which devices exist, which code they accept, how code is loaded, how a segment
// (straight-line work on one device) is prepared once and submitted many times.
//
//     enumerate ─ accept ─ verify ─ load ─┬─ requirements ─ open ─ prepare … ─┬─ submit … wait ─
//     reset ─┬─ close ─ unload
//                                 once a package                       once a context every run
//
// The table's functions are called by one thread at a time for one stream; `load` results are
// shared by streams on different threads. The loader has checked every number against the package
// before a driver sees it: indices, and ranges against the sizes of what they refer to. A driver
// checks what only it can know: its code's bytes, alignments, a kernel's needs. Drivers are
// asynchronous by design: submit may return before the work is done; work on one stream starts in
// order of submission, and `signal` values on it only grow.
//
// A device whose `enumerate` says memory "host" works in host memory: it finds everything at
// sinter_memory.host. Any other name means memory of its own, which the driver allocates. Its
// segments then use nothing but arenas that it allocated, states in its memory, and constants,
// which `load` has put on the device: what crosses over goes through an arena that the host sees
// too (staging memory, or all memory where it is shared), into and out of which the loader or a
// CPU's kernels copy. Such memory is coherent at the border: work sees what the host wrote before
// its submission, and after the wait for it the host sees what the work wrote.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_DRIVER_H
#define SINTER_DRIVER_H

#include "sinter.h"

#ifdef __cplusplus
extern "C" {
#endif

// Grows when a member is added to the end of a struct (lower half) or meanings change (upper half).
#define SINTER_DRIVER_ABI 0x00010000u

// Opaque to the loader. A driver casts them to types of its own: where it defines them instead,
// with functions, two drivers cannot be linked into one program.
typedef struct sinter_executable sinter_executable; // code and constants on a device; immutable; one for each package
typedef struct sinter_stream sinter_stream;         // a context's queue on a device
typedef struct sinter_prepared sinter_prepared;     // a segment, ready for submission on one stream

// Memory that the loader gives to a stream, or that a driver allocated.
typedef struct sinter_memory {
  void *host;      // where the host reads and writes it, or NULL: it does not
  uint64_t handle; // the driver's, where it allocated
  uint64_t size;
} sinter_memory;

// What of the code's kernels a driver must know. Strings live as long as the package.
typedef struct sinter_kernel {
  const char *name;
  uint32_t bindings;
  uint32_t outputs; // the last of the bindings, which it writes
  uint64_t entry;   // offset in the code
  uint64_t scratch; // bytes for each worker
} sinter_kernel;

// One variant of an executable's code.
typedef struct sinter_code_image {
  size_t size;
  const char *target;  // "cpu:x86-64"
  const char *variant; // "v3"
  const char *const *features;
  uint32_t feature_count;
  uint32_t abi;     // kernel ABI number of the code section
  uint32_t section; // for errors
  uint32_t kernel_count;
  const sinter_kernel *kernels;
  const void *data; // NULL in `accept`; aligned to 64; valid during the call only
  uint64_t length;
  const sinter_memory *constants; // host memory; valid as long as the package; NULL in `accept`
  uint32_t constant_count;
  // For each constant, not 0 where the executable's work uses it: what a device with memory of its
  // own needs of them.
  const uint8_t *constants_used; // NULL in `accept`; valid during the call only
  const char *memory;            // what the kernels work in, as `enumerate` names it
} sinter_code_image;

// A range of memory that a command uses. Its layout is the package's.
typedef enum sinter_range_kind {
  SINTER_RANGE_ARENA = 0,
  SINTER_RANGE_CONSTANT = 1,
  SINTER_RANGE_INPUT = 2,
  SINTER_RANGE_OUTPUT = 3,
  SINTER_RANGE_STATE = 4,
  SINTER_RANGE_SCRATCH = 5,
  SINTER_RANGE_SCALARS = 6,
} sinter_range_kind;

typedef struct sinter_range {
  uint8_t kind;       // sinter_range_kind
  uint8_t padding[3]; // undefined
  uint32_t index;
  uint64_t offset;
  uint64_t length;
} sinter_range;

typedef enum sinter_work_kind { SINTER_WORK_DISPATCH = 1, SINTER_WORK_COPY = 2, SINTER_WORK_FILL = 3 } sinter_work_kind;

typedef struct sinter_work {
  uint32_t kind;
  uint32_t kernel;     // dispatch
  uint64_t grid;       // dispatch: number of workgroups, the bound where grid_scalar >= 0
  int32_t grid_scalar; // dispatch: -1, or the register that holds the number
  uint32_t range_count;
  const sinter_range *ranges; // dispatch: in order of the kernel's bindings; copy: source, target; fill: target
  uint64_t pattern;           // fill: the low `width` bytes
  uint32_t width;             // fill: 1, 2, 4 or 8
  uint32_t queue;             // copy: which of the device's copy engines; 0 is any
  const char *node;           // for errors; may be ""
} sinter_work;

typedef struct sinter_segment {
  size_t size;
  const sinter_work *work; // valid during `prepare` only; the ranges as long as the package
  uint32_t count;
  uint32_t scalar_count;
} sinter_segment;

typedef struct sinter_stream_requirements {
  size_t size;
  uint64_t scratch_bytes; // host memory that the loader must give, for `workers` workers
  uint64_t stack_bytes;   // on each thread, at most
} sinter_stream_requirements;

typedef struct sinter_stream_info {
  size_t size;
  const sinter_executable *executable;
  uint32_t workers; // how many parallel_for bodies to use; at least 1
  uint32_t arena_count;
  const sinter_memory *arenas; // all of the program's; those of other executables have their own drivers' handles.
                               // These tables and what they refer to live as long as the stream.
  const sinter_memory *constants;
  const sinter_memory *states;
  uint32_t constant_count;
  uint32_t state_count;
  void *scratch;             // scratch_bytes, aligned to 64
  const sinter_hooks *hooks; // complete but for parallel_for, which is the context's:
  void (*parallel_for)(void *user, uint32_t count, void (*body)(void *data, uint32_t index), void *data);
  void *parallel_user;
} sinter_stream_info;

typedef struct sinter_submission {
  size_t size;
  void *const *inputs; // the entry point's buffers, aligned as the signature says; NULL where it is state
  void *const *outputs;
  const int64_t *scalars; // registers; valid during `submit`: later ones belong to later segments
  const uint64_t *waits;  // timeline values of this stream that must be reached first; valid during `submit`
  uint32_t wait_count;
  uint64_t signal;   // timeline value to reach when the segment is done
  uint64_t deadline; // as in sinter_run_params; looked at between commands where the device allows it
  const volatile int32_t *cancel;
  // NULL, or called for each piece of work, at the latest in `wait`: its index in the segment,
  // start and end.
  void (*profile)(void *user, uint32_t work, uint64_t start, uint64_t end);
  void *profile_user;
} sinter_submission;

// The table. `size` first; a driver made for an older ABI has a shorter one, and the loader treats
// what is beyond as NULL. Functions return a sinter_code and fill `error`, which is never NULL.
typedef struct sinter_driver {
  size_t size;
  uint32_t abi;     // SINTER_DRIVER_ABI that it was built with
  const char *name; // as executables name it: "cpu"

  // Describes the index-th device; SINTER_E_NOT_FOUND past the last.
  sinter_code (*enumerate)(const sinter_hooks *hooks, uint32_t index, sinter_device_info *info, sinter_error *error);

  // Whether the device can run this variant: target, ABI, features. UNSUPPORTED with the reason
  // where it cannot.
  sinter_code (*accept)(const sinter_hooks *hooks, uint32_t device, const sinter_code_image *code, sinter_error *error);

  // Checks the code's bytes as far as that is possible without running them. Nothing is kept.
  sinter_code (*verify)(const sinter_hooks *hooks, const sinter_code_image *code, sinter_error *error);

  // Puts code and constants where the device runs and reads them. `code` is valid during the call.
  sinter_code (*load)(const sinter_hooks *hooks, uint32_t device, const sinter_code_image *code,
                      sinter_executable **executable, sinter_error *error);
  void (*unload)(sinter_executable *executable);

  // What a stream with so many workers needs from the loader.
  sinter_code (*requirements)(const sinter_executable *executable, uint32_t workers,
                              sinter_stream_requirements *requirements, sinter_error *error);

  // A stream, for one context. `info` is valid during the call, what it points to as long as the
  // stream.
  sinter_code (*open)(const sinter_stream_info *info, sinter_stream **stream, sinter_error *error);
  void (*close)(sinter_stream *stream); // after its segments were released

  // Prepares a segment: everything is compiled and recorded here, submission allocates nothing.
  sinter_code (*prepare)(sinter_stream *stream, const sinter_segment *segment, sinter_prepared **prepared,
                         sinter_error *error);
  void (*release)(sinter_prepared *prepared);

  // Starts a prepared segment, which has ended by the time it is submitted again. A driver that
  // finishes it before it returns reports its failure here.
  sinter_code (*submit)(sinter_prepared *prepared, const sinter_submission *submission, sinter_error *error);

  // Waits until the timeline has reached `value`. Reports failure of the work itself, deadline and
  // cancellation.
  sinter_code (*wait)(sinter_stream *stream, uint64_t value, uint64_t deadline, const volatile int32_t *cancel,
                      sinter_error *error);

  // After a failure: forgets what was submitted and makes the stream usable again, its timeline at
  // `value`. When it returns, also with an error, nothing that was submitted touches memory any
  // more. An error (a device that is lost) is final: the loader runs nothing more in this context,
  // it only releases and closes.
  sinter_code (*reset)(sinter_stream *stream, uint64_t value, sinter_error *error);

  // Memory of the device's own, for drivers whose enumerate says another memory than "host";
  // otherwise NULL. `name` is one that the target lists: where arenas are, or where the host sees
  // them. Sets handle and, where the host sees it, host. LIMIT where a device could not bind so
  // much at once, MEMORY where there is no more. `write` (NULL: zeros) and `read` are synchronous,
  // staged by the driver where they have to be, and used between segments: for states, and for what
  // the host must know to go on.
  sinter_code (*allocate)(const sinter_executable *executable, const char *name, uint64_t bytes, uint64_t alignment,
                          sinter_memory *memory, sinter_error *error);
  void (*deallocate)(const sinter_executable *executable, sinter_memory *memory);
  sinter_code (*write)(const sinter_executable *executable, const sinter_memory *memory, uint64_t offset,
                       const void *data, uint64_t bytes, sinter_error *error);
  sinter_code (*read)(const sinter_executable *executable, const sinter_memory *memory, uint64_t offset, void *data,
                      uint64_t bytes, sinter_error *error);
} sinter_driver;

// A driver in a module of its own, which a host opens at run time (sinter-run --load-driver),
// exports its entry function under this name.
#define SINTER_DRIVER_PLUGIN "sinter_driver_plugin"

#ifdef __cplusplus
}
#endif

#endif
