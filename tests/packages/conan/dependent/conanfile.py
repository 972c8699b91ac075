"""A library that stands on juggle: only its package id is asked for."""

from conan import ConanFile


class Dependent(ConanFile):
    name = "dependent"
    version = "1.0"
    package_type = "static-library"
    settings = "os", "arch", "compiler", "build_type"

    def requirements(self):
        self.requires("juggle/[>=0.1 <1]", transitive_headers=True)
