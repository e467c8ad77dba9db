# sinter_add_driver(name ENTRY function SOURCES files… [CONFORMANCE file] [LIBS libraries…])
#
# One driver, for both ways to use it: the static library sinter_<name>_driver, which an application links, and the
# module sinter_<name>_driver.so, which `sinter-run --load-driver` opens. With CONFORMANCE, the file that describes the
# driver to the conformance suite (cts/Conformance.h), also the test <name>-driver-conformance.
# Works in Sinter's tree and against an installed Sinter.

# Installed, cts/ lies beside this file.
if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/cts")
  set(SINTER_CTS_DIR "${CMAKE_CURRENT_LIST_DIR}" CACHE INTERNAL "Folder that holds cts/")
else()
  set(SINTER_CTS_DIR "${CMAKE_CURRENT_LIST_DIR}/.." CACHE INTERNAL "Folder that holds cts/")
endif()
set(SINTER_DRIVER_PLUGIN_IN "${CMAKE_CURRENT_LIST_DIR}/DriverPlugin.cpp.in" CACHE INTERNAL "")

function(sinter_add_driver name)
  cmake_parse_arguments(arg "" "ENTRY;CONFORMANCE" "SOURCES;LIBS" ${ARGN})
  if(NOT arg_ENTRY OR NOT arg_SOURCES)
    message(FATAL_ERROR "sinter_add_driver(${name}): ENTRY and SOURCES are needed")
  endif()
  set(SINTER_DRIVER_ENTRY "${arg_ENTRY}")
  set(plugin "${CMAKE_CURRENT_BINARY_DIR}/${name}DriverPlugin.cpp")
  configure_file("${SINTER_DRIVER_PLUGIN_IN}" "${plugin}" @ONLY)

  set(library sinter_${name}_driver)
  add_library(${library} STATIC ${arg_SOURCES})
  set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  if(NOT TARGET Sinter::${library}) # An installed Sinter may bring a driver of this name.
    add_library(Sinter::${library} ALIAS ${library})
  endif()
  add_library(${library}_module MODULE ${arg_SOURCES} "${plugin}")
  set_target_properties(${library}_module PROPERTIES PREFIX "" OUTPUT_NAME ${library})
  foreach(target ${library} ${library}_module)
    target_compile_features(${target} PRIVATE cxx_std_17)
    target_compile_options(${target} PRIVATE -fno-exceptions -fno-rtti -fvisibility=hidden)
    target_link_libraries(${target} PUBLIC Sinter::sinter_rt PRIVATE ${arg_LIBS})
  endforeach()

  if(arg_CONFORMANCE AND SINTER_BUILD_TESTS)
    sinter_add_driver_conformance(${name} "${arg_CONFORMANCE}")
  endif()
endfunction()

function(sinter_add_driver_conformance name)
  find_package(GTest REQUIRED)
  set(test ${name}-driver-conformance)
  add_executable(${test} ${ARGN} "${SINTER_CTS_DIR}/cts/Conformance.cpp" "${SINTER_CTS_DIR}/cts/Harness.cpp")
  target_compile_features(${test} PRIVATE cxx_std_17)
  target_include_directories(${test} PRIVATE "${SINTER_CTS_DIR}")
  target_link_libraries(${test} PRIVATE sinter_${name}_driver GTest::gtest GTest::gtest_main)
  # No test executed is a failure.
  add_test(NAME ${test} COMMAND ${test})
  set_tests_properties(${test} PROPERTIES PASS_REGULAR_EXPRESSION "PASSED  \\] [1-9]" FAIL_REGULAR_EXPRESSION "FAILED")
endfunction()
