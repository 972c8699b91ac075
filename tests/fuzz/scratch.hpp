#pragma once

#include "input.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

namespace fuzz {

/// A folder of this process, in memory where there is such a place.
class Scratch {
public:
    Scratch() {
        const bool shm = std::filesystem::is_directory("/dev/shm");
        std::string pattern = std::string(shm ? "/dev/shm" : "/tmp") + "/juggle-fuzz-XXXXXX";
        require(::mkdtemp(pattern.data()) != nullptr, "there is a scratch folder");
        folder_ = pattern;
    }
    ~Scratch() { std::filesystem::remove_all(folder_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }

private:
    std::filesystem::path folder_;
};

inline std::vector<std::byte> content_of(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    require(file.is_open(), "the file is there");
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    const auto as_bytes = std::as_bytes(std::span(bytes));
    return {as_bytes.begin(), as_bytes.end()};
}

}  // namespace fuzz
