// Devices with memory of their own: staging, asynchronous segments, states on the device, and every
// way to fail.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/device/DeviceDriver.h"
#include "test/unit/runtime/Loaded.h"

#include <string.h>
#include <time.h>

using namespace sinter;
using namespace sinter::test;
using device::control;

namespace {

constexpr uint32_t kHost = UINT32_MAX; ///< The loader itself.

fb::Binding staging(uint64_t offset) { return bindingOf(fb::BindingClass_arena, 1, kTensorBytes, offset); }
fb::Binding input(uint32_t index) { return bindingOf(fb::BindingClass_input, index); }
const fb::Binding output = bindingOf(fb::BindingClass_output, 0);

void addSegment(TestPackage &package, uint32_t executable, std::vector<std::unique_ptr<fb::WorkItemT>> work) {
  fb::ProcedureT &procedure = procedureOf(package);
  uint64_t signal = 1;
  for (const auto &command : procedure.commands)
    signal += command->command.type == fb::Command_Segment;
  auto segment = makeSegment(uint32_t(procedure.work.size()), uint32_t(work.size()), signal);
  segment->command.AsSegment()->executable = executable;
  if (signal > 1)
    segment->command.AsSegment()->waits = {signal - 1};
  for (auto &item : work)
    procedure.work.push_back(std::move(item));
  procedure.commands.push_back(std::move(segment));
}

template <typename... T> std::vector<std::unique_ptr<fb::WorkItemT>> list(T... items) {
  std::vector<std::unique_ptr<fb::WorkItemT>> result;
  (result.push_back(std::move(items)), ...);
  return result;
}

/// Makes executable 0 the test device's, with arena 0 in its memory and arena 1 for staging, and
/// takes the commands out.
void moveToDevice(TestPackage &package) {
  fb::ProgramT &program = programOf(package);
  program.executables[0]->target = device::kTarget;
  program.executables[0]->driver = device::kDriver;
  program.executables[0]->memory = device::kMemory;
  program.arenas[0]->memory = device::kMemory;
  auto second = std::make_unique<fb::ArenaT>(*program.arenas[0]);
  second->memory = device::kStaging;
  second->host_visible = true;
  program.arenas.push_back(std::move(second));
  procedureOf(package).work.clear();
  procedureOf(package).commands.clear();
}

/// y = (a + b) + c on the device, in three segments; nothing waits on the host but the last.
TestPackage makeDeviceSum() {
  TestPackage package = makeSum();
  moveToDevice(package);
  addSegment(package, kHost, list(makeCopy(input(0), staging(0)), makeCopy(input(1), staging(64))));
  addSegment(package, 0,
             list(makeCopy(staging(0), arenaAt(0)), makeCopy(staging(64), arenaAt(64)),
                  makeDispatch(kAdd, {arenaAt(0), arenaAt(64), arenaAt(128)}, "first")));
  addSegment(package, 0,
             list(makeDispatch(kAdd, {arenaAt(128), bindingOf(fb::BindingClass_constant, 0), arenaAt(0)}, "second"),
                  makeCopy(arenaAt(0), staging(128))));
  addSegment(package, kHost, list(makeCopy(staging(128), output)));
  procedureOf(package).commands.push_back(makeCommand(fb::EndT()));
  return package;
}

/// y = s + x on the device; s := y, kept there.
TestPackage makeDeviceAccumulator(bool hasInitialValue) {
  TestPackage package = makeAccumulator(hasInitialValue);
  moveToDevice(package);
  programOf(package).state_executables = {0};
  fb::Binding s = bindingOf(fb::BindingClass_state, 0);
  addSegment(package, kHost, list(makeCopy(input(0), staging(0))));
  addSegment(package, 0,
             list(makeCopy(staging(0), arenaAt(0)), makeDispatch(kAdd, {s, arenaAt(0), arenaAt(64)}, "add"),
                  makeCopy(arenaAt(64), s), makeCopy(arenaAt(64), staging(64))));
  addSegment(package, kHost, list(makeCopy(staging(64), output)));
  procedureOf(package).commands.push_back(makeCommand(fb::EndT()));
  return package;
}

/// y = (a + b) + (a + b): the first on the device, the second by the host's null driver, which
/// reads staging memory itself.
TestPackage makeMixed() {
  TestPackage package = makeSum();
  auto host = std::make_unique<fb::ExecutableT>(*programOf(package).executables[0]);
  moveToDevice(package);
  programOf(package).executables.push_back(std::move(host));
  auto arena = std::make_unique<fb::ArenaT>();
  arena->executable = 1;
  arena->memory = "host";
  arena->size = 64;
  programOf(package).arenas.push_back(std::move(arena));
  addSegment(package, 1, list(makeCopy(input(0), staging(0)), makeCopy(input(1), staging(64))));
  addSegment(package, 0,
             list(makeCopy(staging(0), arenaAt(0)), makeCopy(staging(64), arenaAt(64)),
                  makeDispatch(kAdd, {arenaAt(0), arenaAt(64), arenaAt(128)}, "device"),
                  makeCopy(arenaAt(128), staging(128))));
  auto add = makeDispatch(kAdd, {staging(128), staging(128), output}, "host");
  add->work.AsDispatch()->executable = 1;
  addSegment(package, 1, list(std::move(add)));
  procedureOf(package).commands.push_back(makeCommand(fb::EndT()));
  return package;
}

sinter_load_options withDevice(const sinter_hooks *hooks = nullptr) {
  static const sinter_driver_entry drivers[] = {sinter_null_driver, sinter_test_device_driver};
  sinter_load_options options = Package::options(hooks);
  options.drivers = drivers;
  options.driver_count = 2;
  return options;
}

class Device : public testing::Test {
protected:
  Device() { control().reset(); }
  ~Device() { EXPECT_EQ(control().memories, 0) << "memory of the device was not given back"; }
  const sinter_load_options options = withDevice();
};

uint64_t soon() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000 + uint64_t(now.tv_nsec) + 20000000;
}

