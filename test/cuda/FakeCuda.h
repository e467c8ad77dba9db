// What a test asks of the stand-in for libcuda.so.1, and what it has seen. One for the process.
//
// It executes PTX on the host (test/ptx). Work is asynchronous: a stream works on what was enqueued only when it is
// asked whether it is done, one piece at a time, so a host that does not wait reads what was before. Like CUDA it wants
// a current context, keeps a failure of a kernel for ever, and records what is captured.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_CUDA_FAKECUDA_H
#define SINTER_TEST_CUDA_FAKECUDA_H

namespace sinter::fake {

struct Control {
  // What it does.
  const char *failing = nullptr; ///< A function, "cuMemAlloc_v2": its call number `failAfter` from now, 0 the next, …
  int failAfter = 0;
  int failure = 0;          ///< … returns this.
  int major = 8, minor = 0; ///< Compute capability.
  int devices = 1;
  bool holds = false; ///< Work of streams makes no progress until one is waited for without an end.

  // Observed.
  int live = 0;             ///< Contexts retained, modules, streams, events, graphs and memory that are not given back.
  int launches = 0;         ///< Of kernels, executed.
  int graphs = 0;           ///< Launched.
  int calls = 0;            ///< Of any function.
  bool loadedCubin = false; ///< The last module.
};

} // namespace sinter::fake

/// Found with dlsym in the library: the driver and a test share one.
extern "C" sinter::fake::Control *sinterFakeCuda();

#endif
