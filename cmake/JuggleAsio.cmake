# Finds what juggle::asio and juggle::boost_asio stand on: the targets juggle_asio_headers (standalone
# Asio) and juggle_boost_asio_headers (Boost). Used by the build and by the installed package.
#
# Sets juggle_asio_missing and juggle_boost_asio_missing: what was not found, empty if it is there; and
# juggle_asio_package and juggle_boost_asio_package: the Debian packages that have it.

# juggle_find_header_version(<dir> <header> <macro> <variable>)
macro(juggle_find_header_version dir header macro variable)
  set(${variable} 0)
  if(EXISTS "${dir}/${header}")
    file(STRINGS "${dir}/${header}" ${variable} REGEX "^#define ${macro} [0-9]+" LIMIT_COUNT 1)
    string(REGEX REPLACE "^#define ${macro} ([0-9]+).*" "\\1" ${variable} "${${variable}}")
  endif()
endmacro()

# Cancellation slots came with Asio 1.19; what is tested begins with 1.22, in Boost 1.81.
set(juggle_asio_missing "")
set(juggle_asio_package "libasio-dev")
if(NOT TARGET juggle_asio_headers)
  find_path(JUGGLE_ASIO_INCLUDE_DIR asio/version.hpp)
  mark_as_advanced(JUGGLE_ASIO_INCLUDE_DIR)
  juggle_find_header_version("${JUGGLE_ASIO_INCLUDE_DIR}" asio/version.hpp ASIO_VERSION
                             juggle_asio_version)
  if(juggle_asio_version LESS 102200)
    set(juggle_asio_missing "Asio 1.22 or newer (asio.hpp)")
  else()
    add_library(juggle_asio_headers INTERFACE IMPORTED)
    target_include_directories(juggle_asio_headers INTERFACE "${JUGGLE_ASIO_INCLUDE_DIR}")
  endif()
endif()

set(juggle_boost_asio_missing "")
set(juggle_boost_asio_package "libboost1.81-dev, or libboost-dev since Debian 13")
if(NOT TARGET juggle_boost_asio_headers)
  if(NOT TARGET Boost::headers)
    find_package(Boost 1.81 CONFIG QUIET)
  endif()
  if(TARGET Boost::headers)
    add_library(juggle_boost_asio_headers INTERFACE IMPORTED)
    target_link_libraries(juggle_boost_asio_headers INTERFACE Boost::headers)
  else()
    find_path(JUGGLE_BOOST_INCLUDE_DIR boost/asio.hpp)
    mark_as_advanced(JUGGLE_BOOST_INCLUDE_DIR)
    juggle_find_header_version("${JUGGLE_BOOST_INCLUDE_DIR}" boost/version.hpp BOOST_VERSION
                               juggle_boost_version)
    if(juggle_boost_version LESS 108100)
      set(juggle_boost_asio_missing "Boost 1.81 or newer (boost/asio.hpp)")
    else()
      add_library(juggle_boost_asio_headers INTERFACE IMPORTED)
      target_include_directories(juggle_boost_asio_headers INTERFACE "${JUGGLE_BOOST_INCLUDE_DIR}")
    endif()
  endif()
endif()
