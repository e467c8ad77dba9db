# What `cmake --install` puts where: find_package(Sinter COMPONENTS runtime compiler) works against the result.
#   include/sinter      headers of the compiler, as in the tree: #include "compiler/target/Target.h"
#   lib/cmake/Sinter    the package files, and the functions that build targets and drivers
include(CMakePackageConfigHelpers)
set(SINTER_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Sinter")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/SinterConfig.cmake.in" "${PROJECT_BINARY_DIR}/SinterConfig.cmake"
  INSTALL_DESTINATION "${SINTER_CMAKE_DIR}" PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/SinterConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/SinterConfig.cmake" "${PROJECT_BINARY_DIR}/SinterConfigVersion.cmake"
  DESTINATION "${SINTER_CMAKE_DIR}" COMPONENT runtime)

if(TARGET SinterCompiler)
  install(TARGETS SinterCompiler EXPORT SinterCompilerTargets COMPONENT compiler
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT SinterCompilerTargets NAMESPACE Sinter:: DESTINATION "${SINTER_CMAKE_DIR}" COMPONENT compiler)
  foreach(folder compiler dialects passes)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" "${PROJECT_BINARY_DIR}/${folder}"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/sinter" COMPONENT compiler
      FILES_MATCHING PATTERN "*.h" PATTERN "*.inc" PATTERN "*.td" PATTERN "CMakeFiles" EXCLUDE)
  endforeach()
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/SinterTarget.cmake" "${PROJECT_SOURCE_DIR}/cmake/TargetJson.cpp.in"
    "${PROJECT_SOURCE_DIR}/cmake/TargetPlugin.cpp.in" DESTINATION "${SINTER_CMAKE_DIR}" COMPONENT compiler)
endif()