const Floats expectedSum = {111, 222, 333, 444};

/// A fresh load, context and run give the right result.
void expectWorks(const TestPackage &made) {
  control().reset();
  const sinter_load_options options = withDevice();
  Package package(made.build(), &options);
  ASSERT_CODE_OK(package);
  Context context(package);
  ASSERT_CODE_OK(context);
  Buffers buffers(context);
  ASSERT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(buffers.y.get(), expectedSum);
}

} // namespace

// --- running ---------------------------------------------------------------------------------------------------------

TEST_F(Device, ComputesInItsOwnMemory) {
  Package package(makeDeviceSum().build(), &options);
  ASSERT_CODE_OK(package);
  EXPECT_EQ(control().uploads, 1) << "constants are uploaded once, when the package is opened";
  Context context(package);
  ASSERT_CODE_OK(context);
  EXPECT_EQ(control().memories, 3); // two arenas and a constant
  Buffers buffers(context);
  for (int i = 0; i < 3; ++i) {
    buffers.y.set({0, 0, 0, 0});
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(buffers.y.get(), expectedSum) << "run " << i;
    buffers.a.set(buffers.a.get());
  }
  EXPECT_EQ(control().uploads, 1);
  EXPECT_EQ(control().submissions, 6) << "one submission a segment";
  EXPECT_GE(control().overlapped, 3) << "the host goes on while the device works";
}

TEST_F(Device, UploadsOnlyTheConstantsThatItUses) {
  TestPackage made = makeMixed(); // uses none
  Package package(made.build(), &options);
  ASSERT_CODE_OK(package);
  EXPECT_EQ(control().uploads, 0);
}

TEST_F(Device, BuffersMayChangeAndBeMisaligned) {
  Package package(makeDeviceSum().build(), &options);
  Context context(package);
  ASSERT_CODE_OK(context);
  std::vector<std::unique_ptr<Buffers>> all; // Those bound before stay: the next must not lie where one of them was.
  for (uint64_t misalignment : {0u, 4u, 8u}) {
    all.push_back(std::make_unique<Buffers>(context, misalignment));
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(all.back()->y.get(), expectedSum);
  }
}

