// The ring between a receiver and a pipeline, by any calls: what is read are the samples that were
// appended, in their order, but for whole ones that were lost.

#include "waterfall/live/sample_ring.hpp"

#include "input.hpp"

#include <juggle/executor.hpp>

#include <deque>
#include <vector>

namespace {

using fuzz::require;

/// The same, sample by sample.
class Model {
public:
    Model(std::size_t capacity, std::size_t sample_bytes)
        : capacity_(capacity), sample_bytes_(sample_bytes) {}

    void append(std::byte byte) {
        if (part_.empty()) {
            lost_part_ = samples_.size() == capacity_;
        }
        part_.push_back(byte);
        if (part_.size() == sample_bytes_) {
            if (lost_part_) {
                ++lost_;
            } else {
                samples_.push_back(part_);
            }
            part_.clear();
        }
    }
    void cut() { part_.clear(); }

    std::vector<std::byte> take(std::size_t count) {
        std::vector<std::byte> bytes;
        for (; count != 0 && !samples_.empty(); --count, samples_.pop_front()) {
            bytes.insert(bytes.end(), samples_.front().begin(), samples_.front().end());
        }
        return bytes;
    }

    [[nodiscard]] std::size_t size() const { return samples_.size(); }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
    std::size_t capacity_;
    std::size_t sample_bytes_;
    std::deque<std::vector<std::byte>> samples_;
    std::vector<std::byte> part_;
    bool lost_part_ = false;
    std::uint64_t lost_ = 0;
};

std::vector<std::byte> read(juggle::Executor& executor, waterfall::SampleRing& ring,
                            std::size_t bytes) {
    std::vector<std::byte> into(bytes);
    into.resize(executor.run(ring.read(into)));
    return into;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static juggle::Executor executor;
    fuzz::Input input(data, size);
    const std::size_t sample_bytes = std::size_t{2} << input.between(0, 2);
    const std::size_t capacity = input.between(1, 20);
    waterfall::SampleRing ring{capacity, sample_bytes};
    Model model{capacity, sample_bytes};
    std::uint8_t next = 0;
    while (!input.empty()) {
        switch (input.take<std::uint8_t>() % 4) {
            case 0:
            case 1: {
                std::vector<std::byte> bytes(input.between(0, 100));
                for (std::byte& byte : bytes) {
                    byte = std::byte{next++};
                    model.append(byte);
                }
                ring.append(bytes);
                break;
            }
            case 2: {
                const std::size_t count = std::min(input.between(0, 20), model.size());
                require(read(executor, ring, count * sample_bytes) == model.take(count),
                        "in order");
                break;
            }
            default:
                ring.cut();
                model.cut();
        }
        require(ring.lost() == model.lost(), "what is lost is counted");
    }
    ring.close();
    require(read(executor, ring, (capacity + 1) * sample_bytes) == model.take(capacity),
            "the rest");
    return 0;
}
