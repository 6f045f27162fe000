// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/store.hpp>

#include <base/path_text.hpp>
#include <store/directory_stamp.hpp>
#include <store/index.hpp>

#include <hsm/sync.hpp>

#include <algorithm>
#include <array>
#include <atomic>

namespace hsm::store {

class Store::Body {
public:
    Body(base::FileSystem& file_system, base::Clock& clock, base::Path where, StoreOptions options)
        : fs(file_system), directory(std::move(where)), mode(options.record_mode), counter(std::move(options.counter)),
          index(fs, clock, directory, std::move(options.extract), options.extract_version, mode) {}

    [[nodiscard]] base::Path path(const RecordName& name) const { return directory / name.file_name(); }

    void write(const RecordName& name, ByteView contents, base::IfExists if_exists, const Check* check = nullptr);
    /// However a change ends: it may have been made.
    struct Counted {
        Body& body;
        ~Counted() {
            if (body.counter) body.counter->bump();
        }
    };
    std::uint64_t stamp_changes() noexcept;

    base::FileSystem& fs;
    base::Path directory;
    base::FileMode mode;
    std::shared_ptr<ChangeCounter> counter;
    std::atomic<std::uint64_t> synced{~std::uint64_t{0}}; ///< what changes() said when the index was last brought up to date
    struct Seen {
        std::optional<Stamp> stamp;
        std::uint64_t count = std::uint64_t{1} << 63; ///< never one of the counter's values
    };
    Sync<Seen> seen; ///< without a counter
    Index index;
};

namespace {

/// Whether it is a usable key, of \p app unless that is empty.
bool is_key(const Entry& entry, std::string_view app) noexcept {
    if (entry.status != Status::ok || !entry.file_name.starts_with("key_")) return false;
    const auto rest = entry.file_name.substr(4);
    return app.empty() || (rest.size() > app.size() && rest.starts_with(app) && rest[app.size()] == '_');
}

void collect_key(const Entry& entry, std::string_view app, std::vector<RecordName>& names) {
    if (is_key(entry, app)) names.push_back(RecordName::parse(entry.file_name));
}

} // namespace

Store::Store(base::FileSystem& fs, base::Clock& clock, base::Path directory, StoreOptions options)
    : body_(std::make_unique<Body>(fs, clock, std::move(directory), std::move(options))) {}

Store::~Store() = default;

const base::Path& Store::directory() const noexcept { return body_->directory; }

std::optional<Bytes> Store::read(const RecordName& name) {
    auto file = read_record_file(body_->fs, body_->path(name));
    if (!file) return std::nullopt;
    body_->index.notice(name, *file);
    return std::move(file->contents);
}

bool Store::exists(const RecordName& name) { return body_->fs.info(body_->path(name)).has_value(); }

void Store::Body::write(const RecordName& name, ByteView contents, base::IfExists if_exists, const Check* check) {
    if (contents.empty() || contents.size() > max_record_size) {
        throw Error(Status::invalid_argument, "the record " + name.file_name() + " would have " +
                                                  std::to_string(contents.size()) + " bytes; it must have 1 to " +
                                                  std::to_string(max_record_size));
    }
    const Counted counted{*this};
    index.change(name, contents, [&] {
        if (check) {
            const auto present = read_record_file(fs, path(name));
            (*check)(present ? std::optional(present->contents) : std::nullopt);
        }
        base::write_atomically(fs, path(name), contents, mode, if_exists);
    });
}

std::uint64_t Store::Body::stamp_changes() noexcept {
    try {
        const auto now = stamp_of(fs, directory, 0);
        auto last = seen.lock();
        if (last->stamp != now) {
            last->stamp = now;
            ++last->count;
        }
        return last->count;
    } catch (...) {
        return 0;
    }
}

void Store::create(const RecordName& name, ByteView contents) {
    // The durable write refuses too; asking first spares it the temporary file.
    if (exists(name)) throw Error(Status::already_exists, base::to_utf8(body_->path(name)) + " exists");
    body_->write(name, contents, base::IfExists::refuse);
}

void Store::replace(const RecordName& name, ByteView contents) {
    body_->write(name, contents, base::IfExists::replace);
}

void Store::replace_if(const RecordName& name, ByteView contents, const Check& check) {
    body_->write(name, contents, base::IfExists::replace, &check);
}

void Store::remove(const RecordName& name) {
    const Body::Counted counted{*body_};
    body_->index.change(name, std::nullopt, [&] {
        body_->fs.remove(body_->path(name));
        body_->fs.sync_directory(body_->directory);
    });
}

std::vector<RecordName> Store::list(RecordKind kind) {
    if (kind == RecordKind::key) return keys();
    std::vector<RecordName> names;
    const Term term = kind_term(kind);
    body_->index.query([&](const View& view) {
        names.clear();
        for (const auto slot : view.with_terms({&term, 1})) {
            const auto entry = view.entry(slot);
            if (entry.status == Status::ok) names.push_back(RecordName::parse(entry.file_name));
        }
        std::erase_if(names, [kind](const RecordName& name) { return name.kind() != kind; });
        return false; // there may always be one more
    });
    std::sort(names.begin(), names.end());
    return names;
}

std::optional<RecordName> Store::find_key(std::string_view app, std::string_view ident) {
    // The file name says it all: no index is needed.
    auto name = RecordName::key(app, ident);
    const auto info = body_->fs.info(body_->path(name));
    if (!info || info->kind != base::FileInfo::Kind::file) return std::nullopt;
    return name;
}

std::vector<RecordName> Store::find_by_term(Term term) { return find_by_terms({&term, 1}); }

std::vector<RecordName> Store::find_by_terms(std::span<const Term> terms) {
    if (terms.empty()) return keys();
    std::vector<RecordName> names;
    body_->index.query([&](const View& view) {
        names.clear();
        for (const auto slot : view.with_terms(terms)) collect_key(view.entry(slot), {}, names);
        return !names.empty();
    });
    return names;
}

void Store::search(std::span<const Term> terms, const std::function<void(std::string_view file_name)>& visit) {
    if (changes() != body_->synced.load(std::memory_order_acquire)) refresh();
    // Nothing is told before it is certain that all of it was read well.
    const auto tell = [&](const View& view) {
        std::array<std::string_view, 8> few;
        std::vector<std::string_view> many;
        std::size_t count = 0;
        view.visit_with_terms(terms, [&](View::Slot slot) {
            const auto entry = view.entry(slot);
            if (entry.status != Status::ok) return;
            if (count < few.size()) few[count] = entry.file_name;
            else many.push_back(entry.file_name);
            ++count;
        });
        if (view.is_damaged()) return;
        for (std::size_t i = 0; i < count; ++i) visit(i < few.size() ? few[i] : many[i - few.size()]);
    };
    while (!body_->index.peek(tell)) refresh();
}

void Store::refresh() {
    const auto before = changes();
    body_->index.sync();
    // What sync() itself took over is in the index; what somebody changed meanwhile may not be.
    const auto now = changes();
    body_->synced.store(now == before ? now : before, std::memory_order_release);
}

std::uint64_t Store::changes() noexcept {
    const auto counted = body_->counter ? body_->counter->value() : std::nullopt;
    return (counted ? *counted : body_->stamp_changes()) + body_->index.taken_over();
}

std::vector<RecordName> Store::keys(std::string_view app) {
    std::vector<RecordName> names;
    body_->index.query([&](const View& view) {
        names.clear();
        view.each([&](View::Slot slot) { collect_key(view.entry(slot), app, names); });
        return false;
    });
    std::sort(names.begin(), names.end());
    return names;
}

std::size_t Store::count_keys(std::string_view app) {
    std::size_t count = 0;
    body_->index.query([&](const View& view) {
        count = 0;
        view.each([&](View::Slot slot) { count += is_key(view.entry(slot), app) ? 1 : 0; });
        return false;
    });
    return count;
}

std::vector<Problem> Store::problems() {
    std::vector<Problem> problems;
    body_->index.query([&](const View& view) {
        problems.clear();
        view.each([&](View::Slot slot) {
            const auto entry = view.entry(slot);
            if (entry.status == Status::ok) return;
            problems.push_back({std::string(entry.file_name), entry.status, std::string(entry.text)});
        });
        return false;
    });
    std::sort(problems.begin(), problems.end(),
              [](const Problem& a, const Problem& b) { return a.file_name < b.file_name; });
    return problems;
}

void Store::reindex() { body_->index.reindex(); }

} // namespace hsm::store
