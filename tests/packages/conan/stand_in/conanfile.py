"""Stands for one of the packages of ConanCenter that juggle asks for, where ConanCenter cannot be had:
the same names, components and targets, with the headers of the system copied into the package."""

import os

from conan import ConanFile
from conan.tools.files import copy
from conan.tools.gnu import PkgConfig

HEADERS = {
    "opencl-headers": ["CL/cl*.h"],
    "opencl-clhpp-headers": ["CL/*.hpp"],
    "opencl-icd-loader": [],
    "asio": ["asio.hpp", "asio/*"],
    "boost": [],  # too many to copy; the compiler finds the system's
    "openmpi": ["*"],
}


class StandIn(ConanFile):
    license = "none"
    settings = "os"
    options = {"header_only": [True, False]}
    default_options = {"header_only": False}

    def requirements(self):
        if self.name in ("opencl-clhpp-headers", "opencl-icd-loader"):
            self.requires(f"opencl-headers/{self.version}", transitive_headers=True)

    def package(self):
        folder = "/usr/include"
        if self.name == "openmpi":
            folder = PkgConfig(self, "ompi-c").includedirs[0]
        for pattern in HEADERS[self.name]:
            if not copy(self, pattern, folder, os.path.join(self.package_folder, "include")):
                raise FileNotFoundError(f"{folder}/{pattern}")

    def package_info(self):
        info = self.cpp_info
        info.libdirs = []
        info.bindirs = []
        if self.name == "opencl-headers":
            info.set_property("cmake_file_name", "OpenCLHeaders")
            info.set_property("cmake_target_name", "OpenCL::Headers")
        elif self.name == "opencl-clhpp-headers":
            info.set_property("cmake_file_name", "OpenCLHeadersCpp")
            info.set_property("cmake_target_name", "OpenCL::HeadersCpp")
            info.requires = ["opencl-headers::opencl-headers"]
        elif self.name == "opencl-icd-loader":
            info.set_property("cmake_file_name", "OpenCLICDLoader")
            info.set_property("cmake_target_name", "OpenCL::OpenCL")
            info.includedirs = []
            info.system_libs = ["OpenCL"]
            info.requires = ["opencl-headers::opencl-headers"]
        elif self.name == "asio":
            info.defines = ["ASIO_STANDALONE"]
        elif self.name == "openmpi":
            info.libdirs = [PkgConfig(self, "ompi-c").libdirs[0]]
            info.libs = ["mpi"]
        elif self.name == "boost":
            if not self.options.header_only:
                raise RuntimeError("boost:header_only=False: juggle asks for the headers alone")
            info.set_property("cmake_file_name", "Boost")
            info.components["headers"].set_property("cmake_target_name", "Boost::headers")
            info.components["headers"].includedirs = []
            info.components["headers"].libdirs = []
            info.components["headers"].bindirs = []
