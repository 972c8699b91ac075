# Which versions find_package accepts, and what it says of the others.
run(${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -S "${here}/versions")
file(WRITE "${binary}/refused/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)\n"
     "project(consumer LANGUAGES CXX)\nfind_package(juggle 0.2 REQUIRED)\n")
fails_with("compatible with requested version \"0.2\".*juggleConfig.cmake, version: ${version}"
           ${configure} "-DCMAKE_PREFIX_PATH=${prefix}" -S "${binary}/refused" -B "${binary}/refused/build")
