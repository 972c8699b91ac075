#include "cuda_simulation/capture.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace layer::cuda {

void Captured::add_node() {
    auto node = std::make_shared<CaptureNode>();
    node->after = std::exchange(last, {});
    last.push_back(std::move(node));
}

void Captured::join(const Captured& event) {
    capture = event.capture;
    last.insert(last.end(), event.last.begin(), event.last.end());
}

bool Captured::is_after(const Captured& other) const {
    std::unordered_set<const CaptureNode*> before;
    std::vector<CaptureNodePtr> to_visit = last;
    while (!to_visit.empty()) {
        const CaptureNodePtr node = to_visit.back();
        to_visit.pop_back();
        if (before.insert(node.get()).second) {
            to_visit.insert(to_visit.end(), node->after.begin(), node->after.end());
        }
    }
    return std::ranges::all_of(
        other.last, [&](const CaptureNodePtr& node) { return before.contains(node.get()); });
}

}  // namespace layer::cuda
