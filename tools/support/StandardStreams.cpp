// The standard streams, whatever the shell has left open.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/support/StandardStreams.h"

#include <fcntl.h>
#include <unistd.h>

void sinter::tool::holdStandardStreams() {
  int fd;
  do
    fd = ::open("/dev/null", O_RDONLY);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    ::close(fd);
}
