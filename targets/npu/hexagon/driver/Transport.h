// The way to a device: it starts the resident program there and carries messages.
//
// Here the device is a process of qemu-hexagon (Emulator.cpp). Another transport, FastRPC to a DSP, takes the place of
// that file: nothing else knows what is behind these functions.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_NPU_HEXAGON_DRIVER_TRANSPORT_H
#define SINTER_TARGETS_NPU_HEXAGON_DRIVER_TRANSPORT_H

#include "targets/npu/hexagon/driver/Window.h"

namespace sinter::hexagon {

class Transport {
public:
  Transport() = default;
  Transport(const Transport &) = delete;
  ~Transport() { stop(); }

  /// Whether there is a device; `name` gets what it is.
  static sinter_code find(char *name, size_t capacity, rt::Report &report);

  /// Starts the resident program, with the window.
  sinter_code start(const Window &window, rt::Report &report);
  /// Ends it, whatever it does. It touches memory no more. Returns how it ended, as wait() says it.
  int stop();

  sinter_code send(const Message &message, rt::Report &report);
  /// Waits at most so long; `arrived` says whether there is an answer. DEVICE: the program has ended.
  sinter_code receive(uint32_t milliseconds, Answer *answer, bool *arrived, rt::Report &report);

  bool isRunning() const { return process > 0; }

private:
  sinter_code died(rt::Report &report);

  int channel = -1;
  int process = 0;
};

} // namespace sinter::hexagon

#endif
