# Builds and runs the consumer in one way; see CMakeLists.txt beside it for the arguments.

set(prefix "${work}/prefix")
set(here "${CMAKE_CURRENT_LIST_DIR}")
set(warnings "-Wall -Wextra -Werror")
# All sources of a library at once, as large projects do: it is faster, and has to work.
set(unity -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0)
set(opencl_definitions -DCL_TARGET_OPENCL_VERSION=120 -DCL_HPP_TARGET_OPENCL_VERSION=120
                       -DCL_HPP_MINIMUM_OPENCL_VERSION=120)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(capture variable)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} "${output}" PARENT_SCOPE)
endfunction()

# fails_with(<regex> <command>...): an error unless the command fails and its words match.
function(fails_with expected)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE words ERROR_VARIABLE words)
  if(result EQUAL 0)
    message(FATAL_ERROR "this should have failed: ${ARGN}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " words "${words}")  # CMake breaks lines
  if(NOT words MATCHES "${expected}")
    message(FATAL_ERROR "nothing matches '${expected}' in\n${words}")
  endif()
endfunction()

set(ENV{LD_LIBRARY_PATH} "${prefix}/${libdir}:$ENV{LD_LIBRARY_PATH}")

# ---- the installations ---------------------------------------------------------------------------

# install_into(<prefix> <build>...): one after the other.
function(install_into folder)
  file(REMOVE_RECURSE "${folder}")
  foreach(from IN LISTS ARGN)
    run("${CMAKE_COMMAND}" --install "${from}" --prefix "${folder}")
  endforeach()
endfunction()

function(contents variable folder)
  file(GLOB_RECURSE files RELATIVE "${folder}" "${folder}/*")
  set(list "")
  foreach(file IN LISTS files)
    file(SHA256 "${folder}/${file}" hash)
    list(APPEND list "${file} ${hash}")
  endforeach()
  set(${variable} "${list}" PARENT_SCOPE)
endfunction()

if(way STREQUAL "install")
  set(other "${work}/other_flavour")
  set(other_checks ON)
  set(builds "${build}" "${other}")  # plain, with checks
  if(checks)
    set(other_checks OFF)
    set(builds "${other}" "${build}")
  endif()
  run("${CMAKE_COMMAND}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
      "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}" ${unity}
      "-DCMAKE_CXX_FLAGS=${flags}" "-DCMAKE_BUILD_TYPE=${build_type}" -DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG
      "-DBUILD_SHARED_LIBS=${shared}" "-DJUGGLE_CHECKS=${other_checks}"
      "-DJUGGLE_OPENCL=${has_opencl}" "-DJUGGLE_ASIO=${asio}" "-DJUGGLE_MPI=${has_mpi}"
      "-DJUGGLE_CUDA=${has_cuda}"
      -DJUGGLE_BUILD_TESTS=OFF -DJUGGLE_BUILD_EXAMPLES=OFF -DJUGGLE_BUILD_BENCHMARKS=OFF -DJUGGLE_BUILD_LAYERS=OFF
      -S "${source}" -B "${other}")
  run("${CMAKE_COMMAND}" --build "${other}" --parallel 2)

  list(GET builds 0 plain)
  list(GET builds 1 checked)
  install_into("${work}/prefix_plain" "${plain}")
  install_into("${work}/prefix_checked" "${checked}")
  install_into("${prefix}" "${plain}" "${checked}")
  install_into("${work}/prefix_reversed" "${checked}" "${plain}")
  contents(one "${prefix}")
  contents(reversed "${work}/prefix_reversed")
  if(NOT one STREQUAL reversed)
    message(FATAL_ERROR "it matters which is installed first:\n${one}\n${reversed}")
  endif()
  return()
endif()

if(way STREQUAL "headers")
  file(GLOB_RECURSE headers "${prefix}/include/juggle/*.hpp")
  if(NOT headers)
    message(FATAL_ERROR "there are no headers in ${prefix}/include")
  endif()
  foreach(header IN LISTS headers)
    file(STRINGS "${header}" lines REGEX "NDEBUG|<cassert>|<assert\\.h>")
    if(lines)
      message(SEND_ERROR "${header}: ${lines}")
    endif()
  endforeach()
  return()