TEST_F(Device, SharesAProgramWithTheHost) {
  Package package(makeMixed().build(), &options);
  ASSERT_CODE_OK(package);
  Context context(package);
  ASSERT_CODE_OK(context);
  Buffers buffers(context);
  for (int i = 1; i < 4; ++i) {
    buffers.a.set({float(i), 2, 3, 4});
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(buffers.y.get(), (Floats{2 * float(i + 10), 44, 66, 88}));
  }
}

TEST_F(Device, RequirementsTellItsShare) {
  Package package(makeDeviceAccumulator(false).build(), &options);
  sinter_context_requirements needs = sized<sinter_context_requirements>();
  Error error;
  ASSERT_EQ(sinter_context_get_requirements(package, nullptr, &needs, &error), SINTER_OK) << error.text;
  EXPECT_EQ(needs.device_bytes, 2 * 256 + kTensorBytes);
  EXPECT_EQ(needs.memory_bytes, 0u);
}

TEST_F(Device, NothingIsAllocatedWhileRunning) {
  CountingAllocator allocator;
  sinter_load_options counting = withDevice(&allocator.hooks);
  {
    Package package(makeDeviceSum().build(), &counting);
    Context context(package);
    ASSERT_CODE_OK(context);
    Buffers buffers(context);
    allocator.isForbidden = true;
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    allocator.isForbidden = false;
  }
  EXPECT_EQ(allocator.violations, 0);
  EXPECT_EQ(allocator.outstanding, 0);
}

TEST_F(Device, ProfilesItsWorkAndTheLoadersCopies) {
  Package package(makeDeviceSum().build(), &options);
  Context context(package);
  Buffers buffers(context);
  std::vector<std::string> rows;
  sinter_run_params params = sized<sinter_run_params>();
  params.profile_user = &rows;
  params.profile = [](void *user, const sinter_profile_row *row) {
    static_cast<std::vector<std::string> *>(user)->push_back(std::string(row->target) + " " + row->kernel + " " +
                                                             row->node);
  };
  ASSERT_CODE(SINTER_OK, context.run(&params), context.error);
  EXPECT_EQ(rows, (std::vector<std::string>{"host copy ", "host copy ", "test:device copy ", "test:device copy ",
                                            "test:device add first", "test:device add second", "test:device copy ",
                                            "host copy "}));
}

TEST_F(Device, LoadsAValueFromItsMemory) {
  TestPackage made = makeDeviceSum();
  programOf(made).scalars = 1;
  fb::LoadT load; // The first word of y on the device, 111.0f
  load.source = std::make_unique<fb::Binding>(bindingOf(fb::BindingClass_arena, 0, 4, 0));
  load.width = 4;
  load.min = load.max = 0x42de0000;
  auto &commands = procedureOf(made).commands;
  commands.insert(commands.end() - 1, makeCommand(std::move(load)));
  Package package(made.build(), &options);
  ASSERT_CODE_OK(package);
  Context context(package);
  Buffers buffers(context);
  EXPECT_CODE(SINTER_OK, context.run(), context.error);
  buffers.a.set({0, 0, 0, 0});
  EXPECT_EQ(context.run(), SINTER_E_BOUND);
}

// --- state -----------------------------------------------------------------------------------------------------------

