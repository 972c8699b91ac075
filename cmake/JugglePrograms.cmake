# juggle_programs(<name>...): the examples or demos of this folder, each a folder of its own. They
# are built as <build folder>/<this folder>/<name>, so their build folders are <name>.dir.
macro(juggle_programs)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  foreach(program IN ITEMS ${ARGN})
    add_subdirectory(${program} ${program}.dir)
    if(TARGET ${program})
      juggle_own_code(${program})
      if(CMAKE_CURRENT_SOURCE_DIR STREQUAL "${PROJECT_SOURCE_DIR}/demos")
        juggle_unity_build(${program})  # the files of an example say the same thing in many ways
      endif()
    endif()
  endforeach()
endmacro()

# juggle_on_each_gpu(<target> SOURCES <files> [LIBRARIES <libraries>]): what of the target is written once
# for OpenCL and CUDA (demos/common/gpu) is compiled once for each that there is, as <target>_on_opencl and
# <target>_on_cuda. Defined for the target: ON_OPENCL, ON_CUDA.
function(juggle_on_each_gpu target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  foreach(gpu IN ITEMS opencl cuda)
    if(NOT TARGET demos_gpu_${gpu})
      continue()
    endif()
    set(part ${target}_on_${gpu})
    add_library(${part} STATIC ${arg_SOURCES})
    juggle_own_code(${part})
    target_link_libraries(${part} PUBLIC demos_gpu_${gpu} ${arg_LIBRARIES})
    target_link_libraries(${target} PRIVATE ${part})
    string(TOUPPER "ON_${gpu}" definition)
    target_compile_definitions(${target} PRIVATE ${definition})
  endforeach()
endfunction()
