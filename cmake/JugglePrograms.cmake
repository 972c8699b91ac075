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
