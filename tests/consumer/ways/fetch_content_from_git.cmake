# From the repository; then from an installation, which the project takes where there is one.
run(${configure} ${quick} -DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=NEVER -S "${use_it}/fetch_content")
run("${CMAKE_COMMAND}" --build "${binary}" --target program --parallel 2)
prints_turns("${binary}/program")
if(NOT EXISTS "${binary}/_deps/juggle-src/.git")
  message(FATAL_ERROR "juggle did not come from the repository")
endif()

set(installed "${binary}/installed")
run(${configure} -DCMAKE_CXX_STANDARD=17 "-DCMAKE_PREFIX_PATH=${prefix}" -S "${use_it}/fetch_content" -B
    "${installed}")  # juggle's targets ask for C++20, whatever the project does
run("${CMAKE_COMMAND}" --build "${installed}")
prints_turns("${installed}/program")
if(EXISTS "${installed}/_deps/juggle-src")
  message(FATAL_ERROR "juggle is installed, and was fetched")
endif()
