// What a test asks of a stand-in for a vendor's library, and what it has seen. One for the process.
//
// Stand-ins execute kernels on the host. Work is asynchronous: a stream works on what was enqueued only when it is
// asked whether it is done, one piece at a time, so a host that does not wait reads what was before. Like the libraries
// they keep a failure of a kernel for ever, and record what is captured.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TEST_FAKE_CONTROL_H
#define SINTER_TEST_FAKE_CONTROL_H

namespace sinter::fake {

struct Control {
  // What it does.
  const char *failing = nullptr; ///< A function, "cuMemAlloc_v2": its call number `failAfter` from now, 0 the next, …
  int failAfter = 0;
  int failure = 0;                  ///< … returns this.
  int major = 8, minor = 0;         ///< Compute capability, of CUDA's device.
  const char *processor = "gfx942"; ///< Of HIP's device, with its features.
  int devices = 1;
  bool holds = false; ///< Work of streams makes no progress until one is waited for without an end.

  // Observed.
  int live = 0;             ///< Contexts retained, modules, streams, events, graphs and memory that are not given back.
  int launches = 0;         ///< Of kernels, executed.
  int graphs = 0;           ///< Launched.
  int calls = 0;            ///< Of any function.
  bool loadedCubin = false; ///< The last module, by CUDA.
};

} // namespace sinter::fake

/// Found with dlsym in the library: the driver and a test share one.
extern "C" sinter::fake::Control *sinterFakeControl();

#endif
