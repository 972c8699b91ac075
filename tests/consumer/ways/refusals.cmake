# What is said where juggle cannot be used, and what of it mends that.
set(no_opencl -DCMAKE_DISABLE_FIND_PACKAGE_OpenCL=ON -DCMAKE_DISABLE_FIND_PACKAGE_OpenCLHeaders=ON
              -DCMAKE_DISABLE_FIND_PACKAGE_OpenCLICDLoader=ON)
set(debian "apt-get install ocl-icd-opencl-dev opencl-headers opencl-clhpp-headers")
set(sources ${configure} -DJUGGLE_BUILD_TESTS=OFF -DJUGGLE_BUILD_EXAMPLES=OFF -DJUGGLE_BUILD_BENCHMARKS=OFF
            -DJUGGLE_BUILD_LAYERS=OFF -S "${source}")

fails_with("needs the OpenCL headers and ICD loader.* not found here.*${debian}.*-DJUGGLE_OPENCL=OFF"
           ${sources} -DJUGGLE_OPENCL=ON ${no_opencl} -B "${binary}/no_opencl")
fails_with("has no C\\+\\+20 coroutines.*GCC from 12.*-DCMAKE_CXX_COMPILER=" ${sources}
           -DCMAKE_CXX_FLAGS=-U__cpp_impl_coroutine -B "${binary}/no_coroutines")

foreach(option IN ITEMS OPENCL ASIO MPI)
  fails_with("JUGGLE_${option} is 'mpich', and has to be one of ON, AUTO, OFF" ${sources} -DJUGGLE_${option}=mpich -B
             "${binary}/no_${option}")
endforeach()
find_program(too_old NAMES g++-11 clang++-14 clang++-15 g++-10)  # where there is one
if(too_old)
  fails_with("(is too old|has no C\\+\\+20 coroutines).*GCC from 12" "${CMAKE_COMMAND}" -G Ninja -DJUGGLE_BUILD_TESTS=OFF
             "-DCMAKE_CXX_COMPILER=${too_old}" -S "${source}" -B "${binary}/too_old")
endif()

function(find_fails name components expected)
  file(WRITE "${binary}/${name}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)\n"
       "project(consumer LANGUAGES CXX)\nfind_package(juggle REQUIRED COMPONENTS ${components})\n")
  fails_with("${expected}" ${configure} ${ARGN} "-DCMAKE_PREFIX_PATH=${prefix}" -S "${binary}/${name}" -B
             "${binary}/${name}/build")
endfunction()
find_fails(two_unknown_components "one two" "no component 'one'.*no component 'two'")
find_fails(unknown_component metal "no component 'metal'.*its components are core, timeline, opencl")
if(has_opencl)
  find_fails(installed_no_opencl opencl "OpenCL headers and ICD loader.*not found.*${debian}" ${no_opencl})
endif()
