// A command line: the first line says which example's, by its first letter; each line after it is
// an argument. It ends in options that keep every limit, in help, or in an Error with words.

#include "producer_consumer/options.hpp"

#include "common/error.hpp"
#include "input.hpp"
#include "reaction_diffusion/options.hpp"
#include "supervisor/options.hpp"
#include "triple/options.hpp"
#include "waterfall/options.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using fuzz::require;

template <class Number>
bool within(Number number, Number least, Number most) {
    return number >= least && number <= most;  // false for a NaN
}

void check_places(const waterfall::Options& o) {
    for (const auto& place : {o.rtl_tcp, o.tcp, o.udp, o.serve}) {
        require(!place || !place->host.empty(), "a host has a name");
    }
    for (const auto& place : {o.rtl_tcp, o.tcp, o.udp}) {
        require(!place || place->port != 0, "a port");
    }
    constexpr double most = 0xffffffffU;
    require(!o.rtl_tcp || (within(o.sample_rate, 1.0, most) && within(o.centre, 0.0, most)),
            "what the protocol can say");
    require(within(o.gain.value_or(0), -100.0, 100.0), "--gain");
    require(!o.gain || o.rtl_tcp, "--gain is for --rtl-tcp");
    require(!o.reconnect || o.rtl_tcp || o.tcp, "--reconnect is for connections");
}

void check(const waterfall::Options& o) {
    require(o.generate.has_value() + !o.input.empty() + o.rtl_tcp.has_value() + o.tcp.has_value() +
                    o.udp.has_value() ==
                1,
            "waterfall has one kind of input");
    check_places(o);
    require(!o.generate || (*o.generate > 0 && *o.generate * o.sample_rate <= 1e18), "--generate");
    require(std::isfinite(o.sample_rate) && o.sample_rate > 0, "--sample-rate");
    require(std::isfinite(o.centre), "--centre");
    require(within<std::size_t>(o.channels, 16, 8192) && std::has_single_bit(o.channels),
            "--channels");
    require(within<std::size_t>(o.taps, 1, 1024), "--taps");
    require(within<std::size_t>(o.integrate, 1, 1'000'000'000), "--integrate");
    require(o.output.empty() ? o.serve.has_value() : o.output.back() != '/', "--output");
    require(std::isfinite(o.db_min.value_or(0)) && std::isfinite(o.db_max.value_or(0)), "--db-*");
    require(!o.db_min || !o.db_max || *o.db_min < *o.db_max, "--db-min is below --db-max");
    require(within<std::size_t>(o.chunk, 1, 1 << 26), "--chunk");
    require(within<std::size_t>(o.in_flight, 1, 64), "--in-flight");
}

void check(const triple::Options& o) {
    require(!o.modes.empty() && std::ranges::is_sorted(o.modes), "--mode");
    require(std::ranges::adjacent_find(o.modes) == o.modes.end(), "--mode has each once");
    require(within<std::uint64_t>(o.chunks, 1, 1'000'000'000), "--chunks");
    require(within<std::size_t>(o.chunk, 1, 1 << 30), "--chunk");
    require(within<std::size_t>(o.limits.in_flight, 1, 1024), "--in-flight");
    require(within<std::size_t>(o.limits.buffers, 1, 1024), "--buffers");
    using std::chrono::nanoseconds;
    require(o.stage == nanoseconds{0} ||
                within<nanoseconds>(o.stage, nanoseconds{1000}, std::chrono::seconds{10}),
            "--stage-ms");
}

void check(const reaction_diffusion::Options& o) {
    require(within<std::size_t>(o.size, 16, 16'384), "--size");
    require(within<std::uint64_t>(o.plan.steps, 1, 1'000'000'000), "--steps");
    require(within<std::uint64_t>(o.plan.every, 1, 1'000'000'000), "--every");
    require(within<std::size_t>(o.plan.in_flight, 1, 64), "--in-flight");
    require(within(o.rates.feed, 0.0, 1.0) && within(o.rates.kill, 0.0, 1.0), "the rates");
    require(o.plain || o.juggled, "--mode");
    require(!o.output || (!o.output->empty() && o.output->back() != '/'), "--output");
}

void check(const supervisor::Options& o) {
    require(within<std::size_t>(o.jobs, 1, 1'000'000), "--jobs");
    for (const std::size_t limit :
         {o.limits.users, o.limits.places, o.limits.cores, o.limits.agents}) {
        require(within<std::size_t>(limit, 1, 10'000), "what there is");
    }
    require(within<std::size_t>(o.max_cores, 1, o.limits.cores), "--job-cores");
    require(within(o.cancel, 0.0, 1.0), "--cancel");
    require(within<std::uint64_t>(o.seeds, 1, 1'000'000'000), "--seeds");
    require(o.seed + (o.seeds - 1) >= o.seed, "the last seed is a number");
    require(!o.log || o.seeds == 1, "--log excludes --seeds");
}

void check(const producer_consumer::Options& o) {
    require(o.form <= 3, "--form");
    require(within(o.items, 1U, 1000U), "--items");
    using namespace std::chrono_literals;
    require(within<std::chrono::milliseconds>(o.length, 1ms, 3600s), "--seconds");
}

template <class Parse>
void run(Parse parse_options, const std::vector<const char*>& arguments) {
    std::ostringstream help;
    std::streambuf* const before = std::cout.rdbuf(help.rdbuf());
    try {
        const auto options = parse_options(static_cast<int>(arguments.size()), arguments.data());
        std::cout.rdbuf(before);
        require(options.has_value() == help.str().empty(), "either options or help");
        if (options) {
            check(*options);
        }
    } catch (const common::Error& error) {
        std::cout.rdbuf(before);
        require(error.what()[0] != '\0', "an error says something");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    std::vector<std::string> words;
    while (!input.empty()) {
        words.push_back(input.text_until('\n'));
    }
    if (words.empty()) {
        words.emplace_back("waterfall");
    }
    std::vector<const char*> arguments;
    for (const std::string& word : words) {
        arguments.push_back(word.c_str());
    }
    switch (words.front()[0]) {
        case 't':
            run(&triple::parse_options, arguments);
            break;
        case 'r':
            run(&reaction_diffusion::parse_options, arguments);
            break;
        case 's':
            run(&supervisor::parse_options, arguments);
            break;
        case 'p':
            run(&producer_consumer::parse_options, arguments);
            break;
        default:
            run(&waterfall::parse_options, arguments);
    }
    return 0;
}
