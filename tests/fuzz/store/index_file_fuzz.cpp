// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// The index file with any contents: reading, catching up and searching must end, within bounds. The input is repaired
// first (magic and hashes), or nothing behind the hashes would ever be reached.

#include <base/file_system.hpp>
#include <store/hash64.hpp>
#include <store/index_file.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#if defined(_WIN32)
#include <process.h>
#define getpid _getpid
#else
#include <unistd.h>
#endif

using namespace hsm;

namespace {

constexpr std::size_t mark_at = 128;
constexpr std::size_t mark_size = 80;
constexpr std::size_t hashes_at = 256;

void put(Bytes& bytes, std::size_t at, std::uint64_t number) { std::memcpy(bytes.data() + at, &number, sizeof number); }

std::uint32_t get32(const Bytes& bytes, std::size_t at) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

/// Gives a file whose head, mark and body are hashed right; the changes behind keep the hashes that they have.
void repair(Bytes& bytes, std::uint32_t version) {
    bytes.resize(std::max(bytes.size(), hashes_at));
    const std::uint32_t layout = 2;
    put(bytes, 0, 0x0a1a78646e696d68);
    std::memcpy(bytes.data() + 8, &layout, 4);
    std::memcpy(bytes.data() + 12, &version, 4);
    bytes[16] |= 1; // the id
    for (const std::size_t at : {24u, 28u, 32u}) { // rows, terms, strings: small
        bytes[at + 1] = bytes[at + 2] = bytes[at + 3] = 0;
    }
    std::memset(bytes.data() + 36, 0, 4);
    const store::Snapshot::Shape shape{get32(bytes, 24), get32(bytes, 28), get32(bytes, 32)};
    const auto body_size = static_cast<std::size_t>(shape.body_size());
    const auto hashes_size = store::Body::blocks(body_size) * sizeof(std::uint64_t);
    const auto body_at = hashes_at + hashes_size;
    bytes.resize(std::max(bytes.size(), body_at + body_size));
    const auto hashes = store::block_hashes(ByteView(bytes).subspan(body_at, body_size));
    for (std::size_t i = 0; i < hashes.size(); ++i) put(bytes, hashes_at + i * sizeof(std::uint64_t), hashes[i]);
    put(bytes, 48, store::hash64(ByteView(bytes).subspan(hashes_at, hashes_size)));
    put(bytes, 56, store::hash64(ByteView(bytes).first(56)));
    std::memcpy(bytes.data() + mark_at, bytes.data() + 16, 8);
    put(bytes, mark_at + 8, bytes.size() - body_at - body_size);
    put(bytes, mark_at + mark_size - 8, store::hash64(ByteView(bytes).subspan(mark_at, mark_size - 8)));
}

void walk(const store::View& view) {
    view.each([&](store::View::Slot slot) {
        const auto entry = view.entry(slot);
        (void)view.find(entry.file_name);
    });
    for (store::Term term = 0; term < 4; ++term) (void)view.with_terms({&term, 1});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto path =
        std::filesystem::temp_directory_path() / ("hsm-fuzz-index-" + std::to_string(getpid()));
    if (size == 0) return 0;
    Bytes bytes(data + 1, data + size);
    if (data[0] % 8 != 0) repair(bytes, 1);
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    store::IndexFile file(base::real_file_system(), path, 1, base::FileMode::private_file);
    const auto mark = file.read_mark();
    store::Mark shown;
    if (auto view = file.read(shown)) {
        walk(*view);
        view->put({"key_a_b", {}, Status::ok, {}}, {});
        view->compact();
        walk(*view);
    }
    store::View fresh;
    if (mark) file.catch_up(fresh, {mark->position.id, 0, mark->position.generation}, *mark);
    walk(fresh);
    std::filesystem::remove(path);
    return 0;
}
