# A subproject of Ninja Multi-Config: three configurations from one tree, two of them in one prefix.
file(COPY "${use_it}/subproject" "${use_it}/program.cpp" DESTINATION "${binary}")
file(MAKE_DIRECTORY "${binary}/subproject/third_party")
file(CREATE_LINK "${source}" "${binary}/subproject/third_party/juggle" SYMBOLIC)
set(multi "${CMAKE_COMMAND}" -G "Ninja Multi-Config" "-DCMAKE_CXX_COMPILER=${compiler}"
          "-DCMAKE_CXX_FLAGS=${flags} ${warnings}")
set(tree "${binary}/tree")
run(${multi} ${unity} "-DCMAKE_CXX_FLAGS_DEBUG=" -DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG
    -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-DNDEBUG -DCMAKE_DEBUG_POSTFIX=-debug -DCMAKE_CXX_STANDARD=17
    -DJUGGLE_OPENCL=OFF -DJUGGLE_ASIO=OFF -DJUGGLE_MPI=OFF -DJUGGLE_CUDA=OFF -DJUGGLE_INSTALL=ON -S "${binary}/subproject" -B
    "${tree}")
foreach(config IN ITEMS Debug Release RelWithDebInfo)
  run("${CMAKE_COMMAND}" --build "${tree}" --config ${config} --target program --parallel 2)
  prints_turns("${tree}/${config}/program")
endforeach()

set(both "${binary}/prefix")
foreach(config IN ITEMS Debug Release)
  run("${CMAKE_COMMAND}" --build "${tree}" --config ${config} --target juggle_timeline --parallel 2)
  run("${CMAKE_COMMAND}" --install "${tree}/third_party/juggle" --config ${config} --prefix "${both}")
endforeach()
file(COPY "${use_it}/find_package" DESTINATION "${binary}")
set(tree "${binary}/installed")
run(${multi} "-DCMAKE_PREFIX_PATH=${both}" -S "${binary}/find_package" -B "${tree}")
set(library_Debug "libjuggle-debug\\.")
set(library_Release "libjuggle\\.")
foreach(config IN ITEMS Debug Release)
  run("${CMAKE_COMMAND}" --build "${tree}" --config ${config})
  prints_turns("${tree}/${config}/program")
  file(STRINGS "${tree}/CMakeFiles/impl-${config}.ninja" lines REGEX "LINK_LIBRARIES = .*${library_${config}}")
  if(NOT lines)
    message(FATAL_ERROR "${config} does not link ${library_${config}}")
  endif()
endforeach()
