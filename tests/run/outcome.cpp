// How something ended: a value or an exception.

#include "support/catch.hpp"
#include "support/tasks.hpp"
#include "support/test_executor.hpp"

#include <juggle/juggle.hpp>

#include <any>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using juggle::Cancelled;
using juggle::Outcome;
using support::MoveOnly;

namespace {

std::exception_ptr broken() { return std::make_exception_ptr(std::runtime_error{"broken"}); }

}  // namespace

TEST_CASE("an outcome gives its value") {
    auto outcome = Outcome<std::string>::success("text");
    CHECK(outcome.has_value());
    CHECK(static_cast<bool>(outcome));
    CHECK(outcome.value() == "text");
    CHECK(*outcome == "text");
    CHECK(outcome->size() == 4);
    CHECK(outcome.error() == nullptr);
    CHECK(!outcome.cancelled());
    outcome.value() += "s";
    const Outcome<std::string>& constant = outcome;
    STATIC_REQUIRE(std::is_same_v<decltype(constant.value()), const std::string&>);
    CHECK(*constant == "texts");
    CHECK(constant->size() == 5);
    CHECK(std::move(outcome).value() == "texts");
}

TEST_CASE("an outcome rethrows its exception") {
    const auto outcome = Outcome<int>::failure(broken());
    CHECK(!outcome.has_value());
    CHECK(support::text_of(outcome.error()) == "broken");
    CHECK_THROWS_AS(outcome.value(), std::runtime_error);
    CHECK_THROWS_AS(*outcome, std::runtime_error);
    CHECK_THROWS_AS(outcome.value(), std::runtime_error);
    CHECK(!outcome.cancelled());
}

TEST_CASE("an outcome knows whether it was cancelled") {
    const auto outcome = Outcome<>::failure(std::make_exception_ptr(Cancelled{}));
    CHECK(outcome.cancelled());
    CHECK_THROWS_AS(outcome.value(), Cancelled);
}

TEST_CASE("an outcome may be of nothing or of a reference") {
    auto nothing = Outcome<>::success();
    STATIC_REQUIRE(std::is_void_v<decltype(nothing.value())>);
    CHECK(nothing.has_value());
    nothing.value();
    *std::move(nothing);

    int target = 0;
    auto reference = Outcome<int&>::success(target);
    CHECK(&reference.value() == &target);
    const auto& constant = reference;
    CHECK(&constant.value() == &target);
    CHECK(&*std::move(reference) == &target);
}

TEST_CASE("an outcome may be of what only moves, and of what holds anything") {
    auto moved = Outcome<MoveOnly>::success(MoveOnly{3});
    CHECK((*std::move(moved)).number == 3);
    auto list = Outcome<std::vector<std::any>>::success(std::vector<std::any>(3));
    CHECK(list->size() == 3);
}

TEST_CASE("an outcome that failed has an exception") {
    CHECK_THROWS_AS(Outcome<int>::failure(nullptr), std::invalid_argument);
}
