"""Conan 2 recipe: conan create . -s compiler.cppstd=20 (docs/packages/conan.md)."""

import os
import re

from conan import ConanFile
from conan.errors import ConanException, ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir
from conan.tools.gnu import PkgConfig
from conan.tools.scm import Version
from conan.tools.system.package_manager import Apt

required_conan_version = ">=2.4"


class Juggle(ConanFile):
    name = "juggle"
    description = "C++20 coroutines that keep a GPU, a network and a CPU busy from one thread"
    license = "MIT"
    topics = ("coroutines", "cpp20", "opencl", "asio", "mpi", "executor")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    # There is no fPIC: the library is position-independent whether it is shared or not.
    options = {
        "shared": [True, False],
        "opencl": [True, False],
        "asio": [True, False],
        "boost_asio": [True, False],
        "mpi": [True, False],
        "checks": [True, False],
        "system_packages": [True, False],
    }
    default_options = {
        "shared": False,
        "opencl": True,
        "asio": True,
        "boost_asio": False,
        "mpi": False,
        "checks": False,
        "system_packages": False,
        "boost/*:header_only": True,
    }
    options_description = {
        "opencl": "juggle::opencl, the OpenCL bridge",
        "asio": "juggle::asio, over standalone Asio",
        "boost_asio": "juggle::boost_asio, over Boost.Asio",
        "mpi": "juggle::mpi",
        "checks": "the library with checks of how it is used",
        "system_packages": "OpenCL, Asio, Boost and MPI from the system instead of from Conan",
    }
    exports_sources = ("CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "tools/gdb/*")

    # Most of juggle is templates that are compiled into whoever uses it, and its options change what
    # they are compiled to. So what depends on it is built anew for any other version or option. The
    # modes that look at the version alone, Conan's default among them, would let a library that was
    # compiled with checks meet one that was not.
    package_id_embed_mode = "full_mode"
    package_id_non_embed_mode = "full_mode"
    package_id_unknown_mode = "full_mode"

    oldest_compilers = {"gcc": "12", "clang": "19", "apple-clang": "15"}  # docs/compilers.md

    def set_version(self):
        text = load(self, os.path.join(self.recipe_folder, "CMakeLists.txt"))
        found = re.search(r"project\(\s*juggle\s+VERSION\s+(\d+\.\d+\.\d+)", text)
        if not found:
            raise ConanException("CMakeLists.txt: no project(juggle VERSION <x.y.z>")
        if self.version and str(self.version) != found.group(1):
            raise ConanException(f"--version={self.version}: CMakeLists.txt says {found.group(1)}")
        self.version = found.group(1)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        if self.options.system_packages:
            return
        if self.options.opencl:
            self.requires("opencl-clhpp-headers/[>=2022.09.30]", transitive_headers=True)
            self.requires("opencl-icd-loader/[>=2022.09.30]", transitive_libs=True)
        # What is over these is headers alone, so they are in no binary of this package.
        headers = {"transitive_headers": True, "package_id_mode": "unrelated_mode"}
        if self.options.asio:
            self.requires("asio/[>=1.22 <2]", **headers)
        if self.options.boost_asio:
            self.requires("boost/[>=1.81 <2]", **headers)
        if self.options.mpi:
            self.requires("openmpi/[>=4.1 <6]", transitive_libs=True, **headers)

    def system_requirements(self):
        if not self.options.system_packages:
            return
        apt = Apt(self)
        names = []
        if self.options.opencl:
            names += ["ocl-icd-opencl-dev", "opencl-headers", "opencl-clhpp-headers"]
        if self.options.asio:
            names.append("libasio-dev")
        if names:
            apt.install(names, check=True)
        if self.options.boost_asio:  # Debian 12's default one is too old
            apt.install_substitutes(["libboost1.81-dev"], ["libboost-dev"])
        if self.options.mpi:
            apt.install_substitutes(["pkg-config"], ["pkgconf"])
            apt.install_substitutes(["libopenmpi-dev"], ["libmpich-dev"])

    def validate(self):
        compiler = str(self.settings.compiler)
        version = str(self.settings.compiler.version)
        oldest = self.oldest_compilers.get(compiler)
        if oldest is None:
            known = ", ".join(self.oldest_compilers)
            raise ConanInvalidConfiguration(f"compiler={compiler}: juggle supports {known}")
        if Version(version) < oldest:
            raise ConanInvalidConfiguration(
                f"compiler.version={version}: juggle needs {compiler} {oldest} or newer"
            )
        cppstd = self.settings.get_safe("compiler.cppstd")
        try:
            check_min_cppstd(self, 20)
        except ConanInvalidConfiguration:
            raise ConanInvalidConfiguration(
                f"compiler.cppstd={cppstd}: juggle needs C++20 or newer: -s compiler.cppstd=20"
            ) from None
        if self.settings.os == "Windows" and self.options.shared:
            raise ConanInvalidConfiguration(
                "shared=True: static libraries only on Windows, whose DLLs cannot export the variables "
                "of a thread"
            )
        if self.settings.os != "Linux" and self.options.mpi:
            raise ConanInvalidConfiguration(f"mpi=True: juggle::mpi is for Linux, not os={self.settings.os}")

    def generate(self):
        if self.options.mpi and self.options.system_packages:
            self._system_mpi()  # before anything is compiled
        toolchain = CMakeToolchain(self)
        for name in ("TESTS", "LAYERS", "EXAMPLES", "BENCHMARKS"):
            toolchain.cache_variables[f"JUGGLE_BUILD_{name}"] = False
        toolchain.cache_variables["JUGGLE_CHECKS"] = bool(self.options.checks)
        toolchain.cache_variables["JUGGLE_OPENCL"] = bool(self.options.opencl)
        toolchain.cache_variables["JUGGLE_MPI"] = bool(self.options.mpi)
        toolchain.cache_variables["JUGGLE_CUDA"] = False  # cuda.h is no package of Conan's
        flavours = [name for name in ("asio", "boost_asio") if self.options.get_safe(name)]
        toolchain.cache_variables["JUGGLE_ASIO"] = "ON" if len(flavours) == 2 else (flavours or ["OFF"])[0]
        toolchain.generate()
        deps = CMakeDeps(self)
        deps.set_property("openmpi", "cmake_file_name", "MPI")
        deps.set_property("openmpi", "cmake_find_mode", "both")
        deps.set_property("openmpi", "cmake_target_name", "MPI::MPI_CXX")
        deps.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        # Conan's generators write the package files, from package_info(): they know each build type
        # and where the dependencies are. Another set beside them could only contradict it.
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))

    @property
    def _flavour(self):
        return "-checked" if self.options.checks else ""

    @property
    def _components(self):
        optional = ("opencl", "asio", "boost_asio", "mpi")
        return ["core", "timeline"] + [name for name in optional if self.options.get_safe(name)]

    # The targets and the names for pkg-config are those of an installed juggle, docs/packages/conan.md.
    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "juggle")
        self.cpp_info.set_property("cmake_config_version_compat", "SameMinorVersion")
        self.cpp_info.set_property("cmake_target_name", "juggle::all")  # juggle::juggle is the core
        self.cpp_info.set_property("pkg_config_name", "juggle-all")
        # What find_package(juggle COMPONENTS ...) may name. CMakeDeps does not look at it.
        checked = ["checked"] if self.options.checks else []
        self.cpp_info.set_property("cmake_components", self._components + checked)
        for name in self._components:
            suffix = "juggle" if name == "core" else name
            dashed = "juggle" if name == "core" else "juggle-" + name.replace("_", "-")
            component = self.cpp_info.components[name]
            component.set_property("cmake_target_name", f"juggle::{suffix}")
            component.set_property("pkg_config_name", dashed)
            if self.options.checks:  # so that a program need not know with which option it was built
                component.set_property("cmake_target_aliases", [f"juggle::{suffix}_checked"])
                component.set_property("pkg_config_aliases", [f"{dashed}-checked"])
            if name in ("core", "timeline", "opencl"):
                library = "juggle" if name == "core" else f"juggle_{name}"
                component.libs = [library + self._flavour]
            else:
                component.libdirs = []
            component.bindirs = []
            if name != "core":
                component.requires = ["core"]
        core = self.cpp_info.components["core"]
        core.defines = [f"JUGGLE_SHARED={int(bool(self.options.shared))}"]
        if self.options.checks:
            core.defines.append("JUGGLE_CHECKS=1")
        if self.settings.os in ("Linux", "FreeBSD"):
            core.system_libs = ["pthread"]
        elif self.settings.os == "Windows":
            core.system_libs = ["synchronization"]
        if self.options.boost_asio:
            self.cpp_info.components["boost_asio"].defines = ["JUGGLE_BOOST_ASIO=1"]
        if self.options.system_packages:
            self._use_system_packages()
        else:
            self._use_conan_packages()
        if self.options.mpi:  # without the C++ interface of old, as JuggleMpi.cmake asks of FindMPI
            self.cpp_info.components["mpi"].defines += ["MPICH_SKIP_MPICXX", "OMPI_SKIP_MPICXX"]

    def _use_conan_packages(self):
        used = {
            "opencl": ["opencl-clhpp-headers::opencl-clhpp-headers", "opencl-icd-loader::opencl-icd-loader"],
            "asio": ["asio::asio"],
            "boost_asio": ["boost::headers"],
            "mpi": ["openmpi::openmpi"],
        }
        for name, requires in used.items():
            if self.options.get_safe(name):
                self.cpp_info.components[name].requires += requires

    # Headers of OpenCL, Asio and Boost are where a compiler looks anyway.
    def _use_system_packages(self):
        if self.options.opencl:
            self.cpp_info.components["opencl"].system_libs = ["OpenCL"]
        if self.options.mpi:
            self._system_mpi().fill_cpp_info(self.cpp_info.components["mpi"], is_system=True)

    # What pkg-config calls the system's MPI: the first one there is, or -c user.juggle:mpi=mpich
    def _system_mpi(self):
        chosen = self.conf.get("user.juggle:mpi")
        names = [chosen] if chosen else ["mpi-c", "ompi-c", "mpich"]
        for name in names:
            mpi = PkgConfig(self, name)
            try:
                if mpi.libs:
                    return mpi
            except ConanException:
                continue
        if chosen:
            raise ConanException(f"user.juggle:mpi={chosen}: no MPI of that name, says pkg-config")
        raise ConanException(f"mpi=True: no MPI here, says pkg-config; it was asked for {', '.join(names)}")
