#include "support/catch.hpp"
#include "waterfall/serve/request.hpp"

using waterfall::Content;
using waterfall::judge;
using waterfall::Request;

namespace {

unsigned status_of(const Request& request, bool only_local = true) {
    return judge(request, only_local).status;
}

Request get(std::string_view target, std::string_view host = "localhost:8080") {
    return {.method = "GET", .target = target, .host = host};
}

Request open_rows(std::string_view origin, std::string_view host = "localhost:8080") {
    return {.method = "GET", .target = "/rows", .host = host, .origin = origin, .upgrade = true};
}

}  // namespace

TEST_CASE("Each thing that the server has is found under its name") {
    CHECK(judge(get("/"), true).content == Content::page);
    CHECK(judge(get("/?x=/metrics"), true).content == Content::page);
    CHECK(judge(get("/style.css"), true).content == Content::style);
    CHECK(judge(get("/script.js"), true).content == Content::script);
    CHECK(judge(get("/metrics"), true).content == Content::metrics);
    for (const char* target : {"/", "/style.css", "/script.js", "/metrics"}) {
        CAPTURE(target);
        CHECK(status_of(get(target)) == 200);
        CHECK(status_of({.method = "HEAD", .target = target, .host = "localhost"}) == 200);
    }
}

TEST_CASE("Nothing else is there") {
    for (const char* target : {"", "*", "//", "/rows/", "/..", "/page.html", "/%2e",
                               "http://localhost/", "localhost:80", "/metrics/", "/favicon.ico"}) {
        CAPTURE(target);
        const auto verdict = judge(get(target), true);
        CHECK(verdict.status == 404);
        CHECK_FALSE(verdict.why.empty());
    }
}

TEST_CASE("Nothing can be changed") {
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "", "get"}) {
        CAPTURE(method);
        CHECK(status_of({.method = method, .target = "/", .host = "localhost"}) == 405);
    }
}

TEST_CASE("A server of its own machine is reached as such only") {
    for (const char* host :
         {"localhost", "LocalHost:1", "127.0.0.1:8080", "127.1.2.3", "[::1]:80"}) {
        CAPTURE(host);
        CHECK(status_of(get("/", host)) == 200);
    }
    for (const char* host : {"example.org", "127.0.0.1.example.org", "localhost.example.org:80",
                             "[::2]", "10.0.0.1"}) {
        CAPTURE(host);
        CHECK(status_of(get("/", host)) == 403);
        CHECK(status_of(get("/", host), false) == 200);
    }
    for (const char* host : {"", ":", "::1", "a b", "localhost:x", "localhost:0"}) {
        CAPTURE(host);
        CHECK(status_of(get("/", host), false) == 400);
    }
}

TEST_CASE("Only a page of this server may open the WebSocket, or what is no page") {
    CHECK(status_of(open_rows("http://localhost:8080")) == 101);
    CHECK(status_of(open_rows("HTTP://localhost:8080")) == 403);
    CHECK(status_of(open_rows("https://LOCALHOST:8080")) == 101);
    CHECK(status_of(open_rows("")) == 101);
    for (const char* origin :
         {"null", "http://example.org", "http://localhost", "http://localhost:80801",
          "localhost:8080", "file://localhost:8080"}) {
        CAPTURE(origin);
        CHECK(status_of(open_rows(origin)) == 403);
        CHECK(status_of(open_rows(origin), false) == 403);
    }
}

TEST_CASE("The WebSocket is nothing for who does not ask for one") {
    CHECK(status_of(get("/rows")) == 426);
    Request head = open_rows("");
    head.method = "HEAD";
    CHECK(status_of(head) == 426);
    Request page = get("/");
    page.upgrade = true;
    CHECK(status_of(page) == 200);
}
