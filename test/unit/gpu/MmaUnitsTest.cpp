// The fragments of mma.sync against a model of the PTX ISA's text.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/cuda/compiler/MmaUnits.h"
#include "test/ptx/Fragments.h"

#include <gtest/gtest.h>

using namespace sinter;
using namespace sinter::gpu;

namespace {

template <typename Model> void expectLayout(const FragmentLayout &layout, int64_t elements, Model model) {
  ASSERT_EQ(layout.lanes(), 32);
  ASSERT_EQ(layout.elements(), elements);
  for (uint32_t lane = 0; lane < 32; ++lane)
    for (uint32_t element = 0; element < elements; ++element) {
      Place place = layout.placeOf(lane, element);
      ptx::Place expected = model(lane, element);
      EXPECT_EQ(place, (Place{expected.row, expected.column})) << "lane " << lane << ", element " << element;
    }
}

TEST(MmaUnits, FragmentsAreThoseOfTheIsa) {
  for (const MatrixUnit &unit : cuda::mmaUnits()) {
    SCOPED_TRACE(unit.name.str());
    uint32_t run = unit.element == MatrixElement::I8 ? 4 : 2;
    EXPECT_EQ(unit.m, 16);
    EXPECT_EQ(unit.n, 8);
    EXPECT_EQ(unit.k, 8 * run);
    expectLayout(unit.a, 4 * run, [&](uint32_t lane, uint32_t element) { return ptx::placeInA(lane, element, run); });
    expectLayout(unit.b, 2 * run, [&](uint32_t lane, uint32_t element) { return ptx::placeInB(lane, element, run); });
    expectLayout(unit.c, 4, ptx::placeInC);
  }
}

TEST(MmaUnits, EveryElementOfTheInputsHasOneUnit) {
  for (MatrixElement element : {MatrixElement::F16, MatrixElement::BF16, MatrixElement::I8})
    EXPECT_EQ(llvm::count_if(cuda::mmaUnits(), [&](const MatrixUnit &unit) { return unit.element == element; }), 1);
}

} // namespace
