// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/index.hpp>

#include <algorithm>

namespace hsm::store {

namespace {

constexpr std::uint32_t index_byte = 0; ///< of the lock file
constexpr auto writer_patience = std::chrono::seconds(10);
constexpr auto reader_patience = std::chrono::seconds(2);

/// Two changes may leave the same times on a directory when they are closer than this (FAT counts in steps of 2 s).
constexpr std::int64_t coarsest_tick_s = 2;

constexpr std::int64_t temporary_life_s = 3600;
constexpr std::int64_t second_ns = 1'000'000'000;

/// So many changes are better written as a new snapshot.
bool are_many(std::size_t changes, std::size_t rows) noexcept { return changes > 1024 + rows / 8; }

void apply(View& view, const Change& change) {
    if (change.erased) {
        view.erase(change.entry.file_name);
    } else {
        view.put(change.entry, change.terms);
    }
}

} // namespace

Index::Index(base::FileSystem& fs, base::Clock& clock, base::Path directory, TermExtractor extract,
             std::uint32_t extract_version, base::FileMode mode)
    : fs_(fs), clock_(clock), directory_(std::move(directory)), extract_(std::move(extract)),
      file_(fs, directory_ / ".index", extract_version, mode), boot_(boot_number()) {}

// --- what is to be believed ---

/// Whether enough time has passed since the last listing for another, so that listing takes at most one part in
/// \p share of all time.
bool Index::is_due(const Memory& memory, std::uint64_t share) {
    if (!memory.listed_ms) return true;
    const auto pause = std::max<std::uint64_t>(1000, share * memory.listing_ms);
    return clock_.boot_ms() - *memory.listed_ms >= pause;
}

bool Index::is_believed(const Memory& memory, const std::optional<Stamp>& now) {
    if (!memory.view || !now || memory.stamp != *now || memory.trust == Trust::none) return false;
    return !network_ || !is_due(memory, 10);
}

bool Index::is_doubtful(const Memory& memory) {
    switch (memory.trust) {
    case Trust::settled: return false;
    case Trust::own: return is_due(memory, 50);
    case Trust::young: break;
    case Trust::none: return memory.view != nullptr;
    }
    // A listing that took its time is not made again at once: several searches in a row would each wait for one.
    constexpr std::uint64_t long_ms = 10;
    if (memory.listed_ms && memory.listing_ms >= long_ms && clock_.boot_ms() - *memory.listed_ms < 2 * memory.listing_ms) return false;
    // A change in the future (the clock was set back) would stay young for ever.
    const bool ahead = memory.stamp.ctime_ns / second_ns > clock_.utc_seconds() + coarsest_tick_s;
    return !ahead || is_due(memory, 50);
}

/// Forgets a view of which something was looked at that was not as it was written.
bool Index::is_given_up(Memory& memory) {
    if (!memory.view || !memory.view->is_damaged()) return false;
    read_whole_ = true;
    memory = Memory{};
    return true;
}

void Index::query(const std::function<bool(const View&)>& search) {
    const View nothing;
    const auto now = stamp();
    {
        auto memory = memory_.lock();
        if (is_believed(*memory, now)) {
            const bool complete = search(*memory->view);
            if (!is_given_up(*memory) && (complete || !is_doubtful(*memory))) return;
        }
    }
    refresh(false);
    for (const bool last : {false, true}) {
        {
            auto memory = memory_.lock();
            const bool complete = search(memory->view ? *memory->view : nothing);
            const bool given_up = is_given_up(*memory);
            if (!given_up && (last || complete || !is_doubtful(*memory))) return;
        }
        refresh(true);
    }
    // What a stranger does to the file while it is read is no longer noticed late: it is read as a whole.
    auto memory = memory_.lock();
    search(memory->view ? *memory->view : nothing);
}

void Index::sync() {
    bool list_again = false;
    {
        const auto now = stamp();
        auto memory = memory_.lock();
        list_again = is_doubtful(*memory) && is_due(*memory, 50);
        if (is_believed(*memory, now) && !list_again) return;
    }
    refresh(list_again);
}

// --- reading ---

/// The index lock; none when this user cannot have it (a directory that is only read), or, unless it \p must be, when
/// another process does not let go of it.
Index::Lock Index::lock_index(std::chrono::milliseconds patience, bool must) {
    try {
        auto lock = fs_.lock_file(directory_ / ".index.lock");
        lock->lock(index_byte, base::LockFile::Mode::exclusive, patience);
        return lock;
    } catch (const Error& error) {
        if (must && error.status() == Status::busy) throw;
        return nullptr;
    }
}

void Index::refresh(bool for_miss) {
    const std::lock_guard io(io_);
    const auto lock = lock_index(reader_patience, false);
    const auto now = stamp();
    if (!now) {
        *memory_.lock() = Memory{};
        return;
    }
    network_ = fs_.is_network(directory_);
    if (!is_believed(*memory_.lock(), now)) load(*now);
    bool enough = false;
    {
        auto memory = memory_.lock();
        enough = is_believed(*memory, now) && !(for_miss && is_doubtful(*memory));
    }
    if (!enough) {
        list(lock != nullptr);
    } else {
        tidy(lock != nullptr);
    }
}

/// Takes over what other processes have put into the index file.
void Index::load(const Stamp& now) {
    std::optional<Mark> mark;
    // Without the lock a mark may be read in the middle of being written.
    for (int attempt = 0; attempt < 3 && !mark; ++attempt) mark = file_.read_mark();
    {
        auto memory = memory_.lock();
        if (!mark) {
            memory->position = {};
            return;
        }
        const bool here = memory->view && memory->position.id == mark->position.id;
        if (here && file_.catch_up(*memory->view, memory->position, *mark)) { // damaged: it says no
            const bool moved = memory->position != mark->position;
            if (moved) taken_over_.fetch_add(1, std::memory_order_acq_rel);
            memory->position = mark->position;
            if (moved || mark->stamp == now) {
                memory->stamp = mark->stamp;
                memory->trust = mark->trust;
            }
            return;
        }
        if (here) memory->view = nullptr; // half caught up
        // What the memory alone knows is not given up for a file that does not fit either.
        if (memory->view && memory->position.id == 0 && mark->stamp != now) return;
    }
    Mark read_mark;
    std::optional<View> read;
    for (int attempt = 0; attempt < 3 && !read; ++attempt) read = file_.read(read_mark, read_whole_);
    auto memory = memory_.lock();
    memory->position = {};
    if (!read) return;
    if (memory->view) taken_over_.fetch_add(1, std::memory_order_acq_rel);
    memory->view = std::make_shared<View>(std::move(*read));
    memory->position = read_mark.position;
    memory->stamp = read_mark.stamp;
    memory->trust = read_mark.trust;
}

void Index::list(bool locked) {
    // More than once only while a stranger keeps changing the directory; then the next query goes on.
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto began_s = clock_.utc_seconds();
        const auto began_ms = clock_.boot_ms();
        const auto before = stamp();
        if (!before) {
            *memory_.lock() = Memory{};
            return;
        }
        auto view = memory_.lock()->view;
        if (view) view->snapshot().need_all();
        if (is_given_up(*memory_.lock())) view = nullptr;
        if (!view) view = std::make_shared<View>();
        const auto listing = list_changes(fs_, directory_, *view, extract_);
        if (locked && remove_stale(listing.temporaries)) continue;
        const bool steady = stamp() == before;
        take_in(listing);
        {
            auto memory = memory_.lock();
            const bool old = began_s - before->ctime_ns / second_ns > coarsest_tick_s;
            memory->stamp = *before;
            memory->trust = !steady ? Trust::none : old ? Trust::settled : Trust::young;
            memory->listed_ms = clock_.boot_ms();
            memory->listing_ms = *memory->listed_ms - began_ms;
            if (!locked && listing.size() > 0) memory->position = {};
        }
        if (locked) save(listing);
        if (steady) return;
    }
}

