# Installs the libraries, their headers, and the package files for CMake and pkg-config.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/juggle")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# One export set a component, so that the core can be found where OpenCL is not.
function(juggle_install target component)
  install(
    TARGETS ${target}
    EXPORT juggle-${component}-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT juggle-${component}-targets NAMESPACE juggle:: DESTINATION "${package_dir}")
endfunction()

# The .pc files name their prefix relative to themselves, so that the installation can be moved.
function(juggle_install_pkgconfig name)
  file(RELATIVE_PATH pc_prefix "/prefix/${pkgconfig_dir}" "/prefix")
  string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
  foreach(dir IN ITEMS LIBDIR INCLUDEDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
      set(pc_${dir} "${CMAKE_INSTALL_${dir}}")
    else()
      set(pc_${dir} "\${prefix}/${CMAKE_INSTALL_${dir}}")
    endif()
  endforeach()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in"
                 "${PROJECT_BINARY_DIR}/package/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/${name}.pc" DESTINATION "${pkgconfig_dir}")
endfunction()

juggle_install(juggle core)
juggle_install_pkgconfig(juggle)
juggle_install(juggle_timeline timeline)
if(juggle_has_opencl)
  juggle_install(juggle_opencl opencl)
  juggle_install_pkgconfig(juggle-opencl)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/JuggleOpenCL.cmake" DESTINATION "${package_dir}")
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/juggleConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/package/juggleConfig.cmake" INSTALL_DESTINATION "${package_dir}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/package/juggleConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/juggleConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/juggleConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/tools/gdb/juggle.py"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/juggle/gdb")
