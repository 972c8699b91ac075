#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace layer::nvrtc {

/// The compiler of the host, and the arguments that it always has: `CXX`, cut at blanks, or `c++`.
[[nodiscard]] std::vector<std::string> compiler();

/// Runs it in a folder, and waits. Gives false if it refuses or is not there, with what it says in
/// `log`. Throws std::system_error.
[[nodiscard]] bool run_compiler(const std::vector<std::string>& arguments,
                                const std::filesystem::path& folder, std::string& log);

/// A folder of its own, which goes with what is in it.
class TemporaryFolder {
public:
    /// Throws std::system_error.
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// Throws std::system_error.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace layer::nvrtc
