// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/index_file.hpp>

#include <base/open_files.hpp>
#include <base/path_text.hpp>
#include <store/hash64.hpp>

#include <cstring>
#include <random>

namespace hsm::store {

namespace {

constexpr std::uint64_t magic = 0x0a1a78646e696d68; // the bytes "hmindx", 0x1a, newline where the low byte comes first
constexpr std::uint32_t layout = 2;
constexpr std::uint64_t mark_at = 128;
constexpr std::uint64_t hashes_at = 256;
constexpr std::uint64_t max_body = 1u << 30;

struct Head {
    std::uint64_t magic;
    std::uint32_t layout;
    std::uint32_t extract_version;
    std::uint64_t id;
    std::uint32_t rows;
    std::uint32_t terms;
    std::uint64_t strings;
    std::uint64_t generation; ///< of the snapshot: what the first change of the tail is counted from
    std::uint64_t hashes_hash;
    std::uint64_t hash; ///< of the fields before
};
static_assert(sizeof(Head) == 64);

struct StoredMark {
    std::uint64_t id;
    std::uint64_t tail;
    std::uint64_t generation;
    Stamp stamp;
    std::uint64_t trust;
    std::uint64_t hash; ///< of the fields before
};
static_assert(sizeof(StoredMark) == 80);

struct StoredChange {
    std::uint64_t hash; ///< of everything after it, seeded with the snapshot's id and the generation
    std::uint32_t size; ///< of everything, a multiple of 8
    std::uint16_t erased;
    std::uint16_t status;
    Identity identity;
    std::uint16_t name_size;
    std::uint16_t text_size;
    std::uint32_t terms;
};
static_assert(sizeof(StoredChange) == 48);

template <class T>
ByteView bytes_of(const T& value) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

template <class T>
std::uint64_t hash_of_fields(const T& value) noexcept {
    return hash64(bytes_of(value).first(sizeof value - sizeof value.hash));
}

template <class T>
T load(ByteView from) noexcept {
    T value;
    std::memcpy(&value, from.data(), sizeof value);
    return value;
}

bool read_exactly(base::File& file, std::uint64_t offset, std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const auto got = file.read_at(offset + done, out.subspan(done));
        if (got == 0) return false;
        done += got;
    }
    return true;
}

Snapshot::Shape shape_of(const Head& head) noexcept { return {head.rows, head.terms, head.strings}; }

std::uint64_t hashes_size(const Snapshot::Shape& shape) noexcept {
    return Body::blocks(shape.body_size()) * sizeof(std::uint64_t);
}

std::uint64_t body_at(const Snapshot::Shape& shape) noexcept { return hashes_at + hashes_size(shape); }

std::uint64_t tail_at(const Snapshot::Shape& shape) noexcept { return body_at(shape) + shape.body_size(); }

std::optional<Head> sound_head(ByteView start, std::uint32_t extract_version) {
    const auto head = load<Head>(start);
    if (head.magic != magic || head.layout != layout || head.extract_version != extract_version) return std::nullopt;
    if (head.hash != hash_of_fields(head) || head.id == 0) return std::nullopt;
    if (shape_of(head).body_size() > max_body) return std::nullopt;
    return head;
}

std::optional<Mark> sound_mark(ByteView start, const Head& head) {
    const auto stored = load<StoredMark>(start.subspan(mark_at));
    if (stored.hash != hash_of_fields(stored) || stored.id != head.id || stored.tail > max_body) return std::nullopt;
    Mark mark;
    mark.position = {stored.id, stored.tail, stored.generation};
    mark.stamp = stored.stamp;
    mark.trust = stored.trust <= static_cast<std::uint64_t>(Trust::settled) ? static_cast<Trust>(stored.trust)
                                                                            : Trust::none;
    return mark;
}

StoredMark stored(const Mark& mark) noexcept {
    StoredMark out{mark.position.id, mark.position.tail, mark.position.generation,
                   mark.stamp,       static_cast<std::uint64_t>(mark.trust), 0};
    out.hash = hash_of_fields(out);
    return out;
}

std::uint64_t seed(const Position& position) noexcept {
    return position.id ^ (position.generation * 0x9E3779B97F4A7C15u);
}

void append_change(Bytes& out, const Change& change, const Position& position) {
    const auto& entry = change.entry;
    const auto text = entry.text.substr(0, max_entry_string);
    const auto start = out.size();
    StoredChange head{};
    head.erased = change.erased ? 1 : 0;
    head.status = static_cast<std::uint16_t>(entry.status);
    head.identity = entry.identity;
    head.name_size = static_cast<std::uint16_t>(entry.file_name.size());
    head.text_size = static_cast<std::uint16_t>(text.size());
    head.terms = static_cast<std::uint32_t>(change.terms.size());
    const auto size = sizeof head + change.terms.size_bytes() + entry.file_name.size() + text.size();
    head.size = static_cast<std::uint32_t>((size + 7) / 8 * 8);
    const auto put = [&out](ByteView part) { out.insert(out.end(), part.begin(), part.end()); };
    put(bytes_of(head));
    put({reinterpret_cast<const std::uint8_t*>(change.terms.data()), change.terms.size_bytes()});
    put(view(entry.file_name));
    put(view(text));
    out.resize(start + head.size);
    const auto hash = hash64(ByteView(out).subspan(start + sizeof head.hash), seed(position));
    std::memcpy(out.data() + start, &hash, sizeof hash);
}

/// Applies the change at the front of \p tail; the bytes it took, or 0 when it is not sound.
std::size_t apply_change(View& view, ByteView tail, const Position& position) {
    if (tail.size() < sizeof(StoredChange)) return 0;
    const auto head = load<StoredChange>(tail);
    const std::uint64_t needed = sizeof head + std::uint64_t(head.terms) * sizeof(Term) + head.name_size + head.text_size;
    if (head.size > tail.size() || head.size < needed || head.size > needed + 7 || head.name_size == 0) return 0;
    if (head.hash != hash64(tail.first(head.size).subspan(sizeof head.hash), seed(position))) return 0;
    std::vector<Term> terms(head.terms);
    auto rest = tail.subspan(sizeof head);
    if (!terms.empty()) std::memcpy(terms.data(), rest.data(), terms.size() * sizeof(Term));
    rest = rest.subspan(terms.size() * sizeof(Term));
    const auto name = text(rest.first(head.name_size));
    if (head.erased != 0) {
        view.erase(name);
    } else {
        view.put({name, head.identity, static_cast<Status>(head.status), text(rest.subspan(head.name_size, head.text_size))},
                 terms);
    }
    return head.size;
}

/// Applies all of \p tail, which brings \p position to \p end.
bool apply_tail(View& view, ByteView tail, Position position, const Position& end) {
    while (!tail.empty()) {
        const auto used = apply_change(view, tail, position);
        if (used == 0) return false;
        tail = tail.subspan(used);
        ++position.generation;
    }
    return position.generation == end.generation;
}

} // namespace