TEST_F(Device, KeepsStateInItsMemory) {
  for (bool initialised : {false, true}) {
    Package package(makeDeviceAccumulator(initialised).build(), &options);
    ASSERT_CODE_OK(package);
    Context context(package);
    ASSERT_CODE_OK(context);
    Block x(kTensorBytes), y(kTensorBytes);
    x.set({1, 2, 3, 4});
    ASSERT_EQ(context.bind(SINTER_INPUT, 0, x), SINTER_OK);
    ASSERT_EQ(context.bind(SINTER_OUTPUT, 0, y), SINTER_OK);
    const float first = initialised ? 101 : 1;
    for (int i = 0; i < 3; ++i) {
      ASSERT_CODE(SINTER_OK, context.run(), context.error);
      EXPECT_EQ(y.floats()[0], first + float(i));
    }
    Error error;
    Block saved(kTensorBytes);
    ASSERT_EQ(sinter_state_save(context, 0, saved.data(), kTensorBytes, &error), SINTER_OK) << error.text;
    EXPECT_EQ(saved.floats()[0], first + 2);
    ASSERT_EQ(sinter_state_reset(context, &error), SINTER_OK) << error.text;
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(y.floats()[0], first);
    ASSERT_EQ(sinter_state_restore(context, 0, saved.data(), kTensorBytes, &error), SINTER_OK) << error.text;
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(y.floats()[0], first + 3);
  }
}

// --- failing ---------------------------------------------------------------------------------------------------------

TEST_F(Device, EveryAllocationMayFail) {
  TestPackage made = makeDeviceAccumulator(true);
  for (int64_t failing = 0; failing < 3; ++failing) { // two arenas and a state
    Package package(made.build(), &options);
    ASSERT_CODE_OK(package);
    control().failAllocation = failing;
    Context context(package);
    EXPECT_EQ(context.code, SINTER_E_MEMORY) << failing;
    EXPECT_STREQ(context.error.text, "the device has no more memory");
    EXPECT_EQ(control().memories, 0) << "the initial value is the host's to write";
    Context again(package);
    EXPECT_CODE_OK(again);
  }
}

TEST_F(Device, RefusesMemoryThatItCannotBind) {
  control().largestMemory = 128;
  Package package(makeDeviceSum().build(), &options);
  Context context(package);
  EXPECT_EQ(context.code, SINTER_E_LIMIT);
  EXPECT_EQ(context.error.limit, 128);
  EXPECT_EQ(context.error.value, 256);
}

TEST_F(Device, StagingThatTheHostDoesNotSeeIsAnError) {
  control().givesNoHostPointer = true;
  Package package(makeDeviceSum().build(), &options);
  Context context(package);
  EXPECT_EQ(context.code, SINTER_E_DEVICE);
  EXPECT_NE(strstr(context.error.text, "staging"), nullptr) << context.error.text;
}

TEST_F(Device, ARefusedSubmissionFailsTheRunOnly) {
  Package package(makeDeviceSum().build(), &options);
  Context context(package);
  Buffers buffers(context);
  for (int64_t failing : {0, 1}) { // also while an earlier segment is at work
    control().failSubmission = failing;
    EXPECT_EQ(context.run(), SINTER_E_DEVICE);
    ASSERT_CODE(SINTER_OK, context.run(), context.error);
    EXPECT_EQ(buffers.y.get(), expectedSum);
  }
}

TEST_F(Device, ALostDeviceEndsTheContext) {
  TestPackage made = makeDeviceSum();
  for (int64_t work = 0; work < 5; ++work) {
    Package package(made.build(), &options);
    Context context(package);
    ASSERT_CODE_OK(context);
    Buffers buffers(context);
    control().loseAtWork = work;
    EXPECT_EQ(context.run(), SINTER_E_DEVICE) << work;
    EXPECT_STREQ(context.error.text, "the device was lost");
    EXPECT_EQ(context.run(), SINTER_E_DEVICE) << "and says so";
    EXPECT_NE(strstr(context.error.text, "another context"), nullptr) << context.error.text;
    Context another(package);
    ASSERT_CODE_OK(another);
    Buffers fresh(another);
    ASSERT_CODE(SINTER_OK, another.run(), another.error);
    EXPECT_EQ(fresh.y.get(), expectedSum);
  }
  expectWorks(made);
}

TEST_F(Device, WorkThatNeverEndsMeetsTheDeadline) {
  Package package(makeDeviceSum().build(), &options);
  Context context(package);
  Buffers buffers(context);
  sinter_run_params params = sized<sinter_run_params>();
  params.deadline = soon();
  control().hangs = true;
  EXPECT_EQ(context.run(&params), SINTER_E_DEADLINE);
  control().hangs = false;
  ASSERT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(buffers.y.get(), expectedSum);
}

