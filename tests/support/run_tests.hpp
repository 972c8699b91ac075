#pragma once

namespace support {

/// Runs the test cases that the arguments choose, for `main`; its exit status. With
/// `JUGGLE_TORTURE=1` the last line says how much was done. With `JUGGLE_NAME_CASES=1` each case is
/// named before it is run: where the program dies or hangs, the last name is that of the guilty
/// one.
int run_tests(int argc, char* argv[]);

}  // namespace support