/// Removes what writers left that died long ago. Whether it removed anything, and so changed the directory.
bool Index::remove_stale(const std::vector<std::string>& temporaries) {
    bool removed = false;
    for (const auto& name : temporaries) {
        try {
            const auto info = fs_.info(directory_ / name);
            if (!info || info->kind != base::FileInfo::Kind::file) continue;
            if (clock_.utc_seconds() - info->ctime_ns / second_ns < temporary_life_s) continue;
            fs_.remove(directory_ / name);
            removed = true;
        } catch (const Error&) { // not ours to remove: it stays
        }
    }
    return removed;
}

void Index::take_in(const Listing& listing) {
    const auto old = memory_.lock()->view;
    if (old && listing.size() > 0) taken_over_.fetch_add(1, std::memory_order_acq_rel);
    if (!old || are_many(listing.changed.size(), old->snapshot().size())) {
        // Sorting takes its time: into a copy, while others search the old one.
        auto fresh = std::make_shared<View>(old ? *old : View());
        for (const auto& name : listing.gone) fresh->erase(name);
        fresh->absorb(listing.changed);
        memory_.lock()->view = std::move(fresh);
        return;
    }
    auto memory = memory_.lock();
    for (const auto& name : listing.gone) memory->view->erase(name);
    for (std::size_t i = 0; i < listing.changed.size(); ++i) {
        memory->view->put(listing.changed.entry(i), listing.changed.terms(i));
    }
    if (memory->view->is_loose()) memory->view->compact();
}