TEST_F(Device, AFailedRunInvalidatesStateOnTheDevice) {
  Package package(makeDeviceAccumulator(true).build(), &options);
  Context context(package);
  Block x(kTensorBytes), y(kTensorBytes);
  ASSERT_EQ(context.bind(SINTER_INPUT, 0, x), SINTER_OK);
  ASSERT_EQ(context.bind(SINTER_OUTPUT, 0, y), SINTER_OK);
  control().failSubmission = 0;
  EXPECT_EQ(context.run(), SINTER_E_DEVICE);
  EXPECT_EQ(context.run(), SINTER_E_STATE);
  Error error;
  ASSERT_EQ(sinter_state_reset(context, &error), SINTER_OK);
  ASSERT_CODE(SINTER_OK, context.run(), context.error);
  EXPECT_EQ(y.get(), (Floats{100, 200, 300, 400}));
}

// --- choosing --------------------------------------------------------------------------------------------------------

TEST_F(Device, IsNotChosenForAProgramInAnotherMemory) {
  TestPackage made = makeDeviceSum();
  programOf(made).executables[0]->memory = "vram";
  programOf(made).arenas[0]->memory = "vram";
  Package package(made.build(), &options);
  ASSERT_CODE_OK(package);
  sinter_program_info info = sized<sinter_program_info>();
  Error error;
  ASSERT_EQ(sinter_program_get_info(package, 0, &info, &error), SINTER_OK);
  EXPECT_EQ(info.chosen, 0u);
  EXPECT_EQ(info.reason.code, SINTER_E_UNSUPPORTED);
  EXPECT_NE(strstr(info.reason.text, "'vram'"), nullptr) << info.reason.text;
}

TEST(DeviceVerify, RefusesWorkThatLeavesItsMemory) {
  struct {
    const char *what;
    void (*apply)(TestPackage &);
  } changes[] = {
      {"a dispatch uses the caller's buffer",
       [](TestPackage &p) { procedureOf(p).work[4]->work.AsDispatch()->bindings[0] = input(0); }},
      {"a copy uses the caller's buffer",
       [](TestPackage &p) { procedureOf(p).work[2] = makeCopy(input(0), arenaAt(0)); }},
      {"the loader writes where it does not see",
       [](TestPackage &p) { procedureOf(p).work[0] = makeCopy(input(0), arenaAt(0)); }},
      {"the loader fills where it does not see",
       [](TestPackage &p) { procedureOf(p).work[0] = makeFill(arenaAt(0), 0, 1); }},
      {"the loader runs a kernel",
       [](TestPackage &p) {
         procedureOf(p).work[0] = makeDispatch(kAdd, {input(0), input(1), output});
         procedureOf(p).work[0]->work.AsDispatch()->executable = kHost;
       }},
      {"the host's memory on a device", [](TestPackage &p) { programOf(p).arenas[0]->memory = "host"; }},
      {"a device's arena of a host's executable", [](TestPackage &p) { programOf(p).executables[0]->memory = ""; }},
      {"an unknown executable",
       [](TestPackage &p) { procedureOf(p).commands[1]->command.AsSegment()->executable = 1; }},
      {"states of an unknown number", [](TestPackage &p) { programOf(p).state_executables = {0}; }},
  };
  for (const auto &change : changes) {
    TestPackage made = makeDeviceSum();
    change.apply(made);
    Package package(made.build());
    EXPECT_EQ(package.code, SINTER_E_FORMAT) << change.what << ": " << package.error.text;
  }
  TestPackage made = makeDeviceAccumulator(false);
  for (int32_t owner : {-2, 1, -1}) { // -1: the host's, which the device does not reach
    programOf(made).state_executables = {owner};
    Package package(made.build());
    EXPECT_EQ(package.code, SINTER_E_FORMAT) << owner << ": " << package.error.text;
  }
}
