#pragma once

#include <string_view>

namespace waterfall {

/// Of a request to the web server that matters. What is missing is empty.
struct Request {
    std::string_view method = {};
    std::string_view target = {};
    std::string_view host = {};    ///< of the header of this name
    std::string_view origin = {};  ///< the same
    bool upgrade = false;          ///< it asks for a WebSocket
};

/// What the server has.
enum class Content { page, style, script, metrics, rows };

/// What is to be done about a request.
struct Verdict {
    unsigned status = 200;  ///< of HTTP; 101 where a WebSocket is to be opened
    Content content = Content::page;
    std::string_view why = {};  ///< in words, for what is refused
};

/// Judges by the request alone. `only_local`: the server listens to its own machine only, so a
/// request that names another host comes from a page that wants to get behind that (DNS rebinding).
/// A page of another origin gets no WebSocket.
[[nodiscard]] Verdict judge(const Request& request, bool only_local);

}  // namespace waterfall
