import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout


class JuggleTest(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self, build_folder="../build/test_package")

    @property
    def _components(self):
        options = self.dependencies["juggle"].options
        optional = ("opencl", "asio", "boost_asio", "mpi")
        return ["core", "timeline"] + [name for name in optional if options.get_safe(name) == "True"]

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.user_presets_path = False
        toolchain.cache_variables["COMPONENTS"] = ";".join(self._components)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if not can_run(self):
            return
        # One process of Open MPI without a launcher: it then needs no network either.
        os.environ.setdefault("OMPI_MCA_ess_singleton_isolated", "1")
        for name in self._components:
            self.run(os.path.join(self.cpp.build.bindir, f"use_{name}"), env="conanrun")
