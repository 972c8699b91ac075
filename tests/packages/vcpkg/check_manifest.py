#!/usr/bin/env python3
"""Checks the port's vcpkg.json by the rules of vcpkg's reference, and against CMakeLists.txt, LICENSE
and the portfile. vcpkg itself is not at hand here; what it would refuse is to be seen without it.

The rules: https://learn.microsoft.com/vcpkg/reference/vcpkg-json (read in November 2026).

  check_manifest.py         prints what is wrong, and fails if there is anything
  check_manifest.py --self  spoils the manifest in each of many ways: each has to be noticed
"""

import copy
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
PORT = ROOT / "packaging/vcpkg/ports/juggle"

TOP_LEVEL = {
    "$schema", "builtin-baseline", "default-features", "dependencies", "description", "documentation",
    "features", "homepage", "license", "maintainers", "name", "overrides", "port-version", "summary",
    "supports", "version", "version-date", "version-semver", "version-string",
}
FEATURE = {"description", "dependencies", "supports", "license"}
DEPENDENCY = {"name", "default-features", "features", "host", "platform", "version>="}
PLATFORMS = {
    "x64", "x86", "arm", "arm32", "arm64", "arm64ec", "wasm32", "mips64", "windows", "mingw", "uwp",
    "xbox", "linux", "freebsd", "openbsd", "solaris", "osx", "ios", "android", "emscripten", "qnx",
    "native", "static", "staticcrt",
}
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
RESERVED = re.compile(r"prn|aux|nul|con|core|default|lpt[0-9]|com[0-9]")
VERSION = re.compile(r"\d+(\.\d+)*(-[0-9A-Za-z.-]+)?")
LICENSES = {"MIT": "MIT License"}  # SPDX identifier: how its text begins


def platform_error(expression):
    """Why it is no platform expression, or None: not, and, or, brackets and vcpkg's own words."""
    if not isinstance(expression, str):
        return "is no string"
    rest = re.sub(r"[a-z0-9]+", lambda word: "T" if word[0] in PLATFORMS else f"<{word[0]}>", expression)
    unknown = re.search(r"<(\w+)>", rest)
    if unknown:
        return f"'{unknown[1]}' is no platform"
    rest = rest.replace(" ", "")
    while True:
        shorter = re.sub(r"!T|\(T\)|T&T|T\|T", "T", rest)
        if shorter == rest:
            return None if rest == "T" else "cannot be read"
        rest = shorter


def check_fields(where, fields, known, errors):
    for field in fields:
        if field not in known and not field.startswith("$"):
            errors.append(f"{where}: no field '{field}'")


def check_name(where, name, errors):
    if not isinstance(name, str) or not NAME.fullmatch(name) or RESERVED.fullmatch(name):
        errors.append(f"{where}: '{name}' is no name")


def check_description(where, text, errors):
    lines = text if isinstance(text, list) else [text]
    if not lines or not all(isinstance(line, str) and line for line in lines):
        errors.append(f"{where}: description {text!r}")


def check_supports(where, fields, field, errors):
    why = platform_error(fields[field]) if field in fields else None
    if why:
        errors.append(f"{where}: {field} '{fields[field]}' {why}")


def check_dependencies(where, dependencies, errors):
    names = []
    for dependency in dependencies:
        if isinstance(dependency, str):
            dependency = {"name": dependency}
        if not isinstance(dependency, dict):
            errors.append(f"{where}: dependency {dependency!r}")
            continue
        name = dependency.get("name")
        names.append(name)
        check_name(where, name, errors)
        check_fields(f"{where}: {name}", dependency, DEPENDENCY, errors)
        check_supports(f"{where}: {name}", dependency, "platform", errors)
        if not isinstance(dependency.get("host", False), bool):
            errors.append(f"{where}: {name}: host {dependency['host']!r}")
    if len(names) != len(set(names)):
        errors.append(f"{where}: a dependency twice")