std::optional<Mark> IndexFile::read_mark() {
    try {
        const auto file = fs_->open(path_, base::FileSystem::Open::read);
        std::array<std::uint8_t, hashes_at> start{};
        if (!read_exactly(*file, 0, start)) return std::nullopt;
        const auto head = sound_head(start, extract_version_);
        if (!head) return std::nullopt;
        return sound_mark(start, *head);
    } catch (const Error&) {
        return std::nullopt; // absent, unreadable, not a file: all the same to us
    }
}

std::optional<View> IndexFile::read(Mark& mark, bool whole) {
    try {
        auto file = fs_->open(path_, base::FileSystem::Open::read);
        std::array<std::uint8_t, hashes_at> start{};
        if (!read_exactly(*file, 0, start)) return std::nullopt;
        const auto head = sound_head(start, extract_version_);
        if (!head) return std::nullopt;
        const auto found = sound_mark(start, *head);
        if (!found) return std::nullopt;
        const auto shape = shape_of(*head);
        // Before memory is set aside for what a damaged head claims.
        if (file->size() < tail_at(shape) + found->position.tail) return std::nullopt;
        Bytes hashes(static_cast<std::size_t>(hashes_size(shape)));
        Bytes tail(static_cast<std::size_t>(found->position.tail));
        if (!read_exactly(*file, hashes_at, hashes)) return std::nullopt;
        if (!read_exactly(*file, tail_at(shape), tail)) return std::nullopt;
        if (hash64(hashes) != head->hashes_hash) return std::nullopt;
        std::vector<std::uint64_t> numbers(hashes.size() / sizeof(std::uint64_t));
        if (!numbers.empty()) std::memcpy(numbers.data(), hashes.data(), hashes.size());
        View view(Snapshot(shape, std::make_shared<Body>(static_cast<std::size_t>(shape.body_size()), std::move(file),
                                                         body_at(shape), std::move(numbers))));
        if (whole || !base::is_open_file_replaceable) view.snapshot().need_all();
        const Position position{found->position.id, 0, head->generation};
        if (!apply_tail(view, tail, position, found->position) || view.is_damaged()) return std::nullopt;
        mark = *found;
        return view;
    } catch (const Error&) {
        return std::nullopt;
    }
}

