#include "cuda_simulation/image.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

namespace layer::cuda {

namespace {

constexpr unsigned char fat_binary[] = {0x50, 0xed, 0x55, 0xba};
constexpr Elf64_Half machine_cuda = 190;

#if defined(__x86_64__)
constexpr Elf64_Half machine_host = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half machine_host = EM_AARCH64;
#else
constexpr Elf64_Half machine_host = EM_NONE;
#endif

bool begins_with(const void* bytes, const void* beginning, std::size_t size) {
    return std::strncmp(static_cast<const char*>(bytes), static_cast<const char*>(beginning),
                        size) == 0;
}

/// PTX is text, whose first word other than comments is a directive.
bool is_ptx(const char* text) {
    while (true) {
        text += std::strspn(text, " \t\r\n");
        if (std::strncmp(text, "//", 2) != 0) {
            return std::strncmp(text, ".version", 8) == 0;
        }
        text += std::strcspn(text, "\n");
    }
}

template <class T>
T read(const void* bytes, std::uint64_t offset) {
    T value;
    std::memcpy(&value, static_cast<const std::byte*>(bytes) + offset, sizeof value);
    return value;
}

/// An image has no size but what its headers say.
std::size_t size_of(const void* bytes, const Elf64_Ehdr& header) {
    auto end = std::max<std::uint64_t>(
        {sizeof header, header.e_shoff + std::uint64_t{header.e_shnum} * header.e_shentsize,
         header.e_phoff + std::uint64_t{header.e_phnum} * header.e_phentsize});
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        const auto part = read<Elf64_Phdr>(bytes, header.e_phoff + i * header.e_phentsize);
        end = std::max(end, part.p_offset + part.p_filesz);
    }
    return end;
}

[[noreturn]] void fail(const char* call) {
    throw std::system_error{errno, std::generic_category(), call};
}

std::string path_of(int file) { return "/proc/self/fd/" + std::to_string(file); }

class File {
public:
    File() : number_{::memfd_create("juggle-cuda-simulation", MFD_CLOEXEC)} {
        if (number_ < 0) {
            fail("memfd_create");
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }

    void write(const void* bytes, std::size_t size) const {
        const auto* next = static_cast<const std::byte*>(bytes);
        while (size != 0) {
            const ssize_t written = ::write(number_, next, size);
            if (written < 0) {
                fail("write");
            }
            next += written;
            size -= static_cast<std::size_t>(written);
        }
    }
    [[nodiscard]] std::string path() const { return path_of(number_); }
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_;
};

}  // namespace

CUresult Image::load(const void* bytes, std::shared_ptr<const Image>& image) {
    if (!begins_with(bytes, ELFMAG, SELFMAG)) {
        return begins_with(bytes, fat_binary, sizeof fat_binary) ||
                       is_ptx(static_cast<const char*>(bytes))
                   ? CUDA_ERROR_NO_BINARY_FOR_GPU
                   : CUDA_ERROR_INVALID_IMAGE;
    }
    const auto header = read<Elf64_Ehdr>(bytes, 0);
    if (header.e_machine == machine_cuda) {
        return CUDA_ERROR_NO_BINARY_FOR_GPU;
    }
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN ||
        header.e_machine != machine_host) {
        return CUDA_ERROR_INVALID_IMAGE;
    }
    File file;
    file.write(bytes, size_of(bytes, header));
    std::unique_ptr<void, int (*)(void*)> library{
        ::dlopen(file.path().c_str(), RTLD_NOW | RTLD_LOCAL), &::dlclose};
    if (!library) {
        return CUDA_ERROR_INVALID_IMAGE;
    }
    const auto* const table = static_cast<const juggle_cuda_simulation_image_table*>(
        ::dlsym(library.get(), "juggle_cuda_simulation_image"));
    if (table == nullptr || table->version != juggle_cuda_simulation_image_version) {
        return CUDA_ERROR_INVALID_IMAGE;
    }
    auto loaded = std::make_shared<Image>(*table);
    loaded->file_ = file.release();
    loaded->library_ = library.release();
    image = std::move(loaded);
    return CUDA_SUCCESS;
}

Image::~Image() {
    if (library_ == nullptr) {
        return;
    }
    ::dlclose(library_);
    // One with symbols that are unique in the process stays, and needs its name.
    if (void* const still = ::dlopen(path_of(file_).c_str(), RTLD_LAZY | RTLD_NOLOAD)) {
        ::dlclose(still);
        return;
    }
    ::close(file_);
}

const juggle_cuda_simulation_function* Image::find(std::string_view name) const {
    const std::span functions{table_.functions, table_.function_count};
    const auto found = std::ranges::find_if(functions, [&](const auto& one) {
        Dl_info info{};
        return ::dladdr(one.function, &info) != 0 && info.dli_sname != nullptr &&
               info.dli_sname == name;
    });
    return found == functions.end() ? nullptr : &*found;
}

}  // namespace layer::cuda
