#include "support/catch.hpp"

#include <juggle/opencl/error.hpp>

#include <string>

namespace jcl = juggle::opencl;

TEST_CASE("a status has the name that the specification gives it") {
    CHECK(std::string{jcl::status_name(0)} == "CL_SUCCESS");
    CHECK(std::string{jcl::status_name(-5)} == "CL_OUT_OF_RESOURCES");
    CHECK(std::string{jcl::status_name(-14)} == "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST");
    CHECK(std::string{jcl::status_name(-58)} == "CL_INVALID_EVENT");
    CHECK(std::string{jcl::status_name(-1001)} == "CL_PLATFORM_NOT_FOUND_KHR");
}

TEST_CASE("a status that nobody knows has no name") {
    CHECK(std::string{jcl::status_name(-9999)} == "unknown status");
}

TEST_CASE("an error says what failed and how, in words and in numbers") {
    const jcl::Error error{-5, "clEnqueueReadBuffer"};
    CHECK(error.status() == -5);
    CHECK(std::string{error.status_name()} == "CL_OUT_OF_RESOURCES");
    CHECK(error.operation() == "clEnqueueReadBuffer");
    CHECK(std::string{error.what()} == "OpenCL: clEnqueueReadBuffer: CL_OUT_OF_RESOURCES (-5)");
}
