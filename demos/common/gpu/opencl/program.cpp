#include "common/gpu/opencl/program.hpp"

#include "common/opencl.hpp"

namespace common::on_opencl {

Program build_program(const Context& context, const Device& device, const std::string& source,
                      const std::vector<std::string>& definitions) {
    std::string options;
    for (const std::string& definition : definitions) {
        options += (options.empty() ? "-D " : " -D ") + definition;
    }
    return common::build_program(context, device, source, options);
}

}  // namespace common::on_opencl
