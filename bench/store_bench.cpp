// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// The store beside the bare system calls, in one run:
//
//     store_bench [records, default 10000] [directory, default a new one under the current directory]
//
// Each line is a figure, and where there is one the bare equivalent and their ratio.

#include <base/clock.hpp>
#include <base/file_system.hpp>
#include <store/store.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

/// Prints the figures of the store: [records] [directory]. 0 when it ran.
int store_bench(int argc, char** argv);

namespace {

using namespace hsm;
using store::RecordName;
using Clock = std::chrono::steady_clock;

double us_since(Clock::time_point start) {
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double timed_us(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return us_since(start);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

RecordName name_of(std::size_t i) {
    char ident[64];
    std::snprintf(ident, sizeof ident, "ua%08zx0123456789abcdef0123456789abcdef", i);
    return RecordName::key("pkcs11", ident);
}

/// 1.3 KiB that begin with six term values, as a key record has about so many attributes to be found by.
Bytes record_of(std::size_t i) {
    Bytes bytes(1331, 0x5a);
    const std::uint64_t values[6] = {i, i / 2, i / 100, i % 3, i % 5, 7};
    std::memcpy(bytes.data(), values, sizeof values);
    return bytes;
}

void extract(ByteView record, store::TermSink& sink) {
    for (std::uint32_t tag = 1; tag <= 6; ++tag) sink.add(tag, record.subspan((tag - 1) * 8, 8));
}

store::Term unique_term(std::size_t i) {
    const auto record = record_of(i);
    return store::term_of(1, ByteView(record).first(8));
}

store::StoreOptions options() {
    store::StoreOptions o;
    o.extract = extract;
    return o;
}

void write_plain(const base::Path& path, const Bytes& bytes) {
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()),
                                                static_cast<std::streamsize>(bytes.size()));
}

struct Bench {
    base::FileSystem& fs = base::real_file_system();
    base::Path directory;
    std::size_t count = 10'000;

    store::Store open() const { return {fs, base::real_clock(), directory, options()}; }
};

void print(const char* what, double us, double bare_us = 0) {
    if (bare_us > 0) {
        std::printf("%-58s %12.1f us  bare %10.1f us  ratio %6.2f\n", what, us, bare_us, us / bare_us);
    } else {
        std::printf("%-58s %12.1f us\n", what, us);
    }
    std::fflush(stdout);
}

/// Runs in a process of its own: nothing is warm but the page cache, and memory is counted alone.
void in_child(const std::function<void()>& work) {
#if defined(_WIN32)
    work();
#else
    std::fflush(stdout);
    const auto child = fork();
    if (child == 0) {
        work();
        std::fflush(stdout);
        _exit(0);
    }
    waitpid(child, nullptr, 0);
#endif
}

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + 6);
    }
    return 0;
}

void rebuild(const Bench& b) {
    const auto listing = timed_us([&] {
        for (const auto& name : b.fs.list(b.directory)) b.fs.info(b.directory / name);
    });
    in_child([&] {
        const auto before = resident_kib();
        auto s = b.open();
        print("rebuild, no index (bare: list and stat)", timed_us([&] { s.reindex(); }), listing);
        std::printf("%-58s %12ld KiB\n", "  memory it left", resident_kib() - before);
    });
}

void cold(const Bench& b, const char* what, std::size_t wanted) {
    const auto path = b.directory / name_of(wanted).file_name();
    for (int i = 0; i < 5; ++i) {
        in_child([&] {
            const auto bare = timed_us([&] { b.fs.read(path, store::max_record_size); });
            const auto us = timed_us([&] {
                auto s = b.open();
                const auto name = s.find_key("pkcs11", name_of(wanted).ident());
                if (!name || !s.read(*name)) std::abort();
            });
            if (i == 4) print((std::string(what) + ", find by name, read").c_str(), us, bare);
        });
        in_child([&] {
            const auto before = resident_kib();
            const auto us = timed_us([&] {
                auto s = b.open();
                const auto names = s.find_by_term(unique_term(wanted));
                if (names.size() != 1 || !s.read(names[0])) std::abort();
                if (i == 4) std::printf("%-58s %12ld KiB\n", "  memory of an open store", resident_kib() - before);
            });
            if (i == 4 || i == 0) print((std::string(what) + ", find by term, read").c_str(), us);
        });
    }
}

