# Installs the libraries, their headers, and the package files for CMake and pkg-config.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/juggle")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# With and without checks the files have different names, or the same content: one prefix holds both.
set(juggle_flavour "")
set(pc_definitions " -DJUGGLE_SHARED=0")
if(BUILD_SHARED_LIBS)
  set(pc_definitions " -DJUGGLE_SHARED=1")
endif()
set(pc_description "")
set(pc_system_libraries "")
if(WIN32)
  set(pc_system_libraries " -lsynchronization")
endif()
if(JUGGLE_CHECKS)
  set(juggle_flavour "-checked")
  string(APPEND pc_definitions " -DJUGGLE_CHECKS=1")
  set(pc_description " (with checks of how it is used)")
endif()

# One export set a component, so that the core can be found where OpenCL is not.
function(juggle_install target component)
  set(export juggle-${component}${juggle_flavour}-targets)
  install(
    TARGETS ${target}
    EXPORT ${export}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")  # for Meson, which knows no file sets
  install(EXPORT ${export} NAMESPACE juggle:: DESTINATION "${package_dir}")
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
                 "${PROJECT_BINARY_DIR}/package/${name}${juggle_flavour}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/${name}${juggle_flavour}.pc" DESTINATION "${pkgconfig_dir}")
endfunction()

juggle_install(juggle core)
juggle_install_pkgconfig(juggle)
juggle_install(juggle_timeline timeline)
juggle_install_pkgconfig(juggle-timeline)
if(juggle_has_opencl)
  juggle_install(juggle_opencl opencl)
  juggle_install_pkgconfig(juggle-opencl)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/JuggleOpenCL.cmake" DESTINATION "${package_dir}")
endif()

foreach(flavour IN LISTS juggle_asio_targets)
  juggle_install(juggle_${flavour} ${flavour})
  string(REPLACE "_" "-" pc_name "juggle-${flavour}")
  juggle_install_pkgconfig(${pc_name})
endforeach()
if(juggle_asio_targets)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/JuggleAsio.cmake" DESTINATION "${package_dir}")
endif()
if(juggle_has_mpi)
  juggle_install(juggle_mpi mpi)
  juggle_install_pkgconfig(juggle-mpi)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/JuggleMpi.cmake" DESTINATION "${package_dir}")
endif()

if(juggle_has_cuda)
  juggle_install(juggle_cuda cuda)
  juggle_install_pkgconfig(juggle-cuda)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/JuggleCuda.cmake" DESTINATION "${package_dir}")
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