bool IndexFile::catch_up(View& view, const Position& from, const Mark& mark) {
    if (from == mark.position) return true;
    if (from.id != mark.position.id || from.tail > mark.position.tail) return false;
    try {
        const auto file = fs_->open(path_, base::FileSystem::Open::read);
        Bytes tail(static_cast<std::size_t>(mark.position.tail - from.tail));
        std::array<std::uint8_t, hashes_at> start{};
        if (!read_exactly(*file, 0, start)) return false;
        // The name may lead to a newer file by now.
        const auto head = sound_head(start, extract_version_);
        if (!head || head->id != from.id) return false;
        if (!read_exactly(*file, tail_at(shape_of(*head)) + from.tail, tail)) return false;
        return apply_tail(view, tail, from, mark.position) && !view.is_damaged();
    } catch (const Error&) {
        return false;
    }
}

void IndexFile::append(Mark& mark, std::span<const Change> changes) {
    const auto file = fs_->open(path_, base::FileSystem::Open::write);
    std::array<std::uint8_t, hashes_at> start{};
    if (!read_exactly(*file, 0, start)) throw Error(Status::record_damaged, base::to_utf8(path_) + " is cut short");
    const auto head = sound_head(start, extract_version_);
    if (!head || head->id != mark.position.id) throw Error(Status::record_damaged, base::to_utf8(path_) + " was replaced");
    Bytes tail;
    auto next = mark.position;
    for (const auto& change : changes) {
        append_change(tail, change, next);
        ++next.generation;
    }
    if (!tail.empty()) file->write_at(tail_at(shape_of(*head)) + next.tail, tail);
    next.tail += tail.size();
    mark.position = next;
    file->write_at(mark_at, bytes_of(stored(mark)));
}

void IndexFile::stamp(const Mark& mark) {
    const auto file = fs_->open(path_, base::FileSystem::Open::write);
    file->write_at(mark_at, bytes_of(stored(mark)));
}

Mark IndexFile::write(const Snapshot& snapshot, std::uint64_t generation) {
    std::random_device random;
    Mark mark;
    mark.position.id = (std::uint64_t(random()) << 32 | random()) | 1;
    mark.position.generation = generation;
    const auto shape = snapshot.shape();
    const auto numbers = block_hashes(snapshot.body());
    const ByteView hashes(reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size() * sizeof(std::uint64_t));
    Head head{magic, layout, extract_version_, mark.position.id, shape.rows, shape.terms, shape.strings,
              generation, hash64(hashes), 0};
    head.hash = hash_of_fields(head);
    std::array<std::uint8_t, hashes_at> start{};
    std::memcpy(start.data(), &head, sizeof head);
    const auto first_mark = stored(mark);
    std::memcpy(start.data() + mark_at, &first_mark, sizeof first_mark);

    const auto fresh = path_.parent_path() / ".tmp-index";
    try {
        {
            const auto file = fs_->open(fresh, base::FileSystem::Open::create, mode_);
            file->resize(0);
            file->write_at(0, start);
            file->write_at(hashes_at, hashes);
            file->write_at(body_at(shape), snapshot.body());
        }
        fs_->rename(fresh, path_);
    } catch (...) {
        try {
            fs_->remove(fresh);
        } catch (const Error&) { // it was not there yet
        }
        throw;
    }
    return mark;
}

} // namespace hsm::store
