# Finds what juggle::cuda stands on: cuda.h, of the toolkit that is named by CUDAToolkit_ROOT or
# CUDA_PATH, or that is in one of the usual places; as the target juggle_cuda_headers. The driver's
# library is loaded when the program runs. Used by the build and by the installed package.
#
# Sets juggle_cuda_missing: what was not found, empty if it is there; and juggle_cuda_package: the Debian
# package that has it.

set(juggle_cuda_missing "")
set(juggle_cuda_package "nvidia-cuda-dev (non-free), or NVIDIA's own")
if(NOT UNIX OR APPLE)
  set(juggle_cuda_missing "a system with dlopen and CUDA, such as Linux,")
elseif(NOT TARGET juggle_cuda_headers)
  find_path(
    JUGGLE_CUDA_INCLUDE_DIR cuda.h
    HINTS ${CUDAToolkit_INCLUDE_DIRS} ${CUDAToolkit_ROOT} ENV CUDAToolkit_ROOT ENV CUDA_PATH
    PATHS /usr/local/cuda /opt/cuda
    PATH_SUFFIXES include targets/x86_64-linux/include targets/sbsa-linux/include)
  mark_as_advanced(JUGGLE_CUDA_INCLUDE_DIR)
  if(JUGGLE_CUDA_INCLUDE_DIR)
    add_library(juggle_cuda_headers INTERFACE IMPORTED)
    target_include_directories(juggle_cuda_headers SYSTEM INTERFACE "${JUGGLE_CUDA_INCLUDE_DIR}")
  else()
    set(juggle_cuda_missing "CUDA (cuda.h)")
  endif()
endif()
