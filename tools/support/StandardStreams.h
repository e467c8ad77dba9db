// The standard streams, whatever the shell has left open.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SUPPORT_STANDARDSTREAMS_H
#define SINTER_TOOLS_SUPPORT_STANDARDSTREAMS_H

namespace sinter::tool {

/// Occupies those of descriptors 0 to 2 that are closed. The next file opened would have that number, and a diagnostic
/// would be written into a package. They are occupied for reading: writing there fails, as it does when closed.
void holdStandardStreams();

} // namespace sinter::tool

#endif
