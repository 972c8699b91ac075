// Permits are objects: moved, swapped, released.

#include "support/catch.hpp"
#include "support/test_executor.hpp"

#include <juggle/semaphore.hpp>
#include <juggle/semaphore_permit.hpp>

#include <optional>
#include <type_traits>
#include <utility>

using juggle::Semaphore;
using juggle::SemaphorePermit;

static_assert(!std::is_copy_constructible_v<SemaphorePermit>);
static_assert(std::is_nothrow_move_constructible_v<SemaphorePermit>);
static_assert(std::is_nothrow_move_assignable_v<SemaphorePermit>);
static_assert(!std::is_convertible_v<SemaphorePermit, bool>);

TEST_CASE("a default-constructed permit holds nothing") {
    SemaphorePermit permit;
    CHECK_FALSE(permit);
    CHECK(permit.count() == 0);
    permit.release();
}

TEST_CASE("releasing gives a permit back once, early") {
    Semaphore semaphore{3};
    SemaphorePermit permit = std::move(*semaphore.try_acquire(2));
    CHECK(permit);
    CHECK(semaphore.available() == 1);
    permit.release();
    CHECK_FALSE(permit);
    CHECK(permit.count() == 0);
    CHECK(semaphore.available() == 3);
    permit.release();
    CHECK(semaphore.available() == 3);
}

TEST_CASE("a moved permit is given back once, by the last one that has it") {
    Semaphore semaphore{2};
    {
        SemaphorePermit kept;
        {
            SemaphorePermit first = std::move(*semaphore.try_acquire(2));
            SemaphorePermit second = std::move(first);
            CHECK_FALSE(first);
            CHECK(first.count() == 0);
            CHECK(second.count() == 2);
            kept = std::move(second);
        }
        CHECK(semaphore.available() == 0);
    }
    CHECK(semaphore.available() == 2);
}

TEST_CASE("assigning over a permit gives the old one back") {
    Semaphore left{1};
    Semaphore right{1};
    SemaphorePermit permit = std::move(*left.try_acquire());
    permit = std::move(*right.try_acquire());
    CHECK(left.available() == 1);
    CHECK(right.available() == 0);
    permit = SemaphorePermit{};
    CHECK(right.available() == 1);
}

TEST_CASE("permits may be swapped") {
    Semaphore semaphore{3};
    SemaphorePermit one = std::move(*semaphore.try_acquire(1));
    SemaphorePermit two = std::move(*semaphore.try_acquire(2));
    one.swap(two);
    CHECK(one.count() == 2);
    CHECK(two.count() == 1);
    one.release();
    CHECK(semaphore.available() == 2);
}
