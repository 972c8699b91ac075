#pragma once

#include <juggle/post_node.hpp>

#include <vector>

namespace support {

/// Writes down its name when it runs.
class NamedNode final : public juggle::PostNode {
public:
    NamedNode(int name, std::vector<int>& list)
        : PostNode{&NamedNode::run}, name_{name}, list_{list} {}

private:
    static void run(PostNode& node) noexcept {
        auto& self = static_cast<NamedNode&>(node);
        self.list_.push_back(self.name_);
    }

    int name_;
    std::vector<int>& list_;
};

}  // namespace support
