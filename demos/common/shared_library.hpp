#pragma once

#include <string>
#include <vector>

namespace common {

/// A library that is loaded while the program runs, so that it runs without it, too. It stays.
class SharedLibrary {
public:
    /// The first that is there of `names`; or what the environment variable `setting` names, which
    /// is for tests and for systems where it is called otherwise. Throws Error, `missing` with all
    /// that was looked for, if there is none.
    SharedLibrary(const char* setting, const std::vector<std::string>& names,
                  const std::string& missing);

    /// Throws Error that names the library and the function if it lacks it.
    template <class Function>
    void find(Function& function, const char* symbol) const {
        function = reinterpret_cast<Function>(address_of(symbol));
    }

private:
    [[nodiscard]] void* address_of(const char* symbol) const;

    void* library_ = nullptr;
    std::string name_;
};

}  // namespace common
