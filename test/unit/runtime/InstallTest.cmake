# cmake -DBUILD=… -DSOURCE=… -DWORK=… -DWRITER=… -DCC=… -DCXX=… -P InstallTest.cmake
# Installs the runtime to a fresh prefix, builds the examples against it as a stranger would, and runs them. The null
# driver is built out of the tree as well, with its conformance suite.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(failed)
    message(FATAL_ERROR "failed: ${ARGN}\n${output}\n${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(build name source)
  # No LLVM: a build that looked for it would fail here.
  run("${CMAKE_COMMAND}" -G Ninja -S "${source}" -B "${WORK}/${name}" -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_C_COMPILER=${CC}
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON ${ARGN})
  run("${CMAKE_COMMAND}" --build "${WORK}/${name}")
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix" --component runtime)
run("${WRITER}" "${WORK}/sum.sinter")

build(c "${SOURCE}/examples/c")
run("${WORK}/c/run_model" "${WORK}/sum.sinter")
if(NOT output MATCHES "y: f32 102 202 302 402\n")
  message(FATAL_ERROR "the C example printed:\n${output}")
endif()

build(cpp "${SOURCE}/examples/cpp")
run("${WORK}/cpp/run_threads" "${WORK}/sum.sinter")
if(NOT output MATCHES "inputs of 1 give 102\n" OR NOT output MATCHES "inputs of 2 give 104\n")
  message(FATAL_ERROR "the C++ example printed:\n${output}")
endif()

# A copy, so that nothing of the tree around it is found.
file(COPY "${SOURCE}/targets/null" DESTINATION "${WORK}/vendor")
build(null "${WORK}/vendor/null/driver" -DSINTER_BUILD_TESTS=ON)
run("${WORK}/null/null-driver-conformance")
if(NOT output MATCHES "PASSED  ] [1-9]")
  message(FATAL_ERROR "no conformance test ran:\n${output}")
endif()
run("${WORK}/prefix/bin/sinter-run" "${WORK}/sum.sinter" --load-driver "${WORK}/null/sinter_null_driver.so")
message(STATUS "both examples and the null driver were built against the installed runtime and ran")
