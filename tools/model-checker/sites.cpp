#include "sites.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <sstream>

#include <link.h>
#include <unistd.h>

namespace model {

namespace {

std::map<const void*, Site> known;

std::uintptr_t base_of_program() {
    std::uintptr_t base = 0;
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* result) {
            *static_cast<std::uintptr_t*>(result) = info->dlpi_addr;
            return 1;  // the first is the program itself
        },
        &base);
    return base;
}

Site to_site(const std::string& file_and_line) {
    const std::string file_and_number =
        std::filesystem::path{file_and_line.substr(0, file_and_line.find(' '))}.lexically_normal();
    Site site{file_and_number};
    const std::string root = JUGGLE_SOURCE_DIR "/";
    if (file_and_number.starts_with(root)) {
        site.place = file_and_number.substr(root.size());
        site.of_library = site.place.starts_with("include/") || site.place.starts_with("src/");
    }
    return site;
}

bool is_ours(const Site& site) {
    return !site.place.starts_with('/') && !site.place.starts_with('?') &&
           site.place.find("model/std/") == std::string::npos;
}

}  // namespace

void find_sites(const std::vector<const void*>& addresses) {
    const std::uintptr_t base = base_of_program();
    std::ostringstream command;
    command << "addr2line -a -i -e /proc/" << ::getpid() << "/exe";
    for (const void* address : addresses) {
        // The call itself is before the address to which it returns.
        command << " 0x" << std::hex << reinterpret_cast<std::uintptr_t>(address) - base - 1;
        known[address].place = "?";
    }
    std::FILE* output = ::popen(command.str().c_str(), "r");
    if (output == nullptr) {
        return;
    }
    Site* site = nullptr;
    auto next = addresses.begin();
    char line[4096];
    while (std::fgets(line, sizeof line, output) != nullptr) {
        std::string text{line};
        text.erase(text.find_last_not_of('\n') + 1);
        if (text.starts_with("0x")) {
            site = next == addresses.end() ? nullptr : &known[*next++];
        } else if (site != nullptr && !is_ours(*site)) {
            *site = to_site(text);
        }
    }
    ::pclose(output);
}

const Site& site_of(const void* address) {
    const auto found = known.find(address);
    if (found != known.end()) {
        return found->second;
    }
    find_sites({address});
    return known[address];
}

}  // namespace model