endif()

# ---- programs ------------------------------------------------------------------------------------

string(MAKE_C_IDENTIFIER "${way}_${component}_${flavour}${mpi}" binary)
set(binary "${work}/${binary}")
file(REMOVE_RECURSE "${binary}")
file(MAKE_DIRECTORY "${binary}")
set(program "${binary}/consumer")
set(configure
    "${CMAKE_COMMAND}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
    "-DCMAKE_BUILD_TYPE=${build_type}" "-DCMAKE_INSTALL_PREFIX=${binary}/prefix"
    "-DJUGGLE_SOURCE_DIR=${source}" "-DJUGGLE_VERSION=${version}" "-DHAS_OPENCL=${has_opencl}"
    "-DCOMPONENT=${component}" "-DFLAVOUR=${flavour}" "-DCMAKE_CXX_FLAGS=${flags} ${warnings}"
    ${unity}
    -B "${binary}")
if(mpi AND NOT mpi STREQUAL "default")
  list(APPEND configure -DMPI_CXX_COMPILER=mpicxx.${mpi} -DMPIEXEC_EXECUTABLE=${mpiexec})
endif()
if(way MATCHES "^(add_subdirectory|fetch_content|lto)$")
  list(APPEND configure -DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG)  # the library is built with it: for speed
endif()
# For ways in which the library is compiled again: the core alone, soon.
set(quick ${unity} -DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG -DJUGGLE_OPENCL=OFF -DJUGGLE_ASIO=OFF -DJUGGLE_MPI=OFF
          -DJUGGLE_CUDA=OFF)

# prints_turns(<program>): an error unless it prints what examples/use_it/program.cpp does.
function(prints_turns program)
  capture(words "${program}")
  if(NOT words STREQUAL "turn 1\nturn 2")
    message(FATAL_ERROR "${program} prints\n${words}")
  endif()
endfunction()

