# A repository of the sources as they are here, with the tag of this version, for those that get juggle
# from one.
file(REMOVE_RECURSE "${repository}")
file(COPY "${source}/CMakeLists.txt" "${source}/CMakePresets.json" "${source}/cmake" "${source}/include"
          "${source}/src" DESTINATION "${repository}")
file(COPY "${source}/tools/gdb" DESTINATION "${repository}/tools")
set(git git -C "${repository}" -c user.name=nobody -c user.email=nobody@example.org)
run(${git} init --quiet)
run(${git} add .)
run(${git} commit --quiet -m "Be version ${version}")
run(${git} tag "v${version}")
