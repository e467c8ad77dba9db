# The compiler is one shared library, libSinterCompiler: tools and plug-ins link it and the shared MLIR, so every TypeID
# exists once. Folders add their sources to it; sinter_finish_compiler() closes it with the generated registration list.

find_package(MLIR REQUIRED CONFIG)
find_package(LLD REQUIRED CONFIG)
find_package(Protobuf REQUIRED)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# Everything generated is included as if from the source tree: #include "dialects/nn/NnOps.h.inc".
set(SINTER_COMPILER_INCLUDES "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
include_directories(${SINTER_COMPILER_INCLUDES})
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS} ${LLD_INCLUDE_DIRS})
add_definitions(${LLVM_DEFINITIONS})

add_library(SinterCompiler SHARED)
add_custom_target(SinterCompilerHeaders)
set_property(GLOBAL PROPERTY SINTER_PASSES "")
set_property(GLOBAL PROPERTY SINTER_DIALECTS "")
set_property(GLOBAL PROPERTY SINTER_TARGETS "")

# Sources of the calling folder.
function(sinter_compiler_sources)
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" OUTPUT_VARIABLE sources)
  target_sources(SinterCompiler PRIVATE ${sources})
endfunction()

# sinter_tablegen(Foo.td Foo.h.inc -gen-op-decls ...): writes Foo.h.inc beside its twin in the build tree.
function(sinter_tablegen td inc)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${inc} ${ARGN} -I${PROJECT_SOURCE_DIR})
  string(MAKE_C_IDENTIFIER "SinterGen_${CMAKE_CURRENT_SOURCE_DIR}_${inc}" name)
  string(REPLACE "${PROJECT_SOURCE_DIR}" "" name "${name}")
  add_custom_target(${name} DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/${inc}")
  add_dependencies(SinterCompilerHeaders ${name})
endfunction()

# A pass is Name.td (one PassBase def called Name), Name.h and Name.cpp in the calling folder. It is registered by being named here.
function(sinter_add_pass)
  foreach(pass IN LISTS ARGN)
    sinter_tablegen(${pass}.td ${pass}.h.inc -gen-pass-decls -name ${pass})
    sinter_compiler_sources(${pass}.cpp)
    file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    set_property(GLOBAL APPEND PROPERTY SINTER_PASSES "${folder}/${pass}")
  endforeach()
endfunction()

# sinter_add_dialect(Name header class): header under the source root declares `class`.
function(sinter_add_dialect header class)
  set_property(GLOBAL APPEND PROPERTY SINTER_DIALECTS "${header}|${class}")
endfunction()

include(SinterTarget)

# One class for several targets: sinter_register_target(header function) for each; the folder adds its sources itself.
function(sinter_register_target header function)
  set_property(GLOBAL APPEND PROPERTY SINTER_TARGETS "${header}|${function}")
endfunction()

function(sinter_finish_compiler)
  get_property(passes GLOBAL PROPERTY SINTER_PASSES)
  get_property(dialects GLOBAL PROPERTY SINTER_DIALECTS)
  get_property(targets GLOBAL PROPERTY SINTER_TARGETS)
  set(includes "")
  set(passCalls "")
  set(dialectCalls "")
  set(targetCalls "")
  foreach(pass IN LISTS passes)
    get_filename_component(name ${pass} NAME)
    string(APPEND includes "#include \"${pass}.h\"\n")
    string(APPEND passCalls "  register${name}();\n")
  endforeach()
  foreach(entry IN LISTS dialects)
    string(REPLACE "|" ";" entry "${entry}")
    list(GET entry 0 header)
    list(GET entry 1 class)
    string(APPEND includes "#include \"${header}\"\n")
    string(APPEND dialectCalls "  registry.insert<${class}>();\n")
  endforeach()
  foreach(entry IN LISTS targets)
    string(REPLACE "|" ";" entry "${entry}")
    list(GET entry 0 header)
    list(GET entry 1 function)
    string(APPEND includes "#include \"${header}\"\n")
    string(APPEND targetCalls "  registry.add(${function}());\n")
  endforeach()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/Registration.cpp.in" "${PROJECT_BINARY_DIR}/compiler/Registration.cpp" @ONLY)
  target_sources(SinterCompiler PRIVATE "${PROJECT_BINARY_DIR}/compiler/Registration.cpp")
  target_precompile_headers(SinterCompiler PRIVATE "${PROJECT_SOURCE_DIR}/cmake/Mlir.pch.h")
  sinter_sum_precompiled_header()
  add_dependencies(SinterCompiler SinterCompilerHeaders)
  target_link_libraries(SinterCompiler PUBLIC MLIR LLVM PRIVATE lldELF lldCommon)
  if(SINTER_SANITIZE)
    sinter_add_front()
  endif()
endfunction()

# Under a sanitizer, the importer and what it needs are a library of their own: it builds in minutes, the compiler does not.
function(sinter_add_front)
  get_target_property(sources SinterCompiler SOURCES)
  list(FILTER sources INCLUDE REGEX "/(compiler/import|dialects/nn)/|/compiler/support/(Diagnostic|ReadFile)")
  add_library(SinterFront SHARED ${sources})
  target_compile_options(SinterFront PRIVATE -ffp-contract=off)
  target_precompile_headers(SinterFront PRIVATE "${PROJECT_SOURCE_DIR}/cmake/Mlir.pch.h")
  add_dependencies(SinterFront SinterCompilerHeaders)
  target_link_libraries(SinterFront PUBLIC MLIR LLVM PRIVATE "${SINTER_ONNX_PROTO}" protobuf::libprotobuf)
endfunction()

# What ccache takes for the precompiled header's content: the list of headers, and which LLVM they are of.
function(sinter_sum_precompiled_header)
  file(READ "${PROJECT_SOURCE_DIR}/cmake/Mlir.pch.h" text)
  file(TIMESTAMP "${MLIR_DIR}/MLIRConfig.cmake" installed UTC)
  string(SHA256 sum "${text} ${LLVM_PACKAGE_VERSION} ${installed} ${CMAKE_CXX_COMPILER_VERSION} ${SINTER_SANITIZE}")
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/CMakeFiles/SinterCompiler.dir/cmake_pch.hxx.pch.sum" CONTENT "${sum}\n" @ONLY)
endfunction()

# A command-line tool of the compiler.
function(sinter_add_compiler_tool name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE SinterCompiler)
  add_dependencies(${name} SinterCompilerHeaders)
endfunction()
