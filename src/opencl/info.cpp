#include "info.hpp"

#include <algorithm>
#include <array>

namespace juggle::inline JUGGLE_ABI::opencl::detail {

std::string command_name(cl_command_type type) {
    struct Named {
        cl_command_type type;
        const char* name;
    };
    static constexpr auto names = std::to_array<Named>({
        {CL_COMMAND_NDRANGE_KERNEL, "CL_COMMAND_NDRANGE_KERNEL"},
        {CL_COMMAND_TASK, "CL_COMMAND_TASK"},
        {CL_COMMAND_NATIVE_KERNEL, "CL_COMMAND_NATIVE_KERNEL"},
        {CL_COMMAND_READ_BUFFER, "CL_COMMAND_READ_BUFFER"},
        {CL_COMMAND_WRITE_BUFFER, "CL_COMMAND_WRITE_BUFFER"},
        {CL_COMMAND_COPY_BUFFER, "CL_COMMAND_COPY_BUFFER"},
        {CL_COMMAND_READ_IMAGE, "CL_COMMAND_READ_IMAGE"},
        {CL_COMMAND_WRITE_IMAGE, "CL_COMMAND_WRITE_IMAGE"},
        {CL_COMMAND_COPY_IMAGE, "CL_COMMAND_COPY_IMAGE"},
        {CL_COMMAND_COPY_IMAGE_TO_BUFFER, "CL_COMMAND_COPY_IMAGE_TO_BUFFER"},
        {CL_COMMAND_COPY_BUFFER_TO_IMAGE, "CL_COMMAND_COPY_BUFFER_TO_IMAGE"},
        {CL_COMMAND_MAP_BUFFER, "CL_COMMAND_MAP_BUFFER"},
        {CL_COMMAND_MAP_IMAGE, "CL_COMMAND_MAP_IMAGE"},
        {CL_COMMAND_UNMAP_MEM_OBJECT, "CL_COMMAND_UNMAP_MEM_OBJECT"},
        {CL_COMMAND_MARKER, "CL_COMMAND_MARKER"},
        {CL_COMMAND_BARRIER, "CL_COMMAND_BARRIER"},
        {CL_COMMAND_READ_BUFFER_RECT, "CL_COMMAND_READ_BUFFER_RECT"},
        {CL_COMMAND_WRITE_BUFFER_RECT, "CL_COMMAND_WRITE_BUFFER_RECT"},
        {CL_COMMAND_COPY_BUFFER_RECT, "CL_COMMAND_COPY_BUFFER_RECT"},
        {CL_COMMAND_MIGRATE_MEM_OBJECTS, "CL_COMMAND_MIGRATE_MEM_OBJECTS"},
        {CL_COMMAND_FILL_BUFFER, "CL_COMMAND_FILL_BUFFER"},
        {CL_COMMAND_FILL_IMAGE, "CL_COMMAND_FILL_IMAGE"},
    });
    const auto* found = std::ranges::find(names, type, &Named::type);
    return found == names.end() ? "command type " + std::to_string(type) : found->name;
}

}  // namespace juggle::opencl::detail
