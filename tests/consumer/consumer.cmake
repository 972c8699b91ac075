# The consumer itself, once the library is there.

string(REGEX REPLACE "::core$" "::juggle" library "juggle::${COMPONENT}")
if(FLAVOUR)
  string(APPEND library "_${FLAVOUR}")
endif()
add_executable(consumer "${CMAKE_CURRENT_LIST_DIR}/${COMPONENT}.cpp")
target_link_libraries(consumer PRIVATE ${library})
if(COMPONENT STREQUAL "opencl")
  target_compile_definitions(
    consumer PRIVATE CL_TARGET_OPENCL_VERSION=120 CL_HPP_TARGET_OPENCL_VERSION=120
                     CL_HPP_MINIMUM_OPENCL_VERSION=120)
endif()

# A project inside another one brings its libraries and nothing else.
foreach(target IN ITEMS juggle_tests juggle_opencl_tests juggle_benchmarks triple waterfall)
  if(TARGET ${target})
    message(FATAL_ERROR "the consumer has got juggle's own target ${target}")
  endif()
endforeach()
get_target_property(options ${library} INTERFACE_COMPILE_OPTIONS)
if(options)
  message(FATAL_ERROR "${library} adds ${options} to the consumer's options")
endif()
