// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "bench.hpp"

#include <hsm/hsm.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

// Signatures whose use is counted in NVRAM, against what the disk does bare: overwriting bytes of a file and
// fdatasync. Wall-clock time: the disk is what is measured. Both take turns in one run.

namespace hsm::bench {

namespace {

constexpr const char* ident = "counted";
constexpr int bare_writes = 50;

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Client open(const std::string& home) {
    OpenOptions options;
    options.locations.home = home;
    return Client::open(options);
}

class BareLog {
public:
    explicit BareLog(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        const Bytes zeros(size);
        if (fd_ < 0 || pwrite(fd_, zeros.data(), size, 0) != static_cast<ssize_t>(size) || fsync(fd_) != 0)
            std::abort();
    }
    ~BareLog() { close(fd_); }
    BareLog(const BareLog&) = delete;
    BareLog& operator=(const BareLog&) = delete;
    void write(std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            if (pwrite(fd_, block_.data(), block_.size(), static_cast<off_t>(at_)) < 0 || fdatasync(fd_) != 0)
                std::abort();
            at_ = (at_ + block_.size()) % size;
        }
    }

private:
    static constexpr std::size_t size = 256 << 10;
    int fd_;
    std::size_t at_ = 0;
    Bytes block_ = Bytes(128, 0x5a);
};

void sign(const Key& key, std::size_t n) {
    Mechanism mechanism;
    mechanism.id = MechanismId::ecdsa;
    mechanism.hash = Hash::sha256;
    Bytes signature;
    for (std::size_t i = 0; i < n; ++i) key.sign_into(mechanism, view("a message"), signature);
}

void sign_in_threads(const Key& key, std::size_t threads, std::size_t n) {
    std::vector<std::thread> all;
    for (std::size_t t = 0; t < threads; ++t) all.emplace_back([&] { sign(key, n); });
    for (auto& thread : all) thread.join();
}

/// Signatures a second of several processes at once.
double sign_in_processes(const std::string& program, const std::string& home, std::size_t processes, std::size_t n) {
    std::vector<double> rates(processes);
    std::vector<std::thread> all;
    for (std::size_t p = 0; p < processes; ++p)
        all.emplace_back([&, p] {
            const auto us = std::atof(run_program({program, "--counted", home, std::to_string(n)}).output.c_str());
            rates[p] = static_cast<double>(n) * 1e6 / us;
        });
    for (auto& thread : all) thread.join();
    double sum = 0;
    for (const auto rate : rates) sum += rate;
    return sum;
}

/// Operations a second, round by round.
struct Rates {
    std::vector<double> ours, bare;
};

Figure at_least(const std::string& name, const Rates& rates, const char* goal, double limit) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < rates.ours.size(); ++i) ratios.push_back(rates.ours[i] / rates.bare[i]);
    Figure f{name,           median(rates.ours), median(rates.bare), percentile(ratios, 0.1), percentile(ratios, 0.9),
             median(ratios), "x",                goal,               false};
    f.reached = f.value >= limit;
    return f;
}

} // namespace

int counted_signatures(const std::string& home, std::size_t n) {
    const auto client = open(home);
    const auto key = client.world().load("simple", ident, silent());
    sign(key, 1);
    std::printf("%.1f\n", 1e6 * seconds([&] { sign(key, n); }));
    return 0;
}

std::vector<Figure> counted_figures(const std::string& program, const std::string& home) {
    auto client = open(home);
    auto world = client.world();
    Nvram nvram(world);
    FixedPassphrase none{Secret()};
    nvram.authorise(none);
    KeyRequest request;
    request.ident = ident;
    request.spec = parse_key_spec("P-256");
    request.usage.limits = {{UseLimit::Kind::nonvolatile, UINT64_MAX, {}, {}}};
    const auto key = world.generate(request, Protector::module_key());
    BareLog log(home + "/bare.log");
    sign(key, 100);
    log.write(100);
    // Other work on the disk comes and goes: each round is short, and is compared with the bare writes right before and
    // right after it.
    const auto writes = [&log] { return bare_writes / seconds([&] { log.write(bare_writes); }); };
    const auto rounds = [&](int count, const std::function<double()>& ours) {
        Rates rates;
        auto before = writes();
        for (int round = 0; round < count; ++round) {
            rates.ours.push_back(ours());
            const auto after = writes();
            rates.bare.push_back((before + after) / 2);
            before = after;
        }
        return rates;
    };
    const auto one = rounds(60, [&] { return 50 / seconds([&] { sign(key, 50); }); });
    const auto eight = rounds(60, [&] { return 8 * 25 / seconds([&] { sign_in_threads(key, 8, 25); }); });
    const auto four = rounds(15, [&] { return sign_in_processes(program, home, 4, 400); });
    return {
        at_least("counted P-256 signatures/s, 1 thread (bare: writes + fdatasync/s)", one, ">= 0.90 x", 0.9),
        at_least("counted P-256 signatures/s, 8 threads", eight, ">= 2.50 x", 2.5),
        at_least("counted P-256 signatures/s, 4 processes", four, ">= 2.00 x", 2.0),
    };
}

} // namespace hsm::bench