def check_manifest(manifest, project_version, license_text, portfile):
    errors = []
    check_fields("vcpkg.json", manifest, TOP_LEVEL, errors)
    check_name("vcpkg.json", manifest.get("name"), errors)
    if manifest.get("name") != PORT.name:
        errors.append(f"vcpkg.json: name '{manifest.get('name')}' in the folder '{PORT.name}'")
    versions = [field for field in manifest if field.startswith("version")]
    version = manifest.get("version")
    if versions != ["version"] or not isinstance(version, str) or not VERSION.fullmatch(version):
        errors.append(f"vcpkg.json: version {version!r}, fields {versions}: one 'version' of x.y.z is wanted")
    elif version != project_version:
        errors.append(f"vcpkg.json: version {version}, but CMakeLists.txt has {project_version}")
    begins = LICENSES.get(manifest.get("license"))
    if begins is None or not license_text.startswith(begins):
        errors.append(f"vcpkg.json: license {manifest.get('license')!r} is not that of LICENSE")
    check_description("vcpkg.json", manifest.get("description", ""), errors)
    check_supports("vcpkg.json", manifest, "supports", errors)
    dependencies = manifest.get("dependencies", [])
    check_dependencies("vcpkg.json", dependencies, errors)
    hosts = {entry["name"] for entry in dependencies if isinstance(entry, dict) and entry.get("host") is True}
    for function, port in (("vcpkg_cmake_configure", "vcpkg-cmake"),
                           ("vcpkg_cmake_config_fixup", "vcpkg-cmake-config")):
        if function in portfile and port not in hosts:
            errors.append(f"vcpkg.json: the portfile calls {function}, of the host dependency {port}")
    features = manifest.get("features", {})
    for feature, fields in features.items():
        where = f"feature {feature}"
        check_name(where, feature, errors)
        check_fields(where, fields, FEATURE, errors)
        check_description(where, fields.get("description", ""), errors)
        check_supports(where, fields, "supports", errors)
        check_dependencies(where, fields.get("dependencies", []), errors)
    for feature in manifest.get("default-features", []):
        name = feature.get("name") if isinstance(feature, dict) else feature
        if name not in features:
            errors.append(f"default-features: no feature '{name}'")
    used = set(re.findall(r"^ {4}([a-z-]+) +JUGGLE_", portfile, re.M))
    used |= set(re.findall(r'"([a-z-]+)" IN_LIST FEATURES', portfile))
    if used != set(features):
        errors.append(f"features {sorted(features)}, but those of the portfile are {sorted(used)}")
    return errors


SPOILERS = {
    "a name in capitals": lambda m: m.update(name="Juggle"),
    "another name": lambda m: m.update(name="juggler"),
    "a version behind": lambda m: m.update(version="0.0.9"),
    "a version of words": lambda m: m.update(version="newest"),
    "two versions": lambda m: m.update({"version-semver": m["version"]}),
    "no version": lambda m: m.pop("version"),
    "another license": lambda m: m.update(license="BSL-1.0"),
    "a license that is none": lambda m: m.update(license="mit"),
    "an unknown field": lambda m: m.update(licence="MIT"),
    "no description": lambda m: m.pop("description"),
    "an unknown platform": lambda m: m.update(supports="linux | macos"),
    "an open bracket": lambda m: m.update(supports="linux | (osx"),
    "a missing operator": lambda m: m.update(supports="linux osx"),
    "no vcpkg-cmake": lambda m: m["dependencies"].pop(0),
    "a dependency twice": lambda m: m["dependencies"].append("vcpkg-cmake"),
    "a dependency of the build for the target": lambda m: m["dependencies"][1].pop("host"),
    "an unknown field of a dependency": lambda m: m["dependencies"][0].update(version=">=1"),
    "a feature with an underscore": lambda m: m["features"].update(boost_asio=m["features"].pop("boost-asio")),
    "a feature that nobody builds": lambda m: m["features"].update(cuda={"description": "CUDA"}),
    "a feature that is gone": lambda m: m["features"].pop("mpi"),
    "a feature without words": lambda m: m["features"]["mpi"].pop("description"),
    "a feature's unknown platform": lambda m: m["features"]["mpi"].update(supports="posix"),
    "a default that is no feature": lambda m: m.update({"default-features": ["cuda"]}),
}


def main():
    manifest = json.loads((PORT / "vcpkg.json").read_text())
    found = re.search(r"project\(\s*juggle\s+VERSION\s+([\d.]+)", (ROOT / "CMakeLists.txt").read_text())
    facts = (found[1], (ROOT / "LICENSE").read_text(), (PORT / "portfile.cmake").read_text())
    errors = check_manifest(manifest, *facts)
    if sys.argv[1:] == ["--self"]:
        for what, spoil in SPOILERS.items():
            spoiled = copy.deepcopy(manifest)
            spoil(spoiled)
            noticed = check_manifest(spoiled, *facts)
            print(f"{what}: {noticed[0] if noticed else ''}")
            if not noticed:
                errors.append(f"not noticed: {what}")
    elif sys.argv[1:]:
        sys.exit(f"usage: check_manifest.py [--self], not {' '.join(sys.argv[1:])}")
    print("\n".join(errors))
    sys.exit(1 if errors else 0)


main()
