#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace common {

/// A file that appears under its name when it is complete: it is written as `<name>.part`
/// and renamed by `commit`. Without a commit the part is removed and a file that had the
/// name before is left as it was. What a killed process left as a part is overwritten; a
/// part that another process is writing is not. All calls block and throw Error naming the
/// file.
class OutputFile {
public:
    explicit OutputFile(std::string name);
    ~OutputFile();
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;

    void append(std::span<const std::byte> bytes);
    /// Replaces bytes that were written before.
    void overwrite(std::uint64_t offset, std::span<const std::byte> bytes);
    /// Everything under the proper name.
    void commit();
    /// The same, and not even a power cut can undo it, or leave half a file. Takes as long as the
    /// disk does.
    void commit_to_disk();

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    void write_at(std::uint64_t offset, std::span<const std::byte> bytes);

    std::string name_;
    std::string part_name_;
    int fd_;  // locked, so that others see that the part is in use
    std::uint64_t size_ = 0;
};

/// Throws Error that names the option if there is something of this name that is not a file, or
/// must not be written: better now than after hours of input.
void check_replaceable(const std::string& option, const std::string& name);

/// Makes the folder of a relative `prefix` if it is missing and its own parent is there. An
/// absolute one is left alone: there a missing folder is rather a slip, or a missing disk.
void make_folder_of(const std::string& prefix);

}  // namespace common