void finds(const Bench& b) {
    in_child([&] {
        auto s = b.open();
        s.find_by_term(unique_term(1));
        constexpr std::size_t rounds = 20'000;
        const auto stat = timed_us([&] {
            for (std::size_t i = 0; i < rounds; ++i) b.fs.info(b.directory);
        }) / rounds;
        const auto by_name = timed_us([&] {
            for (std::size_t i = 0; i < rounds; ++i) s.find_key("pkcs11", name_of(i * 7 % b.count).ident());
        }) / rounds;
        const auto by_term = timed_us([&] {
            for (std::size_t i = 0; i < rounds; ++i) {
                if (s.find_by_term(unique_term(i * 7 % b.count)).size() != 1) std::abort();
            }
        }) / rounds;
        print("find by app and ident (bare: stat of the directory)", by_name, stat);
        print("find by term", by_term, stat);
        const store::Term pair[2] = {store::term_of(2, ByteView(record_of(8)).subspan(8, 8)), unique_term(8)};
        print("find by two terms", timed_us([&] {
                  for (std::size_t i = 0; i < rounds; ++i) s.find_by_terms(pair);
              }) / rounds,
              stat);
        print("all names", timed_us([&] { s.keys(); }));
        print("count", timed_us([&] { s.count_keys(); }));
    });
}

void creates(const Bench& b) {
    constexpr std::size_t rounds = 301;
    std::vector<double> ours;
    std::vector<double> bare;
    // The bare writes go to a directory of the same size: in ours they would be a stranger's changes.
    const base::Path other = b.directory.string() + ".bare";
    std::filesystem::create_directories(other);
    for (std::size_t i = 0; i < b.count; ++i) std::ofstream(other / name_of(i).file_name()).put('x');
    auto s = b.open();
    s.count_keys();
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto record = record_of(b.count + i);
        const auto name = name_of(b.count + i);
        const auto plain = [&] {
            bare.push_back(timed_us([&] {
                base::write_atomically(b.fs, other / name.file_name(), record, base::FileMode::private_file,
                                       base::IfExists::refuse);
            }));
        };
        if (i % 2 == 0) plain();
        ours.push_back(timed_us([&] { s.create(name, record); }));
        if (i % 2 == 1) plain();
    }
    std::filesystem::remove_all(other);
    print("create (bare: write, fsync, rename, fsync)", median(ours), median(bare));
}

} // namespace

int store_bench(int argc, char** argv) {
    Bench b;
    if (argc > 1) b.count = static_cast<std::size_t>(std::atol(argv[1]));
    b.directory = argc > 2 ? base::Path(argv[2]) : std::filesystem::current_path() / "store-bench.tmp";
    std::filesystem::create_directories(b.directory);
    std::printf("%zu records in %s\n", b.count, b.directory.string().c_str());
    for (std::size_t i = 0; i < b.count; ++i) write_plain(b.directory / name_of(i).file_name(), record_of(i));
    rebuild(b);
    std::this_thread::sleep_for(std::chrono::seconds(4));
    in_child([&] { b.open().find_by_term(1); }); // a miss: lists once more, and the index is settled
    cold(b, "cold, current index", b.count / 3);
    finds(b);
    write_plain(b.directory / name_of(b.count).file_name(), record_of(b.count));
    in_child([&] {
        const auto us = timed_us([&] {
            auto s = b.open();
            const auto names = s.find_by_term(unique_term(b.count));
            if (names.size() != 1 || !s.read(names[0])) std::abort();
        });
        print("cold, after one foreign file: find it by term, read", us);
    });
    b.count += 1;
    creates(b);
    std::filesystem::remove_all(b.directory);
    return 0;
}
