"""What scripts/release makes and refuses, and what scripts/check-version finds, in a repository of few files."""

import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VERSION = re.search(r"VERSION (\d+\.\d+\.\d+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
MAJOR, MINOR, PATCH = VERSION.split(".")
SERIES = f"{MAJOR}.{MINOR}"
BOUND = f"{MAJOR}.{int(MINOR) + 1}"
NEXT = f"{BOUND}.0"
AFTER_NEXT = f"{MAJOR}.{int(MINOR) + 2}"
NAMED = ["CMakeLists.txt", "README.md", "CITATION.cff", ".gitattributes", ".gitignore", "docs/abi.md", "docs/checks.md",
         "docs/guide/use_it.md", "docs/packages", "examples/use_it", "packaging", "debian", "scripts/check-version",
         "scripts/release", "tests/consumer/override_find_package", "tests/consumer/ways/versions.cmake"]
RELEASED = f"""# Changelog

As in [Keep a Changelog](https://keepachangelog.com/en/1.1.0/) and https://semver.org/.

## [Unreleased]

## [{VERSION}] - 2026-11-30

### Added

- All of it.

## [0.0.1] - 2025-01-01

### Fixed

- Nothing.

[Unreleased]: ../../compare/v{VERSION}...HEAD
[{VERSION}]: ../../compare/v0.0.1...v{VERSION}
[0.0.1]: ../../releases/tag/v0.0.1
"""


class Repository(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "juggle"
        for name in NAMED:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target)
            else:
                shutil.copy(ROOT / name, target)
        self.write("CHANGELOG.md", RELEASED)
        (self.root / ".ci").mkdir()
        self.write(".ci/run", "")
        self.environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                            "GNUPGHOME": str(self.root.parent / "gnupg")}
        self.git("init", "--quiet")
        self.commit()

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def replace(self, name, old, new):
        text = (self.root / name).read_text(encoding="utf-8")
        self.assertIn(old, text)
        self.write(name, text.replace(old, new))

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.org", *words],
                       cwd=self.root, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def commit(self):
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "Change something")

    def script(self, name, *words):
        result = subprocess.run([self.root / "scripts" / name, *words], env=self.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return result.returncode, result.stdout

    def made(self, name):
        return self.root / "out" / "release" / name

    def assert_refused(self, expected, *words):
        code, said = self.script("release", *words)
        self.assertNotEqual(code, 0, said)
        self.assertRegex(said, expected)
        self.assertFalse(self.made("SHA256SUMS").exists())


class Release(Repository):
    def test_the_archive_has_the_commit_and_the_same_bytes_each_time(self):
        self.git("tag", f"v{VERSION}")
        archive = self.made(f"juggle-{VERSION}.tar.gz")
        contents = []
        for mask in (0o022, 0o077):
            before = os.umask(mask)
            code, said = self.script("release", VERSION)
            os.umask(before)
            self.assertEqual(code, 0, said)
            contents.append(archive.read_bytes())
        self.assertEqual(*contents)
        with tarfile.open(archive) as unpacked:
            names = unpacked.getnames()
        self.assertIn(f"juggle-{VERSION}/CMakeLists.txt", names)
        self.assertNotIn(f"juggle-{VERSION}/.ci", names)
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=archive.parent, check=True)
        self.assertEqual(self.made(f"juggle-{VERSION}.md").read_text(), "### Added\n\n- All of it.\n")

    def test_it_is_signed_with_an_ssh_key(self):
        if not shutil.which("ssh-keygen"):
            self.skipTest("there is no ssh-keygen")
        self.git("tag", f"v{VERSION}")
        key = self.root.parent / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        code, said = self.script("release", "--sign", str(key), VERSION)
        self.assertEqual(code, 0, said)
        signers = self.root.parent / "signers"
        signers.write_text("us@example.org " + key.with_suffix(".pub").read_text())
        verify = ["ssh-keygen", "-Y", "verify", "-n", "file", "-f", signers, "-I", "us@example.org", "-s",
                  self.made("SHA256SUMS.sig")]
        sums = self.made("SHA256SUMS").read_bytes()
        self.assertEqual(subprocess.run(verify, input=sums, capture_output=True).returncode, 0)
        self.assertNotEqual(subprocess.run(verify, input=sums + b"x", capture_output=True).returncode, 0)

    def test_it_is_signed_with_a_key_of_gpg(self):
        if not shutil.which("gpg"):
            self.skipTest("there is no gpg")
        self.git("tag", f"v{VERSION}")
        (self.root.parent / "gnupg").mkdir(mode=0o700)
        self.addCleanup(subprocess.run, ["gpgconf", "--kill", "all"], env=self.environment)
        subprocess.run(["gpg", "--quiet", "--batch", "--passphrase", "", "--quick-generate-key", "us@example.org"],
                       env=self.environment, check=True, capture_output=True)
        code, said = self.script("release", "--sign", "us@example.org", VERSION)
        self.assertEqual(code, 0, said)
        verify = ["gpg", "--verify", self.made("SHA256SUMS.asc"), self.made("SHA256SUMS")]
        self.assertEqual(subprocess.run(verify, env=self.environment, capture_output=True).returncode, 0)

    def test_it_is_refused_for_another_version_than_that_of_the_project(self):
        self.git("tag", f"v{NEXT}")
        self.assert_refused(f"{NEXT} is to be released, and CMakeLists.txt has {VERSION}", NEXT)

    def test_it_is_refused_with_changes_that_are_not_committed(self):
        self.git("tag", f"v{VERSION}")
        self.write("new.txt", "")
        self.assert_refused(r"not committed: \?\? new\.txt", VERSION)

    def test_it_is_refused_without_a_tag_and_with_one_elsewhere(self):
        self.assert_refused(f"there is no tag v{VERSION}: git tag", VERSION)
        self.git("tag", f"v{VERSION}")
        self.write("new.txt", "")
        self.commit()
        self.assert_refused(f"the tag v{VERSION} is at [0-9a-f]+, the current commit is [0-9a-f]+", VERSION)

    def test_it_is_refused_while_the_changelog_has_something_unreleased(self):
        self.replace("CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- More.\n")
        self.commit()
        self.git("tag", f"v{VERSION}")
        self.assert_refused(r"\[Unreleased\] is to be empty", VERSION)

    def test_a_dry_run_says_what_would_be_refused_and_makes_the_files(self):
        code, said = self.script("release", "--dry-run", VERSION)
        self.assertEqual(code, 0, said)
        self.assertIn(f"refused: there is no tag v{VERSION}", said)
        self.assertTrue(self.made(f"juggle-{VERSION}.tar.gz").exists())

    def test_a_dry_run_makes_all_files_for_a_version_of_which_the_changelog_says_nothing(self):
        code, said = self.script("release", "--dry-run", NEXT)
        self.assertEqual(code, 0, said)
        self.assertIn(f"refused: CHANGELOG.md: has no section '## [{NEXT}]", said)
        self.assertEqual(sorted(file.name for file in self.made(".").iterdir()),
                         ["SHA256SUMS", f"juggle-{NEXT}.md", f"juggle-{NEXT}.tar.gz"])

    def test_a_key_that_there_is_not_is_refused_before_anything_is_made(self):
        self.git("tag", f"v{VERSION}")
        self.assert_refused("--sign: '/nosuch' is no file", "--sign", "/nosuch", VERSION)
        self.assert_refused("--sign: 'nobody@example.org' is (neither a file|no file)", "--sign", "nobody@example.org",
                            VERSION)

    def test_nothing_is_left_where_signing_fails(self):
        if not shutil.which("ssh-keygen"):
            self.skipTest("there is no ssh-keygen")
        self.git("tag", f"v{VERSION}")
        self.assertEqual(self.script("release", VERSION)[0], 0)
        key = self.root.parent / "key"
        key.write_text("no key\n")
        self.assert_refused("key", "--sign", str(key), VERSION)
        self.assertEqual(list((self.root / "out").iterdir()), [])

    def test_it_is_refused_in_an_unpacked_archive_inside_another_repository(self):
        self.git("tag", f"v{VERSION}")
        inner = self.root / "third_party" / "juggle"
        shutil.copytree(self.root / "scripts", inner / "scripts")
        result = subprocess.run([inner / "scripts" / "release", "--dry-run", VERSION], env=self.environment,
                                capture_output=True, text=True, check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("is no git repository with a commit", result.stderr)

    def test_what_is_wrong_with_the_arguments_is_named(self):
        self.assert_refused("'1.x' is no version such as", "1.x")
        self.assert_refused("--sing: no such option", "--sing", VERSION)
        self.assert_refused("two versions: 1.0.0 and 2.0.0", "1.0.0", "2.0.0")
        self.assert_refused("--sign: which key", VERSION, "--sign")
        self.assert_refused("scripts/release .*VERSION")


class Arguments(unittest.TestCase):
    def test_a_script_refuses_what_it_does_not_know_and_starts_nothing(self):
        scripts = [ROOT / "scripts" / name for name in (
            "check-rooms", "demo", "format", "install-dependencies", "release", "site", "test", "test-in-chroot",
            "test-packages", "test-platforms", "tidy", "torture")]
        for script in [*scripts, *(ROOT / "scripts/packages").iterdir()]:
            with self.subTest(script.name):
                result = subprocess.run([script, "--no-such-option"], stdin=subprocess.DEVNULL, capture_output=True,
                                        text=True, check=False)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn(f"scripts/{script.relative_to(ROOT / 'scripts')}", result.stderr)


class CheckVersion(Repository):
    def assert_found(self, expected):
        code, said = self.script("check-version")
        self.assertEqual(code, 1, said)
        self.assertRegex(said, expected)

    def test_nothing_is_found_where_all_agree(self):
        self.assertEqual(self.script("check-version"), (0, ""))

    def test_a_new_version_is_found_missing_in_every_place(self):
        self.replace("CMakeLists.txt", f"VERSION {VERSION}", f"VERSION {NEXT}")
        _, said = self.script("check-version")
        underscored = SERIES.replace(".", "_")
        for name, words in (
                ("README.md", f"Version {VERSION}."),
                ("CITATION.cff", f"version: {VERSION}"),
                ("docs/abi.md", f"juggle::v{underscored}"),
                ("docs/abi.md", f"libjuggle.so.{SERIES}"),
                ("docs/abi.md", f"headers of {SERIES}"),
                ("docs/checks.md", f"juggle::v{underscored}"),
                ("docs/guide/use_it.md", f"find_package(juggle {SERIES}"),
                ("docs/guide/use_it.md", f"GIT_TAG v{VERSION}"),
                ("docs/guide/use_it.md", f"FIND_PACKAGE_ARGS {SERIES}"),
                ("docs/guide/use_it.md", f"VERSION {VERSION}"),
                ("docs/guide/use_it.md", f"the tag v{VERSION}"),
                ("docs/guide/use_it.md", f"'>={SERIES}'"),
                ("docs/guide/use_it.md", f"revision = v{VERSION}"),
                ("docs/guide/use_it.md", f"juggle::v{underscored}::"),
                ("docs/packages/conan.md", f"[>={SERIES} <"),
                ("docs/packages/debian.md", f"libjuggle-opencl{SERIES}_"),
                ("examples/use_it/find_package/CMakeLists.txt", f"find_package(juggle {SERIES}"),
                ("examples/use_it/fetch_content/CMakeLists.txt", f"FIND_PACKAGE_ARGS {SERIES}"),
                ("examples/use_it/cpm/CMakeLists.txt", f"VERSION {VERSION}"),
                ("examples/use_it/meson/meson.build", f"'>={SERIES}'"),
                ("tests/consumer/override_find_package/CMakeLists.txt", f"find_package(juggle {SERIES}"),
                ("debian/control", f"libjuggle-opencl{SERIES}"),
                ("packaging/meson/juggle.wrap", f"revision = v{VERSION}"),
                ("packaging/vcpkg/ports/juggle/vcpkg.json", f'"version": "{VERSION}"')):
            self.assertRegex(said, rf"(?m)^{re.escape(name)}:\d+: names .* in '{re.escape(words)}.*'; "
                                   f"CMakeLists.txt has {NEXT}")
        for name, words in (
                ("docs/abi.md", f"library of {BOUND}"),
                ("docs/guide/use_it.md", f"'<{BOUND}'"),
                ("docs/guide/use_it.md", f"...<{BOUND}`"),
                ("docs/packages/conan.md", f"[>={SERIES} <{BOUND}]"),
                ("examples/use_it/meson/meson.build", f"'<{BOUND}'"),
                ("tests/consumer/ways/versions.cmake", f"find_package(juggle {BOUND}")):
            self.assertRegex(said, rf"(?m)^{re.escape(name)}:\d+: names {BOUND} in '{re.escape(words)}.*'; "
                                   f"what {NEXT} is not compatible with begins at {AFTER_NEXT}")
        for name in (f"libjuggle{SERIES}", f"libjuggle-opencl{SERIES}"):
            self.assertIn(f"debian/{name}.install: names {SERIES} in its name; CMakeLists.txt has {NEXT}", said)

    def test_a_patch_version_leaves_the_series_and_what_is_too_new_alone(self):
        patch = f"{SERIES}.{int(PATCH) + 1}"
        self.replace("CMakeLists.txt", f"VERSION {VERSION}", f"VERSION {patch}")
        _, said = self.script("check-version")
        self.assertIn(f"names {VERSION} in", said)
        self.assertNotRegex(said, rf"names {SERIES} |is not compatible|in its name|docs/abi")

    def test_a_place_without_a_version_is_found(self):
        self.replace("CITATION.cff", f"version: {VERSION}", "")
        self.assert_found("CITATION.cff: names no version")

    def test_a_file_that_is_gone_is_found(self):
        for name in ("CITATION.cff", "debian/changelog", "packaging/meson/juggle.wrap", "examples/use_it/meson/meson.build"):
            with self.subTest(name):
                (self.root / name).rename(self.root / "away")
                self.assert_found(f"(?m)^{name}: is not there$")
                (self.root / "away").rename(self.root / name)
        (self.root / "CHANGELOG.md").unlink()
        self.assertEqual(self.script("check-version"), (1, "CHANGELOG.md: No such file or directory\n"))

    def test_whoever_reads_the_notes_may_stop(self):
        self.write("CHANGELOG.md", RELEASED.replace("- All of it.\n", "- All of it.\n" * 100_000))
        script = subprocess.Popen([self.root / "scripts" / "check-version", "--notes", VERSION],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        script.stdout.readline()
        script.stdout.close()
        self.assertEqual(script.stderr.read(), b"")
        script.stderr.close()
        script.wait()

    def test_what_will_be_released_has_to_be_said_otherwise_then(self):
        self.replace("CHANGELOG.md", "- 2026-11-30\n", f"- 2026-11-30\n\nWhat will be {VERSION}.\n")
        self.assertEqual(self.script("check-version"), (0, ""))
        code, said = self.script("check-version", "--release", VERSION)
        self.assertEqual(code, 1, said)
        self.assertIn(f"[{VERSION}] still says 'What will be {VERSION}.'", said)

    def test_the_form_of_the_changelog(self):
        for old, new, expected in (
                ("# Changelog", "# Changes", "is not '# Changelog'"),
                ("## [Unreleased]\n", "", "first section is not"),
                ("2026-11-30", "2026-13-30", "'2026-13-30' is no date"),
                ("] - 2026-11-30", "], November", "is neither"),
                ("2025-01-01", "2027-01-01", "0.0.1 of 2027-01-01 stands below what is not newer"),
                ("### Fixed", "### Mended", "'Mended' is none of Added, Changed"),
                ("### Fixed", "### Fixed\n\n### Fixed", "'Fixed' for the second time"),
                ("### Fixed\n", "", "an entry that is below none of"),
                ("[0.0.1]: ", "0.0.1: ", r"no link '\[0\.0\.1\]: \.\.\.'"),
                ("keepachangelog.com/en/1.1.0", "keepachangelog.com", "does not name its form"),
                (f"[{VERSION}]", f"[{NEXT}]", f"{NEXT} is newer than {VERSION}")):
            with self.subTest(new):
                self.write("CHANGELOG.md", RELEASED)
                self.replace("CHANGELOG.md", old, new)
                self.assert_found(expected)


if __name__ == "__main__":
    unittest.main()
