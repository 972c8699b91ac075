#include "nvrtc_simulation/program.hpp"

#include "nvrtc_simulation/run_compiler.hpp"
#include "nvrtc_simulation/scan.hpp"
#include "prelude_source.hpp"  // prelude.cuh and image_format.h as strings, made by CMake

#include <filesystem>
#include <sstream>
#include <string_view>

namespace layer::nvrtc {

namespace {

namespace fs = std::filesystem;

std::string prelude() {
    std::string text{image_format};
    text.replace(text.find("#pragma once"), std::string_view{"#pragma once"}.size(), "");
    return text + std::string{prelude_text};
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

std::vector<std::string> preprocessor_arguments(const Options& options) {
    std::vector<std::string> arguments{"-x",           "c++",         "-E",
                                       "-nostdinc",    "-nostdinc++", options.standard,
                                       "-D__CUDACC__", "-D__NVCC__",  "-D__CUDACC_RTC__"};
    arguments.push_back("-D__CUDA_ARCH__=" + options.architecture + '0');
    append(arguments, {"-include", "prelude"});
    append(arguments, options.preprocessor);
    append(arguments, {"-I", "headers", "-o", "preprocessed", "source"});
    return arguments;
}

std::vector<std::string> compiler_arguments(const Options& options) {
    return {"-x",
            "c++-cpp-output",
            options.standard,
            "-O2",
            "-w",
            "-shared",
            "-fPIC",
            "-fno-exceptions",
            "-fno-rtti",
            "-fno-math-errno",
            options.contraction,
            "-Wl,--as-needed",
            "-Wl,-z,defs",
            "-Wl,-Bsymbolic",
            "-o",
            "image",
            "scanned"};
}

/// What follows the program: the table of its kernels.
std::string table_of(const std::vector<std::string>& kernels) {
    std::ostringstream launchers;
    std::ostringstream entries;
    for (const std::string& kernel : kernels) {
        const std::string launcher = "juggle_launcher_of_" + kernel;
        launchers << "typedef juggle_simulation::Launcher<decltype(" << kernel << "), &" << kernel
                  << "> " << launcher << ";\n";
        entries << "{(const void*)&" << kernel << ", &" << launcher << "::run, " << launcher
                << "::parameters, " << launcher << "::count},\n";
    }
    std::ostringstream text;
    text << "\n# 1 \"juggle-nvrtc-simulation\"\n"
         << launchers.str()
         << "static const juggle_cuda_simulation_function juggle_functions[] = {\n"
         << entries.str()
         << "{0, 0, 0, 0}};\n"
            "extern \"C\" __attribute__((visibility(\"default\")))\n"
            "const juggle_cuda_simulation_image_table juggle_cuda_simulation_image = {\n"
            "juggle_cuda_simulation_image_version, juggle_functions, "
         << kernels.size() << "};\n";
    return text.str();
}

}  // namespace

nvrtcResult Program::compile(const Options& options) {
    log_ = options.refusal;
    image_.clear();
    is_for_a_device_ = !options.is_virtual;
    if (!log_.empty()) {
        return NVRTC_ERROR_INVALID_OPTION;
    }
    const TemporaryFolder folder;
    write_file(folder.path() / "prelude", prelude());
    write_file(folder.path() / "source", "# 1 \"" + name_ + "\"\n" + source_);
    fs::create_directories(folder.path() / "headers");
    for (const Header& header : headers_) {
        const fs::path file = folder.path() / "headers" / fs::path{header.name}.relative_path();
        fs::create_directories(file.parent_path());
        write_file(file, header.text);
    }
    if (!run_compiler(preprocessor_arguments(options), folder.path(), log_)) {
        return NVRTC_ERROR_COMPILATION;
    }
    const Scanned scanned = scan(read_file(folder.path() / "preprocessed"));
    if (!scanned.refusal.empty()) {
        log_ += scanned.refusal;
        return NVRTC_ERROR_COMPILATION;
    }
    write_file(folder.path() / "scanned", scanned.text + table_of(scanned.kernels));
    if (!run_compiler(compiler_arguments(options), folder.path(), log_)) {
        return NVRTC_ERROR_COMPILATION;
    }
    image_ = read_file(folder.path() / "image");
    return NVRTC_SUCCESS;
}

}  // namespace layer::nvrtc
