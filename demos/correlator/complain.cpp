#include "complain.hpp"

#include "common/opencl.hpp"

#include <iostream>
#include <new>
#include <string>

namespace correlator {

namespace {

void complain(const std::exception_ptr& problem, const std::string& who) {
    // At once, so that lines of several ranks do not mingle.
    try {
        std::rethrow_exception(problem);
    } catch (const cl::Error& error) {
        std::cerr << who + common::description(error) + '\n';
    } catch (const std::bad_alloc&) {
        std::cerr << who + "out of memory: try a smaller --chunk or --in-flight\n";
    } catch (const std::exception& error) {
        std::cerr << who + error.what() + '\n';
    }
}

}  // namespace

void complain(const std::exception_ptr& problem) { complain(problem, "correlator: error: "); }

void complain(const std::exception_ptr& problem, const Ranks& ranks) {
    complain(problem, ranks.size() == 1
                          ? "correlator: error: "
                          : "correlator: error: rank " + std::to_string(ranks.rank()) + ": ");
}

}  // namespace correlator
