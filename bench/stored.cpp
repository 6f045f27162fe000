// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "bench.hpp"

#include "client/state.hpp"
#include "protocol/record_codec.hpp"
#include "store/term.hpp"

#include <hsm/hsm.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <unistd.h>

// What is stored: a durable creation against the bare system calls, and a cold process that finds one key among many.

namespace hsm::bench {

namespace {

namespace fs = std::filesystem;

double wall_us(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
}

Client open(const std::string& home) {
    OpenOptions options;
    options.locations.home = home;
    return Client::open(options);
}

/// write, fsync, rename, fsync of the directory: what a durable record costs with nothing around it.
void bare_record(const fs::path& directory, int directory_fd, std::size_t number, const Bytes& bytes) {
    const auto temporary = directory / "bare.tmp", final = directory / ("bare" + std::to_string(number));
    const int fd = ::open(temporary.c_str(), O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, bytes.data(), bytes.size()) < 0 || fsync(fd) != 0) std::abort();
    close(fd);
    if (rename(temporary.c_str(), final.c_str()) != 0 || fsync(directory_fd) != 0) std::abort();
}

Figure figure(const std::string& name, std::vector<double> ours, std::vector<double> bare, std::vector<double> values,
              const char* unit, const char* goal, double limit) {
    Figure f{name, median(ours), median(bare), percentile(values, 0.1), percentile(values, 0.9), median(values), unit, goal, false};
    f.reached = f.value <= limit;
    return f;
}

} // namespace

std::vector<Figure> store_figures(const std::string& home) {
    auto client = open(home);
    auto world = client.world();
    const auto directory = client.locations().kmlocal.parent_path() / "bare";
    fs::create_directories(directory);
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    KeyRequest request;
    request.spec = parse_key_spec("AES-256");
    request.ident = "size";
    (void)world.generate(request, Protector::module_key());
    const auto size = fs::file_size(client.locations().kmlocal / "key_simple_size");
    const Bytes bytes(size, 0x5a);
    std::vector<double> ours, bare, ratios;
    for (std::size_t i = 0; i < 200; ++i) {
        request.ident = "bench" + std::to_string(i);
        const auto a = [&] { ours.push_back(wall_us([&] { (void)world.generate(request, Protector::module_key()); })); };
        const auto b = [&] { bare.push_back(wall_us([&] { bare_record(directory, fd, i, bytes); })); };
        if (i % 2) a(), b();
        else b(), a();
        ratios.push_back(ours.back() / bare.back());
    }
    close(fd);
    return {figure("store a new AES-256 key, against a bare durable write (us)", ours, bare, ratios, "x", "<= 1.30 x", 1.3)};
}

int cold_load(const std::string& home, const std::string& name) {
    const auto us = wall_us([&] {
        const auto client = open(home);
        const auto world = client.world();
        // By the key's name, which only the index knows: with application and ident, the file's own name would do.
        const auto found = client.state()->store->find_by_term(store::term_of(client::term_name, view(name)));
        if (found.size() != 1) std::abort();
        const auto key = world.load(*world.find(found[0].app(), found[0].ident()), Protector::module_key());
        if (!key) std::abort();
    });
    std::printf("%.1f\n", us);
    return 0;
}

std::vector<Figure> start_figures(const std::string& program, std::size_t keys) {
    const auto home = (fs::temp_directory_path() / ("hsm-bench-many-" + std::to_string(getpid()))).string();
    make_home(home);
    fs::path local, record;
    {
        auto client = open(home);
        auto world = client.world();
        KeyRequest request;
        request.spec = parse_key_spec("P-256");
        request.ident = "original";
        (void)world.generate(request, Protector::module_key());
        local = client.locations().kmlocal;
        record = local / "key_simple_original";
    }
    // Copying records in by hand is a supported way to make them, and a quick one.
    std::ifstream in(record, std::ios::binary);
    const std::string contents((std::istreambuf_iterator<char>(in)), {});
    auto copied = protocol::read_record<protocol::KeyRecord>(view(contents), "the key record");
    const auto copy_in = [&](const std::string& ident) {
        copied.facts.ident = copied.facts.name = ident;
        const auto bytes = base::encode(copied);
        std::ofstream(local / ("key_simple_" + ident), std::ios::binary) << text(bytes);
    };
    for (std::size_t i = 0; i < keys; ++i) copy_in("copy" + std::to_string(i));
    // Key generation of another kind of host tool settles the index; then the clock's grain must pass.
    (void)run_program({program, "--cold-load", home, "copy1"});
    sleep(3);
    (void)run_program({program, "--cold-load", home, "copy1"});

    std::vector<double> current, changed, nothing, inside, memory, process;
    for (std::size_t i = 0; i < 15; ++i) {
        nothing.push_back(run_program({program, "--nothing"}).us / 1000);
        const auto ran = run_program({program, "--cold-load", home, "copy" + std::to_string(keys / 2 + i)});
        inside.push_back(std::atof(ran.output.c_str()) / 1000);
        process.push_back(ran.us / 1000);
        memory.push_back(static_cast<double>(ran.peak_kib) / 1024);
    }
    for (std::size_t i = 0; i < 5; ++i) {
        const auto name = "foreign" + std::to_string(i);
        copy_in(name);
        const auto ran = run_program({program, "--cold-load", home, name});
        changed.push_back(std::atof(ran.output.c_str()) / 1000);
    }
    fs::remove_all(home);
    const bool large = keys > 10'000;
    const auto n = std::to_string(keys);
    return {
        figure("cold process, find and load one of " + n + " keys (ms; bare: an empty process)", process, nothing, inside, "ms inside",
               large ? "<= 15 ms" : "<= 10 ms", large ? 15 : 10),
        figure("the same after a record was copied in (ms)", changed, nothing, changed, "ms inside", large ? "<= 300 ms" : "<= 30 ms",
               large ? 300 : 30),
        figure("peak memory of that process (MB)", memory, {0}, memory, "MB", large ? "<= 40 MB" : "<= 25 MB", large ? 40 : 25),
    };
}

std::vector<Figure> tool_figures(const std::string& hsm_program) {
    std::vector<double> ours, bare;
    for (int i = 0; i < 21; ++i) {
        bare.push_back(run_program({"/bin/true"}).us / 1000);
        ours.push_back(run_program({hsm_program, "--version"}).us / 1000);
    }
    return {figure("hsm --version (ms; bare: /bin/true)", ours, bare, ours, "ms", "<= 5 ms", 5)};
}

} // namespace hsm::bench
