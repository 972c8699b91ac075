# An overlay port inside of juggle's own tree, which is what it builds. vcpkg knows whether to build it
# again by the files of the port alone: after a change of the tree, vcpkg remove juggle first.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(
  OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    opencl JUGGLE_OPENCL
    mpi    JUGGLE_MPI
    checks JUGGLE_CHECKS)

# JUGGLE_ASIO=ON is both flavours. AUTO takes what it finds, so that it must not find the other one.
set(ASIO_OPTIONS -DJUGGLE_ASIO=OFF)
if("asio" IN_LIST FEATURES AND "boost-asio" IN_LIST FEATURES)
  set(ASIO_OPTIONS -DJUGGLE_ASIO=ON)
elseif("asio" IN_LIST FEATURES)
  set(ASIO_OPTIONS -DJUGGLE_ASIO=AUTO -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON
                   -DJUGGLE_BOOST_INCLUDE_DIR=not-wanted)
elseif("boost-asio" IN_LIST FEATURES)
  set(ASIO_OPTIONS -DJUGGLE_ASIO=AUTO -DJUGGLE_ASIO_INCLUDE_DIR=not-wanted)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    ${ASIO_OPTIONS}
    -DJUGGLE_BUILD_TESTS=OFF
    -DJUGGLE_BUILD_LAYERS=OFF
    -DJUGGLE_BUILD_EXAMPLES=OFF
    -DJUGGLE_BUILD_BENCHMARKS=OFF
  MAYBE_UNUSED_VARIABLES
    CMAKE_DISABLE_FIND_PACKAGE_Boost)
vcpkg_cmake_install()

foreach(flavour IN ITEMS asio boost-asio)
  string(REPLACE "-" "_" component "${flavour}")
  file(GLOB targets "${CURRENT_PACKAGES_DIR}/lib/cmake/juggle/juggle-${component}*-targets.cmake")
  if(flavour IN_LIST FEATURES AND NOT targets)
    message(FATAL_ERROR "juggle[${flavour}]: CMake did not find what juggle::${component} stands on")
  endif()
endforeach()

vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/juggle)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
