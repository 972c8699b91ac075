#pragma once

#include "library.hpp"

namespace {

// Both sides have these of their own.

inline void raise_here(library::Kind kind) {
    using library::Kind;
    switch (kind) {
        case Kind::cancelled:
            throw juggle::Cancelled{};
        case Kind::deadlock:
            throw juggle::Deadlock{"text"};
        case Kind::timed_out:
            throw juggle::TimedOut{};
        case Kind::channel_closed:
            throw juggle::ChannelClosed{};
        case Kind::resource_poisoned:
            throw juggle::ResourcePoisoned{"text", nullptr};
    }
}

inline const char* name_of_caught_here(void (*throws)(library::Kind), library::Kind kind) {
    try {
        throws(kind);
    } catch (const juggle::Cancelled&) {
        return "Cancelled";
    } catch (const juggle::Deadlock&) {
        return "Deadlock";
    } catch (const juggle::TimedOut&) {
        return "TimedOut";
    } catch (const juggle::ChannelClosed&) {
        return "ChannelClosed";
    } catch (const juggle::ResourcePoisoned&) {
        return "ResourcePoisoned";
    } catch (...) {
        return "unknown";
    }
    return "nothing";
}

}  // namespace
