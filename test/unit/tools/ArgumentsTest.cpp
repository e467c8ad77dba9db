// sinter-run's command line: what it means, and what is wrong with it.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/sinter-run/Arguments.h"

#include <gtest/gtest.h>

using namespace sinter::tool;

static Problem parse(std::vector<const char *> words, Arguments &arguments) {
  words.insert(words.begin(), "sinter-run");
  return parseArguments(int(words.size()), const_cast<char **>(words.data()), arguments);
}

static Problem problemOf(std::vector<const char *> words) {
  Arguments arguments;
  return parse(std::move(words), arguments);
}

TEST(Arguments, HaveDefaults) {
  Arguments arguments;
  ASSERT_EQ(parse({"m.sinter"}, arguments), "");
  EXPECT_EQ(arguments.package, "m.sinter");
  EXPECT_EQ(arguments.threads, 1u);
  EXPECT_EQ(arguments.repeat, 1u);
  EXPECT_EQ(arguments.warmup, 0u);
  EXPECT_FALSE(arguments.steps || arguments.profile || arguments.json);
}

TEST(Arguments, TakeValuesInBothForms) {
  Arguments arguments;
  ASSERT_EQ(
      parse({"--inputs=a=x.npy", "--inputs", "in.npz", "--threads=4", "m.sinter", "--seed", "7", "--json",
             "--outputs=o=1.npz", "--device", "cpu@v3", "--entry", "main", "--load-driver=a.so", "--load-driver=b.so"},
            arguments),
      "");
  EXPECT_EQ(arguments.inputs, (std::vector<std::string>{"a=x.npy", "in.npz"}));
  EXPECT_EQ(arguments.threads, 4u);
  EXPECT_EQ(arguments.seed, 7u);
  EXPECT_TRUE(arguments.json);
  EXPECT_EQ(arguments.outputs, "o=1.npz") << "the first = ends the option's name";
  EXPECT_EQ(arguments.device, "cpu@v3");
  EXPECT_EQ(arguments.drivers, (std::vector<std::string>{"a.so", "b.so"}));
}

TEST(Arguments, SayWhatIsWrong) {
  EXPECT_EQ(problemOf({}), "no package given");
  EXPECT_EQ(problemOf({"a", "b"}), "one package at a time: 'a' and 'b'");
  EXPECT_EQ(problemOf({"a", "--wheels"}), "unknown option '--wheels'");
  EXPECT_EQ(problemOf({"a", "--threads"}), "--threads needs a value");
  EXPECT_EQ(problemOf({"a", "--json=1"}), "--json takes no value");
  for (const char *bad : {"--threads=0", "--threads=1025", "--threads=-1", "--threads=", "--threads=2x", "--threads= 2",
                          "--threads=99999999999999999999"})
    EXPECT_EQ(problemOf({"a", bad}).rfind("--threads takes a number from 1 to 1024", 0), 0u) << bad;
}

TEST(Arguments, HelpNeedsNoPackage) {
  EXPECT_EQ(problemOf({"--help"}), "");
  EXPECT_EQ(problemOf({"--version"}), "");
}
