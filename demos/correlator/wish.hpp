#pragma once

namespace correlator {

/// What a rank wants before each chunk. What all do is the first of these that one of them wants.
enum class Wish { stop, end_of_input, next_chunk };

}  // namespace correlator
