#include "common/find_device.hpp"

#include "common/error.hpp"
#include "common/text_stream.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace common {
namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    return text;
}

bool matches(const std::string& wanted, std::size_t index, const std::string& name) {
    return wanted.empty() || wanted == std::to_string(index) ||
           lower_case(name).find(lower_case(wanted)) != std::string::npos;
}

std::vector<cl::Platform> all_platforms() {
    std::vector<cl::Platform> platforms;
    try {
        cl::Platform::get(&platforms);
    } catch (const cl::Error& error) {
        constexpr cl_int platform_not_found = -1001;  // CL_PLATFORM_NOT_FOUND_KHR
        if (error.err() != platform_not_found) {
            throw;
        }
        platforms.clear();  // the loader's way to say that no driver is installed
    }
    return platforms;
}

std::vector<cl::Device> all_devices(const cl::Platform& platform) {
    std::vector<cl::Device> devices;
    try {
        platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
    } catch (const cl::Error& error) {
        if (error.err() != CL_DEVICE_NOT_FOUND) {
            throw;
        }
        devices.clear();
    }
    return devices;
}

std::string described(std::size_t platform, const std::string& platform_name, std::size_t device,
                      const std::string& device_name) {
    std::ostringstream text = common::text_stream();
    text << "\n  platform " << platform << " '" << platform_name << "', device " << device << " '"
         << device_name << '\'';
    return text.str();
}

std::string asked_for(const std::string& platform, const std::string& device) {
    std::string text;
    if (!platform.empty()) {
        text += " --platform '" + platform + '\'';
    }
    if (!device.empty()) {
        text += " --device '" + device + '\'';
    }
    return text;
}

bool is_gpu(const cl::Device& device) {
    return (device.getInfo<CL_DEVICE_TYPE>() & CL_DEVICE_TYPE_GPU) != 0;
}

}  // namespace

cl::Device find_device(const std::string& platform, const std::string& device) {
    std::vector<cl::Device> found;
    std::string present;
    const std::vector<cl::Platform> platforms = all_platforms();
    for (std::size_t p = 0; p < platforms.size(); ++p) {
        const std::string platform_name = platforms[p].getInfo<CL_PLATFORM_NAME>();
        const std::vector<cl::Device> devices = all_devices(platforms[p]);
        for (std::size_t d = 0; d < devices.size(); ++d) {
            const std::string device_name = devices[d].getInfo<CL_DEVICE_NAME>();
            present += described(p, platform_name, d, device_name);
            if (matches(platform, p, platform_name) && matches(device, d, device_name)) {
                found.push_back(devices[d]);
            }
        }
    }
    if (present.empty()) {
        throw Error("no OpenCL device found: is a driver installed? (clinfo -l lists them)");
    }
    if (found.empty()) {
        throw Error("no OpenCL device matches" + asked_for(platform, device) + "; there is" +
                    present);
    }
    const auto gpu = std::ranges::find_if(found, is_gpu);
    return gpu != found.end() ? *gpu : found.front();
}

}  // namespace common