// --- writing; with the index lock ---

/// Brings the index file to the state of the memory, which is ahead of it by \p listing or altogether different.
void Index::save(const Listing& listing) {
    try {
        Position position;
        Stamp stamp;
        Trust trust = Trust::none;
        std::size_t rows = 0;
        {
            auto memory = memory_.lock();
            position = memory->position;
            stamp = memory->stamp;
            trust = memory->trust;
            rows = memory->view->snapshot().size();
        }
        auto mark = file_.read_mark();
        if (!mark || position.id == 0 || mark->position != position || are_many(listing.size(), rows)) {
            save_snapshot();
            return;
        }
        if (listing.size() == 0 && mark->stamp == stamp && mark->trust == trust) return;
        std::vector<Change> changes;
        changes.reserve(listing.size());
        for (const auto& name : listing.gone) changes.push_back({true, Entry{name, {}, Status::ok, {}}, {}});
        for (std::size_t i = 0; i < listing.changed.size(); ++i) {
            changes.push_back({false, listing.changed.entry(i), listing.changed.terms(i)});
        }
        mark->stamp = stamp;
        mark->trust = trust;
        file_.append(*mark, changes);
        memory_.lock()->position = mark->position;
    } catch (const Error&) {
        // A full disk or a read-only one: then the index is only in memory.
        memory_.lock()->position = {};
    }
}

void Index::save_snapshot() {
    const auto view = memory_.lock()->view;
    auto fresh = std::make_shared<View>(*view);
    fresh->compact();
    const auto generation = memory_.lock()->position.generation + 1;
    auto mark = file_.write(fresh->snapshot(), generation);
    const auto after = stamp();
    auto memory = memory_.lock();
    memory->view = fresh;
    memory->position = mark.position;
    // Renaming the file changed the directory, and a stranger may have done so in the same moment.
    if (!after || memory->trust == Trust::none) return;
    memory->stamp = *after;
    memory->trust = Trust::young;
    mark.stamp = memory->stamp;
    mark.trust = memory->trust;
    file_.stamp(mark);
}

