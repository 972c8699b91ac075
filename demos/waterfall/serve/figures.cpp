#include "serve/figures.hpp"

#include <ostream>

namespace waterfall {
namespace {

template <class Value>
void write(std::ostream& stream, const char* name, const char* type, const char* help,
           Value value) {
    stream << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n'
           << name << ' ' << value << '\n';
}

}  // namespace

void Figures::write_prometheus(std::ostream& stream) const {
    write(stream, "waterfall_samples_total", "counter", "Samples that were processed.", samples);
    write(stream, "waterfall_lost_samples_total", "counter",
          "Samples that came and found no room, or that the kernel has dropped.", input.lost);
    write(stream, "waterfall_rows_total", "counter", "Rows of the waterfall.", rows);
    write(stream, "waterfall_disconnects_total", "counter",
          "How often the connection to the source has ended.", input.disconnects);
    write(stream, "waterfall_input_fill_ratio", "gauge",
          "How full the memory between receiver and pipeline is.", input.fill);
    write(stream, "waterfall_browsers", "gauge", "Pages that are shown the rows.", browsers);
    write(stream, "waterfall_skipped_rows_total", "counter",
          "Rows that pages were too slow for, all together.", skipped);
    stream << "# HELP waterfall_lane_busy_seconds_total How long each part was at work.\n"
              "# TYPE waterfall_lane_busy_seconds_total counter\n";
    for (const Lane& lane : lanes) {
        stream << "waterfall_lane_busy_seconds_total{lane=\"" << lane.name << "\"} " << lane.busy
               << '\n';
    }
}

}  // namespace waterfall
