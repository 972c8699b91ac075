#pragma once

#include <juggle/mpi/detail/ranks.hpp>
#include <juggle/mpi/error.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace juggle::inline JUGGLE_ABI::mpi::detail {

/// What became of something that rank 0 did, in words and numbers for the others.
struct Verdict {
    enum Kind : std::int64_t { good, invalid_argument, generic_error, system_error, other };

    std::array<std::int64_t, 2> numbers{good, 0};  // its kind, and the code of an error
    std::array<char, 1024> text{};                 // ends with zero, cut off if need be

    void set(Kind kind, int code, const char* words) noexcept {
        numbers = {kind, code};
        const std::string_view all{words};
        all.copy(text.data(), text.size() - 1);
    }
    /// In the handler of an exception.
    void describe_exception() noexcept {
        try {
            throw;
        } catch (const std::system_error& error) {
            const bool is_generic = error.code().category() == std::generic_category();
            set(is_generic ? generic_error : system_error, error.code().value(), error.what());
        } catch (const std::invalid_argument& error) {
            set(invalid_argument, 0, error.what());
        } catch (const std::exception& error) {
            set(other, 0, error.what());
        }
    }
    void throw_if_bad() const {
        const std::string_view words{text.data()};
        switch (numbers[0]) {
            case good:
                return;
            case invalid_argument:
                throw std::invalid_argument{std::string{words}};
            case generic_error:
            case system_error: {
                const std::error_code code{static_cast<int>(numbers[1]),
                                           numbers[0] == generic_error ? std::generic_category()
                                                                       : std::system_category()};
                // The error appends the reason once more.
                const std::string reason = ": " + code.message();
                throw std::system_error{
                    code,
                    std::string{words.substr(
                        0, words.ends_with(reason) ? words.size() - reason.size() : words.size())}};
            }
            default:
                throw std::runtime_error{"juggle: mpi: rank 0: " + std::string{words}};
        }
    }
};

/// Rank 0 calls `call`; what that throws, all ranks throw. Not so `Error`, after which there may be
/// nobody to tell.
template <class Call>
void agree(const Ranks& ranks, Call call) {
    Verdict verdict;
    std::exception_ptr failure;
    if (ranks.rank() == 0) {
        try {
            call();
        } catch (const Error&) {
            throw;
        } catch (...) {
            failure = std::current_exception();
            verdict.describe_exception();
        }
    }
    ranks.broadcast(verdict.numbers);
    ranks.broadcast(verdict.text);
    if (failure) {
        std::rethrow_exception(failure);
    }
    verdict.throw_if_bad();
}

}  // namespace juggle::mpi::detail
