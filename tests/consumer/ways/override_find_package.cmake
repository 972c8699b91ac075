# A find_package that FetchContent answers. It is the build of "fetch_content" that is tested.
run(${configure} -S "${here}/override_find_package")
