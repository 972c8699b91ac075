# juggle_embed(<target> <header> NAMESPACE <namespace> FILES <name>=<file>...): a generated header
# for the target, in which each file stands as `inline constexpr std::string_view <name>`, byte for
# byte. It is made again when a file changes; by CMake, so a cross build needs nothing more.
#
# The file is also the script that writes such a header.

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  # Characters, since a string literal may be too long for a compiler, or end too early.
  set(text "#pragma once\n\n#include <string_view>\n\nnamespace ${namespace} {\n")
  foreach(pair IN LISTS files)
    string(REGEX MATCH "^([^=]+)=(.+)$" pair "${pair}")
    set(name "${CMAKE_MATCH_1}")
    file(READ "${CMAKE_MATCH_2}" bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
    string(APPEND text "\ninline constexpr char ${name}_bytes[] = {${bytes}'\\0'};\n"
           "inline constexpr std::string_view ${name}{${name}_bytes, sizeof(${name}_bytes) - 1};\n")
  endforeach()
  string(APPEND text "\n}  // namespace ${namespace}\n")
  file(WRITE "${header}" "${text}")
  return()
endif()

set(juggle_embed_script "${CMAKE_CURRENT_LIST_FILE}")

function(juggle_embed target header)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "NAMESPACE" "FILES")
  set(pairs "")
  set(sources "")
  foreach(pair IN LISTS arg_FILES)
    string(REGEX MATCH "^([^=]+)=(.+)$" pair "${pair}")
    cmake_path(ABSOLUTE_PATH CMAKE_MATCH_2 OUTPUT_VARIABLE source)
    list(APPEND pairs "${CMAKE_MATCH_1}=${source}")
    list(APPEND sources "${source}")
  endforeach()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/generated/${target}")
  add_custom_command(
    OUTPUT "${folder}/${header}"
    COMMAND "${CMAKE_COMMAND}" -D "files=${pairs}" -D "namespace=${arg_NAMESPACE}" -D
            "header=${folder}/${header}" -P "${juggle_embed_script}"
    DEPENDS ${sources} "${juggle_embed_script}"
    COMMENT "Embedding files in ${header}"
    VERBATIM)
  target_sources(${target} PRIVATE "${folder}/${header}")
  target_include_directories(${target} PRIVATE "${folder}")
endfunction()
