#include "fengine/command.hpp"
#include "fengine/gains.hpp"
#include "support/catch.hpp"

#include <complex>
#include <limits>
#include <random>
#include <string>
#include <variant>

using fengine::Command;
using fengine::command_from;
using fengine::gain_from;
using Complex = std::complex<float>;

TEST_CASE("Gains are read as NumPy writes them") {
    CHECK(gain_from("2") == Complex{2, 0});
    CHECK(gain_from("-0.5") == Complex{-0.5F, 0});
    CHECK(gain_from("+3") == Complex{3, 0});
    CHECK(gain_from("3j") == Complex{0, 3});
    CHECK(gain_from("-1.5+2j") == Complex{-1.5F, 2});
    CHECK(gain_from("1e-3-2e-3j") == Complex{1e-3F, -2e-3F});
    CHECK(gain_from("1e+3+2e+3j") == Complex{1e3F, 2e3F});
}

TEST_CASE("What is no gain is refused") {
    for (const char* text : {"", "j", "+", "x", "1,5", "1+2", "1j2", "nan", "inf", "1e7", "0-1e7j",
                             "1 ", " 1", "1++2j", "+-1", "1i", "(1+2j)", "1+2jj"}) {
        INFO(text);
        CHECK_FALSE(gain_from(text));
    }
}

TEST_CASE("Gains are shown so that they are read as the same") {
    std::mt19937 random{1};
    std::uniform_real_distribution<float> any{-1e3F, 1e3F};
    for (int i = 0; i < 1000; ++i) {
        const Complex gain{any(random), i % 3 == 0 ? 0.0F : any(random)};
        CHECK(gain_from(fengine::shown(gain)) == gain);
    }
    CHECK(fengine::shown(Complex{127}) == "127");
}

TEST_CASE("The device gets the real parts of a polarisation, then the imaginary ones") {
    fengine::Gains gains{2, 1};
    gains.set(1, 0, {3, 4});
    CHECK(gains.for_device() == std::vector<float>{1, 1, 0, 0, 3, 1, 4, 0});
}

TEST_CASE("Commands are read word by word") {
    CHECK(std::holds_alternative<Command::Help>(command_from(" help \r").what));
    CHECK(std::holds_alternative<Command::Streams>(command_from("streams").what));
    const Command get = command_from("gain wide 1");
    REQUIRE(std::holds_alternative<Command::GetGains>(get.what));
    CHECK(std::get<Command::GetGains>(get.what).stream == "wide");
    CHECK(std::get<Command::GetGains>(get.what).polarisation == 1);
    const Command set = command_from("gain\twide 0  1 2j");
    REQUIRE(std::holds_alternative<Command::SetGains>(set.what));
    CHECK(std::get<Command::SetGains>(set.what).gains ==
          std::vector<Complex>{Complex{1}, Complex{0, 2}});
}

TEST_CASE("A wrong command is a mistake that names the word") {
    const auto mistake = [](const char* line) {
        const Command command = command_from(line);
        REQUIRE(std::holds_alternative<Command::Mistake>(command.what));
        return std::get<Command::Mistake>(command.what).text;
    };
    CHECK(mistake("") == "'' is none of help, streams, gain");
    CHECK(mistake("gian wide 0 1") == "'gian' is none of help, streams, gain");
    CHECK(mistake("streams all") == "'all' is too much");
    CHECK(mistake("gain wide") == "gain needs a stream and a polarisation");
    CHECK(mistake("gain wide 2 1") == "polarisation '2' is not 0 or 1");
    CHECK(mistake("gain wide 0 1 x\x01") == "gain 'x?' is not a number such as 2, -0.5 or 1.5+2j");
    CHECK(mistake(std::string(100, 'x').c_str()) ==
          "'" + std::string(40, 'x') + "...' is none of help, streams, gain");
}
