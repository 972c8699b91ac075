#include "common/host_and_port.hpp"

#include "support/catch.hpp"

#include <optional>
#include <string>

using common::address_and_port_from;
using common::host_and_port_from;
using common::HostAndPort;

TEST_CASE("A host and its port are read, and shown as they were written") {
    for (const char* text : {"localhost:1234", "127.0.0.1:1", "[::1]:65535", "a-b.c:80"}) {
        CAPTURE(text);
        const std::optional<HostAndPort> place = host_and_port_from(text);
        REQUIRE(place);
        CHECK(shown(*place) == text);
    }
    CHECK(host_and_port_from("[fe80::1%eth0]:80") == HostAndPort{"fe80::1%eth0", 80});
}

TEST_CASE("A port may be missing where there is a default") {
    CHECK(host_and_port_from("radio", 1234) == HostAndPort{"radio", 1234});
    CHECK(host_and_port_from("[::1]", 1234) == HostAndPort{"::1", 1234});
    CHECK(host_and_port_from("radio:1", 1234) == HostAndPort{"radio", 1});
    CHECK_FALSE(host_and_port_from("radio"));
    CHECK_FALSE(host_and_port_from("radio:", 1234));
}

TEST_CASE("What is not a host and a port is nothing") {
    for (const char* text :
         {"",       ":",      ":80",    "a:",     "a:0",     "a:65536",  "a:-1",     "a:+1",
          "a: 1",   "a:1 ",   "a:0x10", "::1",    "::1:80",  "[::1",     "[::1]80",  "[]:80",
          "[::1]:", "a b:80", "a\n:80", "a/b:80", "a:80:80", "[a[b]:80", "[::1]]:80"}) {
        CAPTURE(text);
        CHECK_FALSE(host_and_port_from(text));
    }
    CHECK_FALSE(host_and_port_from(std::string("a\0b:80", 6)));
}

TEST_CASE("A program listens on a port of its own machine unless an address is given") {
    CHECK(address_and_port_from("8080", "127.0.0.1") == HostAndPort{"127.0.0.1", 8080});
    CHECK(address_and_port_from("0", "127.0.0.1") == HostAndPort{"127.0.0.1", 0});
    CHECK(address_and_port_from("0.0.0.0:80", "127.0.0.1") == HostAndPort{"0.0.0.0", 80});
    CHECK(address_and_port_from("[::]:0", "127.0.0.1") == HostAndPort{"::", 0});
    for (const char* text : {"", "localhost", "65536", ":80", "::1", "80:", "[::1]"}) {
        CAPTURE(text);
        CHECK_FALSE(address_and_port_from(text, "127.0.0.1"));
    }
}
