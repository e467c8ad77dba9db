// The fragments of MFMA and WMMA against a model of the ISA guides' text.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/rocm/compiler/MatrixCores.h"
#include "test/rocm/Fragments.h"

#include <gtest/gtest.h>

using namespace sinter;
using namespace sinter::gpu;

namespace {

template <typename Model> void expectUnit(const MatrixUnit &unit, const Model &model) {
  SCOPED_TRACE(unit.name.str());
  EXPECT_EQ(unit.m, 16);
  EXPECT_EQ(unit.n, 16);
  EXPECT_EQ(unit.k, model.k);
  auto expectLayout = [&](const FragmentLayout &layout, uint32_t items, auto place) {
    ASSERT_EQ(layout.lanes(), Model::lanes);
    ASSERT_EQ(layout.elements(), items);
    for (uint32_t lane = 0; lane < Model::lanes; ++lane)
      for (uint32_t item = 0; item < items; ++item) {
        rocm::Place expected = place(lane, item);
        EXPECT_EQ(layout.placeOf(lane, item), (Place{expected.row, expected.column}))
            << "lane " << lane << ", " << item;
      }
  };
  expectLayout(unit.a, model.items(), [&](uint32_t lane, uint32_t item) { return model.inA(lane, item); });
  expectLayout(unit.b, model.items(), [&](uint32_t lane, uint32_t item) { return model.inB(lane, item); });
  expectLayout(unit.c, Model::sums, [&](uint32_t lane, uint32_t item) { return model.inC(lane, item); });
}

TEST(MatrixCores, MfmaFragmentsAreThoseOfTheIsa) {
  for (const MatrixUnit &unit : rocm::matrixCores("gfx942"))
    expectUnit(unit, rocm::Mfma{unit.element == MatrixElement::I8 ? 32u : 16u});
}

TEST(MatrixCores, WmmaFragmentsAreThoseOfTheIsa) {
  for (const MatrixUnit &unit : rocm::matrixCores("gfx1100"))
    expectUnit(unit, rocm::Wmma{});
}

TEST(MatrixCores, EveryElementOfTheInputsHasOneUnit) {
  for (const char *processor : {"gfx942", "gfx1100"})
    for (MatrixElement element : {MatrixElement::F16, MatrixElement::BF16, MatrixElement::I8})
      EXPECT_EQ(
          llvm::count_if(rocm::matrixCores(processor), [&](const MatrixUnit &unit) { return unit.element == element; }),
          1)
          << processor;
  EXPECT_TRUE(rocm::matrixCores("gfx906").empty());
}

} // namespace