/// Enters changes that took the directory from \p before to \p after, where that is the next step: in the file, in
/// the memory, in both or in neither. \p trust: none given means that the changes do not alter it.
void Index::enter(std::span<const Change> changes, bool locked, const Stamp& before, const Stamp& after,
                  std::optional<Trust> trust) {
    std::optional<Position> from;
    std::optional<Position> to;
    auto mark = locked ? file_.read_mark() : std::nullopt;
    if (mark && mark->stamp == before && mark->trust != Trust::none) {
        from = mark->position;
        mark->stamp = after;
        mark->trust = trust.value_or(mark->trust);
        try {
            file_.append(*mark, changes);
            to = mark->position;
        } catch (const Error&) { // the file stays behind, and its stamp tells
        }
    }
    {
        auto memory = memory_.lock();
        if (!memory->view || memory->stamp != before || memory->trust == Trust::none) return;
        for (const auto& change : changes) apply(*memory->view, change);
        if (is_given_up(*memory)) return;
        memory->stamp = after;
        memory->trust = trust.value_or(memory->trust);
        const bool both = from && to && memory->position == *from;
        memory->position = both ? *to : Position{};
    }
    tidy(locked);
}

/// Merges the changes of a view, and of its file, when they have become many.
void Index::tidy(bool locked) {
    {
        auto memory = memory_.lock();
        if (!memory->view) return;
        const bool filed = locked && memory->position.id != 0;
        const bool is_long = filed && IndexFile::is_long(memory->position, memory->view->snapshot());
        if (!memory->view->is_loose() && !is_long) return;
        if (!filed) {
            memory->view->snapshot().need_all();
            if (!is_given_up(*memory)) memory->view->compact();
            return;
        }
    }
    try {
        save_snapshot();
    } catch (const Error&) {
        memory_.lock()->position = {};
    }
}

void Index::change(const RecordName& name, std::optional<ByteView> contents, const std::function<void()>& change) {
    std::vector<Term> terms;
    std::string text;
    Entry entry{name.file_name(), {}, Status::ok, {}};
    if (contents) entry = examine_contents(name, {}, *contents, extract_, terms, text);

    const std::lock_guard io(io_);
    const auto lock = lock_index(writer_patience, true);
    const auto before = stamp();
    std::exception_ptr failure;
    try {
        change();
        if (const auto info = contents ? fs_.info(directory_ / name.file_name()) : std::nullopt) {
            entry.identity = identity_of(*info);
        }
    } catch (...) {
        // It may still have changed the directory, by a temporary file for instance.
        failure = std::current_exception();
    }
    try {
        const auto after = stamp();
        const Change done{!contents, entry, terms};
        if (before && after) enter({&done, failure ? 0u : 1u}, lock != nullptr, *before, *after, Trust::own);
    } catch (const Error&) {
        // The change itself was made; that the index does not know it shows from its stamp.
    }
    if (failure) std::rethrow_exception(failure);
}

void Index::notice(const RecordName& name, const RecordFile& file) {
    if (!is_object(name.kind())) return;
    {
        auto memory = memory_.lock();
        if (!memory->view) return;
        const auto slot = memory->view->find(name.file_name());
        if (!slot || memory->view->entry(*slot).identity == file.identity) return;
    }
    // Reading does not wait for anyone: whoever reads it next may enter it instead.
    const std::unique_lock io(io_, std::try_to_lock);
    if (!io.owns_lock()) return;
    const auto lock = lock_index(std::chrono::milliseconds(0), false);
    const auto now = stamp();
    if (!now) return;
    std::vector<Term> terms;
    std::string text;
    const Change changed{false, examine_contents(name, file.identity, file.contents, extract_, terms, text), terms};
    enter({&changed, 1}, lock != nullptr, *now, *now, std::nullopt);
}

void Index::reindex() {
    const std::lock_guard io(io_);
    const auto lock = lock_index(writer_patience, true);
    *memory_.lock() = Memory{};
    network_ = fs_.is_network(directory_);
    list(lock != nullptr);
}

} // namespace hsm::store
