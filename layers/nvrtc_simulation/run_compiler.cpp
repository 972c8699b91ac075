#include "nvrtc_simulation/run_compiler.hpp"

#include "common/say.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace layer::nvrtc {

namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error{error, std::generic_category(), what};
}

class Output {
public:
    Output(const std::string& folder, const std::string& file) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
        const int flags = O_WRONLY | O_CREAT | O_TRUNC;
        ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, file.c_str(), flags, 0600);
        ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() { ::posix_spawn_file_actions_destroy(&actions_); }

    [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

/// True if a process has ended well.
bool wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            // ECHILD: the program ignores SIGCHLD; the files say whether it went well.
            return errno == ECHILD;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::vector<std::string> compiler() {
    const char* const text = setting("CXX");
    std::istringstream words{text == nullptr ? "c++" : text};
    return {std::istream_iterator<std::string>{words}, {}};
}

bool run_compiler(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                  std::string& log) {
    std::vector<std::string> all = compiler();
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> raw;
    std::ranges::transform(all, std::back_inserter(raw),
                           [](std::string& one) { return one.data(); });
    raw.push_back(nullptr);
    const Output output{folder, "log"};
    pid_t process = 0;
    const int error =
        ::posix_spawnp(&process, raw.front(), output.actions(), nullptr, raw.data(), environ);
    if (error != 0) {
        log += "nvrtc: error: the simulation compiles by '" + all.front() +
               "', which cannot be run: " + std::strerror(error) + '\n';
        return false;
    }
    const bool is_done = wait_for(process);
    log += read_file(folder / "log");
    return is_done;
}

TemporaryFolder::TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "juggle-nvrtc-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        fail(errno, name);
    }
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file.good() && !file.eof()) {
        fail(errno, path);
    }
    return text;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file{path, std::ios::binary};
    file << text << std::flush;
    if (!file) {
        fail(errno, path);
    }
}

}  // namespace layer::nvrtc
