#include "serve/request.hpp"

#include "common/host_and_port.hpp"

#include <algorithm>
#include <optional>

namespace waterfall {
namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same(std::string_view one, std::string_view other) {
    return std::ranges::equal(one, other, {}, &lower, &lower);
}

bool is_local(std::string_view host) {
    constexpr std::string_view name = "localhost";
    const auto is_number = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
    return same(host, name) || same(host, "::1") ||
           (host.starts_with("127.") && std::ranges::all_of(host, is_number));
}

bool is_of(std::string_view origin, std::string_view host) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) {
            return same(origin.substr(scheme.size()), host);
        }
    }
    return false;
}

std::optional<Content> content_of(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    if (path == "/") {
        return Content::page;
    }
    if (path == "/style.css") {
        return Content::style;
    }
    if (path == "/script.js") {
        return Content::script;
    }
    if (path == "/metrics") {
        return Content::metrics;
    }
    if (path == "/rows") {
        return Content::rows;
    }
    return std::nullopt;
}

}  // namespace

Verdict judge(const Request& request, bool only_local) {
    const std::optional<common::HostAndPort> host = common::host_and_port_from(request.host, 80);
    if (!host) {
        return {.status = 400, .why = "the request names no host"};
    }
    if (only_local && !is_local(host->host)) {
        return {.status = 403, .why = "this server is for its own machine, as localhost"};
    }
    if (request.method != "GET" && request.method != "HEAD") {
        return {.status = 405, .why = "only GET and HEAD"};
    }
    const std::optional<Content> content = content_of(request.target);
    if (!content) {
        return {.status = 404, .why = "there is no such page"};
    }
    if (*content != Content::rows) {
        return {.content = *content};
    }
    if (!request.upgrade || request.method != "GET") {
        return {.status = 426, .content = *content, .why = "this is a WebSocket"};
    }
    if (!request.origin.empty() && !is_of(request.origin, request.host)) {
        return {.status = 403, .content = *content, .why = "the page is another server's"};
    }
    return {.status = 101, .content = *content};
}

}  // namespace waterfall
