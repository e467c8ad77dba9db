// The text of sinter inspect, from its JSON document.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TOOLS_SINTER_INSPECTTEXT_H
#define SINTER_TOOLS_SINTER_INSPECTTEXT_H

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace sinter {

void printInspection(const llvm::json::Object &document, bool memory, llvm::raw_ostream &os);

} // namespace sinter

#endif
