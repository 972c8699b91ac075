#include "common/timeline_file.hpp"

#include "common/output_file.hpp"
#include "common/system_error.hpp"

#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace common {

void check_timeline_file(const std::string& name) {
    check_replaceable("--timeline", name);
    const std::string part = name + ".part";  // where Timeline::write begins
    const int fd = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
        ::close(fd);
        ::unlink(part.c_str());
    } else if (errno == EEXIST) {  // a killed run has left it, or another one is writing it
        check_replaceable("--timeline", part);
    } else {
        throw SystemError("--timeline: cannot write '" + name + '\'');
    }
}

void write_timeline(juggle::Timeline& timeline, const std::string& name,
                    const juggle::TimelineRenderOptions& picture) {
    try {
        timeline.write(name, picture);
    } catch (const std::system_error& error) {
        throw Error("--timeline: cannot write '" + name + "': " + error.code().message());
    }
}

}  // namespace common