# The projects in examples/use_it, as they are: example.org is the repository of "consumer: repository".
set(use_it "${source}/examples/use_it")
set(repository "${work}/repository")
set(ENV{GIT_CONFIG_GLOBAL} /dev/null)
set(ENV{GIT_CONFIG_COUNT} 1)
set(ENV{GIT_CONFIG_KEY_0} "url.file://${repository}.insteadOf")
set(ENV{GIT_CONFIG_VALUE_0} https://example.org/juggle.git)
if(EXISTS "${here}/ways/${way}.cmake")
  include("${here}/ways/${way}.cmake")
  return()
endif()

# The compiler's and the linker's flags for a component, and a flavour, by pkg-config.
function(flags_of component flavour)
  string(REGEX REPLACE "-core" "" package "juggle-${component}")
  string(REPLACE "_" "-" package "${package}")
  if(flavour)
    string(APPEND package "-${flavour}")
  endif()
  set(ENV{PKG_CONFIG_PATH} "${prefix}/${libdir}/pkgconfig:$ENV{PKG_CONFIG_PATH}")
  capture(found_version pkg-config --modversion ${package})
  if(NOT found_version STREQUAL version)
    message(FATAL_ERROR "pkg-config found ${package} ${found_version}, not ${version}")
  endif()
  capture(cflags pkg-config --cflags ${package})
  capture(libs pkg-config --libs ${package})
  separate_arguments(cflags UNIX_COMMAND "-std=c++20 ${flags} ${warnings} ${cflags}")
  separate_arguments(libs UNIX_COMMAND "${libs}")
  if(component STREQUAL "opencl")
    list(APPEND cflags ${opencl_definitions})
  endif()
  if(has_mpi AND NOT mpi)  # for those that include every header
    string(REPLACE "|" ";" folders "${mpi_includes}")
    list(TRANSFORM folders PREPEND -isystem)
    list(APPEND cflags ${folders})
  endif()
  if(has_cuda)
    list(APPEND cflags -isystem "${cuda_include}")
  endif()
  set(cflags "${cflags}" PARENT_SCOPE)
  set(libs "${libs}" PARENT_SCOPE)
endfunction()

# all_headers(<variable>): lines that include every public header, in the order of the alphabet.
function(all_headers variable)
  file(GLOB_RECURSE headers RELATIVE "${prefix}/include" "${prefix}/include/juggle/*.hpp")
  set(all "")
  foreach(header IN LISTS headers)
    if((has_opencl OR NOT header MATCHES "opencl") AND (has_asio OR NOT header MATCHES "asio")
       AND (has_mpi OR NOT header MATCHES "juggle/mpi") AND (has_cuda OR NOT header MATCHES "juggle/cuda"))
      string(APPEND all "#include <${header}>\n")
    endif()
  endforeach()
  set(${variable} "${all}" PARENT_SCOPE)
endfunction()

if(way STREQUAL "missing_components")
  run(${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -S "${here}/missing_components")
  return()
elseif(way STREQUAL "without_mpi")
  run(${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON -S
      "${here}/without_mpi")
  return()
elseif(way STREQUAL "only_plain")
  set(component core)
  run(${configure} "-DCMAKE_PREFIX_PATH=${work}/prefix_plain" -S "${here}/only_plain")
  return()
elseif(way STREQUAL "mixed_targets")
  fails_with("JUGGLE_CHECKS property of \"juggle::timeline_checked\" does not agree"
             ${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -S "${here}/mixed_targets")
  return()
endif()

if(way STREQUAL "lto")
  run(${configure} -DJUGGLE_OPENCL=OFF -S "${here}/lto")
  run("${CMAKE_COMMAND}" --build "${binary}" --parallel 2)  # and runs the programs
  return()
elseif(way STREQUAL "wrong_thread")
  flags_of(core "${flavour}")
  foreach(ndebug IN ITEMS -UNDEBUG -DNDEBUG)
    run("${compiler}" ${cflags} ${ndebug} "${here}/wrong_thread.cpp" -o "${program}" ${libs})
    if(flavour STREQUAL "checked")
      fails_with("juggle: Executor::spawn was called by a thread that is not the executor's"
                 "${program}")
    else()
      run("${program}")
    endif()
  endforeach()
  return()
elseif(way STREQUAL "mixed_ndebug")
  flags_of(core "${flavour}")
  foreach(ndebug IN ITEMS D U)
    foreach(file IN ITEMS main tasks)
      run("${compiler}" ${cflags} -${ndebug}NDEBUG -c "${here}/mixed_${file}.cpp" -o
          "${binary}/${file}_${ndebug}.o")
    endforeach()
  endforeach()
  foreach(objects IN ITEMS "main_D.o tasks_U.o" "main_U.o tasks_D.o")
    separate_arguments(objects)
    list(TRANSFORM objects PREPEND "${binary}/")
    run("${compiler}" ${objects} -o "${program}" ${libs})
    run("${program}")
  endforeach()
  return()
elseif(way STREQUAL "mixed_files")
  flags_of(core "")
  set(plain_libs ${libs})
  foreach(file IN ITEMS main tasks)
    run("${compiler}" ${cflags} -c "${here}/mixed_${file}.cpp" -o "${binary}/${file}.o")
  endforeach()
  flags_of(core checked)
  foreach(file IN ITEMS main tasks)
    run("${compiler}" ${cflags} -c "${here}/mixed_${file}.cpp" -o "${binary}/${file}_checked.o")
  endforeach()
  # As docs/checks.md has them; each of these is about the library that was not linked.
  set(no_checks
      "undefined [^ ]+ .*juggle::v[0-9]+_[0-9]+::detail::compiled_without_JUGGLE_CHECKS_so_link_plain_juggle")
  set(no_plain
      "undefined [^ ]+ .*juggle::v[0-9]+_[0-9]+_checked::detail::compiled_with_JUGGLE_CHECKS_so_link_juggle_checked")
  # The whole program, and one file of it.
  fails_with("${no_plain}" "${compiler}" "${binary}/main_checked.o" "${binary}/tasks_checked.o" -o
             "${program}" ${plain_libs})
  fails_with("${no_plain}" "${compiler}" "${binary}/main.o" "${binary}/tasks_checked.o" -o
             "${program}" ${plain_libs})
  fails_with("${no_checks}" "${compiler}" "${binary}/main.o" "${binary}/tasks.o" -o "${program}"
             ${libs})
  fails_with("${no_checks}" "${compiler}" "${binary}/main_checked.o" "${binary}/tasks.o" -o
             "${program}" ${libs})
  return()
elseif(way STREQUAL "mixed_versions")
  # What was compiled with the headers of another minor version.
  flags_of(core "")
  file(READ "${prefix}/include/juggle/config.hpp" config)
  string(REGEX REPLACE "#define JUGGLE_ABI v[0-9]+_[0-9]+" "#define JUGGLE_ABI v0_99" config "${config}")
  file(WRITE "${binary}/other/juggle/config.hpp" "${config}")
  run("${compiler}" -I "${binary}/other" ${cflags} -c "${here}/mixed_main.cpp" -o "${binary}/main.o")
  run("${compiler}" ${cflags} -c "${here}/mixed_tasks.cpp" -o "${binary}/tasks.o")
  fails_with("undefined [^ ]+ .*juggle::v0_99::" "${compiler}" "${binary}/main.o" "${binary}/tasks.o"
             -o "${program}" ${libs})
  return()
elseif(way STREQUAL "other_warnings")
  # What other projects have switched on, beyond what the library itself is compiled with.
  execute_process(COMMAND "${compiler}" --version OUTPUT_VARIABLE version_words)
  if(version_words MATCHES "clang")
    # All there are, but for: what earlier standards had not; how a class is laid out; a class all of
    # whose virtual functions are inline (detail/run/waiter.hpp says why); and pointers as such.
    string(APPEND warnings
           " -Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-c++20-compat"
           " -Wno-pre-c++20-compat-pedantic -Wno-padded -Wno-weak-vtables -Wno-unsafe-buffer-usage"
           " -Wno-unsafe-buffer-usage-in-container")
  else()
    # Not -Wzero-as-null-pointer-constant, which GCC 12 says of every coroutine, nor -Wuseless-cast:
    # the cast is useful where std::size_t has 32 bits.
    string(APPEND warnings
           " -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor"
           " -Woverloaded-virtual -Wold-style-cast -Wundef -Wfloat-equal -Wextra-semi -Wcast-qual"
           " -Wcast-align -Wduplicated-cond -Wlogical-op -Wsuggest-override -Wswitch-enum")
  endif()
  flags_of("${component}" "${flavour}")
  all_headers(all)
  file(WRITE "${binary}/all.hpp" "${all}")
  run("${compiler}" ${cflags} -include "${binary}/all.hpp" "${here}/warnings.cpp" -o "${program}"
      ${libs})
  run("${program}")
  if(NOT version_words MATCHES "clang")
    # Of -Weffc++, all but: members that initialise themselves, classes with pointers that a base
    # keeps from being copied, and bases whose destructor is protected, but seen by friends.
    execute_process(COMMAND "${compiler}" ${cflags} -Weffc++ -Wno-error -fsyntax-only -include
                            "${binary}/all.hpp" "${here}/warnings.cpp"
                    ERROR_VARIABLE words COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "[^\n]*juggle/[^\n]*warning: [^\n]*" words "${words}")
    list(FILTER words EXCLUDE REGEX "should be initialized in the member initialization list|\
has pointer data members|  but does not declare|  or [^ ]*operator=|has accessible non-virtual destructor")
    if(words)
      list(JOIN words "\n" words)
      message(FATAL_ERROR "${words}")
    endif()
  endif()
  return()
elseif(way STREQUAL "hidden")
  # juggle as shared libraries, and a program and a library of its own that are compiled with hidden
  # visibility. What could be missing is most: without optimisation, with checks, without RTTI.
  string(APPEND flags " -fno-rtti")
  set(has_asio OFF)  # whose own headers need RTTI
  set(has_mpi OFF)  # whose functions are not linked
  run("${CMAKE_COMMAND}" -G "${generator}" "-DCMAKE_CXX_COMPILER=${compiler}"
      "-DCMAKE_CXX_COMPILER_LAUNCHER=${launcher}" ${unity} "-DCMAKE_CXX_FLAGS=${flags} -O0"
      -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=ON "-DCMAKE_SHARED_LINKER_FLAGS=-Wl,-z,defs"
      -DJUGGLE_CHECKS=ON "-DJUGGLE_OPENCL=${has_opencl}" "-DJUGGLE_CUDA=${has_cuda}" -DJUGGLE_ASIO=OFF
      -DJUGGLE_MPI=OFF "-DCMAKE_INSTALL_LIBDIR=${libdir}" -DJUGGLE_BUILD_TESTS=OFF -DJUGGLE_BUILD_EXAMPLES=OFF
      -DJUGGLE_BUILD_BENCHMARKS=OFF -DJUGGLE_BUILD_LAYERS=OFF -S "${source}" -B "${binary}/shared")
  run("${CMAKE_COMMAND}" --build "${binary}/shared" --parallel 2)
  set(prefix "${binary}/prefix")
  run("${CMAKE_COMMAND}" --install "${binary}/shared" --prefix "${prefix}")
  set(ENV{LD_LIBRARY_PATH} "${prefix}/${libdir}:${binary}")

  # What they export is in their headers.
  file(GLOB_RECURSE headers "${prefix}/include/juggle/*.hpp")
  set(words "")
  foreach(header IN LISTS headers)
    file(READ "${header}" text)
    string(APPEND words "${text}")
  endforeach()
  file(GLOB libraries "${prefix}/${libdir}/libjuggle*.so")
  foreach(library IN LISTS libraries)
    capture(symbols "${nm}" -D --demangle --defined-only "${library}")
    string(REGEX REPLACE "[^a-zA-Z0-9_:~ \n]" "," symbols "${symbols}")
    string(REPLACE "\n" ";" symbols "${symbols}")
    set(count 0)
    foreach(symbol IN LISTS symbols)
      string(REGEX REPLACE "^[0-9a-f]* +[A-Za-z] |guard variable for |(non-virtual thunk to|VTT for|vtable for|typeinfo name for|typeinfo for) " "" name "${symbol}")
      if(name MATCHES "^juggle::([a-zA-Z_:~]+)")
        math(EXPR count "${count} + 1")
        string(REGEX REPLACE "^.*[:~]" "" name "${CMAKE_MATCH_1}")
        if(NOT words MATCHES "[^a-zA-Z_]${name}[^a-zA-Z_]")
          message(SEND_ERROR "${library} exports ${symbol}")
        endif()
      elseif(NOT name MATCHES "std::|__gnu_cxx::|^operator new,unsigned long, void")
        message(SEND_ERROR "${library} exports ${symbol}")
      endif()
    endforeach()
    message(STATUS "${library} exports ${count} names of juggle's")
    if(count EQUAL 0)
      message(SEND_ERROR "${library} exports nothing")
    endif()
  endforeach()

  flags_of(timeline "${flavour}")
  set(other_libs ${libs})
  if(has_cuda)
    flags_of(cuda "${flavour}")
    list(APPEND other_libs ${libs})
  endif()
  flags_of("${component}" "${flavour}")
  list(PREPEND libs ${other_libs})
  set(hide -O0 -fvisibility=hidden -fvisibility-inlines-hidden)
  # Whoever leaves pkg-config's definition out has to see the same variables.
  foreach(definition IN ITEMS -UUNDEFINED -UJUGGLE_SHARED)
    run("${compiler}" ${cflags} ${definition} ${hide} -fPIC -shared "${here}/hidden/library.cpp" -o
        "${binary}/liblibrary.so" ${libs})
    run("${compiler}" ${cflags} ${definition} ${hide} "${here}/hidden/main.cpp" -o "${program}"
        "${binary}/liblibrary.so" ${libs})
    run("${program}")
  endforeach()
  # Nothing is missing that a header calls, not even where only few programs would.
  run("${compiler}" ${cflags} ${hide} "${here}/warnings.cpp" -o "${program}" ${libs})
  run("${program}")
  all_headers(all)
  file(WRITE "${binary}/all.cpp" "${all}int main() {}\n")
  execute_process(COMMAND "${compiler}" --version OUTPUT_VARIABLE version_words)
  if(NOT version_words MATCHES "clang")
    list(APPEND hide -fkeep-inline-functions)
  endif()
  # Inline functions of the standard library may call what it lacks, for nobody calls them.
  execute_process(
    COMMAND "${compiler}" ${cflags} ${hide} "${binary}/all.cpp" -o "${program}" ${libs}
            -Wl,--warn-unresolved-symbols
    ERROR_VARIABLE words COMMAND_ERROR_IS_FATAL ANY)
  if(words MATCHES "undefined reference to [^\n]*juggle[^\n]*")
    message(FATAL_ERROR "a header calls what no library shows: ${CMAKE_MATCH_0}")
  endif()
  return()
elseif(way STREQUAL "macros")
  flags_of("${component}" "${flavour}")
  all_headers(all)
  file(WRITE "${binary}/all.hpp" "${all}")
  file(GLOB_RECURSE headers "${prefix}/include/juggle/*.hpp")
  set(libraries "")
  foreach(header IN LISTS headers)
    file(STRINGS "${header}" lines REGEX "^#include <([a-z_]+|CL/.*)>$")
    list(APPEND libraries ${lines})
  endforeach()
  if(NOT has_opencl)
    list(FILTER libraries EXCLUDE REGEX "CL/")
  endif()
  list(REMOVE_DUPLICATES libraries)
  list(JOIN libraries "\n" libraries)
  file(WRITE "${binary}/libraries.hpp" "${libraries}\n")
  # Asio's own headers do not bear Qt's keywords.
  set(network "")
  if(has_asio)
    foreach(header IN ITEMS net socket_calls)
      file(STRINGS "${prefix}/include/juggle/asio/detail/${header}.hpp" lines
           REGEX "#include <(asio|netinet|sys)/")
      list(APPEND network ${lines})
    endforeach()
    list(JOIN network "\n" network)
  endif()
  if(has_mpi)  # mpi::Status is a macro of X11's
    string(APPEND network "\n#include <juggle/mpi.hpp>")
  endif()
  file(WRITE "${binary}/network.hpp" "${network}\n")
  set(compile "${compiler}" ${cflags} "-I${binary}" -fsyntax-only -include network.hpp -include "${here}/macros.hpp"
      "${here}/warnings.cpp")
  run(${compile})
  execute_process(COMMAND "${compiler}" ${cflags} -fsyntax-only -include curses.h -x c++ /dev/null
                  RESULT_VARIABLE no_curses OUTPUT_QUIET ERROR_QUIET)
  if(NOT no_curses)
    run(${compile} -DWITH_CURSES)
  endif()
  return()
elseif(way STREQUAL "standards")
  # The newest standard that the compiler knows, and the compiler's own extensions.
  flags_of("${component}" "${flavour}")
  list(REMOVE_ITEM cflags -std=c++20)
  set(newest c++26)
  execute_process(COMMAND "${compiler}" -std=c++26 -fsyntax-only -x c++ /dev/null
                  RESULT_VARIABLE unknown OUTPUT_QUIET ERROR_QUIET)
  if(unknown)
    set(newest c++23)
  endif()
  all_headers(all)
  file(WRITE "${binary}/all.hpp" "${all}")
  foreach(standard IN ITEMS gnu++20 ${newest})
    run("${compiler}" -std=${standard} -funsigned-char ${cflags} -fsyntax-only -include
        "${binary}/all.hpp" "${here}/warnings.cpp")
    message(STATUS "-std=${standard}")
  endforeach()
  file(WRITE "${binary}/minimal.cpp" "#include <juggle/juggle.hpp>\n")
  fails_with("juggle reports failures by exceptions" "${compiler}" -std=c++20 ${cflags}
             -fno-exceptions -fsyntax-only "${binary}/minimal.cpp")
  fails_with("juggle needs C\\+\\+20" "${compiler}" -std=c++17 ${cflags} -fsyntax-only
             "${binary}/minimal.cpp")
  return()
elseif(way STREQUAL "minimal")
  flags_of(core "")
  run("${compiler}" ${cflags} -O2 "${here}/minimal.cpp" -o "${program}" ${libs})
  run("${program}")
  capture(sizes "${size}" "${program}")
  string(REGEX MATCH "\n *([0-9]+)" text "${sizes}")
  message(STATUS "${CMAKE_MATCH_1} bytes of text")
  capture(symbols "${nm}" -C "${program}")
  foreach(unwanted IN ITEMS Timeline Recorder LockOrder ThreadPool Ticket)
    string(REGEX MATCHALL "[^\n]*juggle::[^\n]*${unwanted}[^\n]*" found "${symbols}")
    if(found)
      list(LENGTH found count)
      list(GET found 0 first)
      message(SEND_ERROR "${unwanted}: ${count} symbols, such as ${first}")
    endif()
  endforeach()
  return()
endif()

if(way STREQUAL "cuda_language")
  run(${configure} "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CUDA_COMPILER=${nvcc}"
      "-DCMAKE_CUDA_HOST_COMPILER=${compiler}" -DCMAKE_CUDA_ARCHITECTURES=OFF -S "${here}/cuda_language")
  run("${CMAKE_COMMAND}" --build "${binary}")
  set(program "${binary}/program")
elseif(way STREQUAL "kernel")  # a kernel and a coroutine in one file, for the host by this compiler
  flags_of(cuda "")
  list(FILTER cflags EXCLUDE REGEX "^-W|^-pthread$|^-isystem/")  # what nvcc does not know, or need
  list(FILTER libs EXCLUDE REGEX "^-pthread$")
  run("${nvcc}" -ccbin "${component}" ${cflags} "${here}/cuda_language/kernel.cu" -o "${program}" ${libs}
      -Xcompiler=-pthread)
elseif(way STREQUAL "pkg_config")
  flags_of("${component}" "${flavour}")
  if(mpi)
    set(ENV{OMPI_CXX} "${compiler}")
    set(ENV{MPICH_CXX} "${compiler}")
    string(REPLACE "mpicxx.default" "mpicxx" compiler "mpicxx.${mpi}")
  endif()
  run("${compiler}" ${cflags} "${here}/${component}.cpp" -o "${program}" ${libs})
else()
  set(project "${way}")
  if(way STREQUAL "only_checked")
    set(project find_package)
    set(prefix "${work}/prefix_checked")
  endif()
  run(${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -S "${here}/${project}")
  run("${CMAKE_COMMAND}" --build "${binary}" --parallel 2)
  if(way MATCHES "^(add_subdirectory|fetch_content)$")
    # Nothing of juggle becomes part of what its user installs.
    run("${CMAKE_COMMAND}" --install "${binary}")
    file(GLOB_RECURSE installed "${binary}/prefix/*")
    list(FILTER installed INCLUDE REGEX "juggle")
    if(installed)
      message(FATAL_ERROR "the consumer's installation has ${installed}")
    endif()
  endif()
endif()

file(MAKE_DIRECTORY "${binary}/pocl-cache")
set(ENV{POCL_CACHE_DIR} "${binary}/pocl-cache")
if(NOT mpi)
  run("${program}")
  return()
endif()
capture(words "${mpiexec}" -n 2 "${program}")
set(library_openmpi "Open MPI")
set(library_mpich "MPICH")
foreach(expected IN ITEMS "over ${library_${mpi}}" "rank 0 has heard of rank 1" "rank 1 has heard of rank 0")
  if(NOT words MATCHES "${expected}")
    message(FATAL_ERROR "'${expected}' is not in\n${words}")
  endif()
endforeach()
