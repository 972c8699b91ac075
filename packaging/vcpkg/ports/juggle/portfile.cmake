# An overlay port inside of juggle's own tree, which is what it builds. vcpkg knows whether to build it
# again by the files of the port alone: after a change of the tree, vcpkg remove juggle first.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(
  OUT_FEATURE_OPTIONS FEATURE_OPTIONS
  FEATURES
    opencl JUGGLE_OPENCL
    mpi    JUGGLE_MPI
    checks JUGGLE_CHECKS)

set(JUGGLE_ASIO OFF)
if("asio" IN_LIST FEATURES AND "boost-asio" IN_LIST FEATURES)
  set(JUGGLE_ASIO ON) # both
elseif("asio" IN_LIST FEATURES)
  set(JUGGLE_ASIO asio)
elseif("boost-asio" IN_LIST FEATURES)
  set(JUGGLE_ASIO boost_asio)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${FEATURE_OPTIONS}
    -DJUGGLE_ASIO=${JUGGLE_ASIO}
    -DJUGGLE_CUDA=OFF
    -DJUGGLE_BUILD_TESTS=OFF
    -DJUGGLE_BUILD_LAYERS=OFF
    -DJUGGLE_BUILD_EXAMPLES=OFF
    -DJUGGLE_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()

vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/juggle)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
