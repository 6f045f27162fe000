// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/clock.hpp>
#include <base/file_system.hpp>
#include <store/changes.hpp>
#include <store/record_name.hpp>
#include <store/term.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// The store: the records of one key management data directory. Bytes and names only; what is inside a record is for
/// others to make and to judge.
///
/// Every record is one file that is replaced atomically. Copying record files into the directory, out of it or away
/// with any tool is supported while programs run, except overwriting a record *in place* (`cp new existing`), which
/// changes neither the directory's times: its contents are read correctly at once, but terms that changed are found
/// only after the record was read once, or after reindex().

namespace hsm::store {

/// A file that claims to be a record and is not usable, and why.
struct Problem {
    std::string file_name;
    Status status = Status::record_damaged;
    std::string text; ///< one sentence that names the file
};

struct StoreOptions {
    TermExtractor extract;             ///< empty: keys have no terms and are not looked into
    std::uint32_t extract_version = 0; ///< change it with the extractor's terms: an older index is then rebuilt
    base::FileMode record_mode = base::FileMode::private_file;
    std::shared_ptr<ChangeCounter> counter; ///< grows with each change; none: changes() looks at the directory
};

inline constexpr std::uint64_t max_record_size = 1u << 20;

/// Thread-safe; any number of Store objects in any number of processes may use one directory. Holds no file open
/// between calls, so that the directory can be renamed. Constructing one touches nothing on disk; an absent directory
/// reads as empty and refuses writes with not_found.
///
/// All calls throw hsm::Error with io_error, disk_full, permission_denied, read_only or busy, naming the file.
class Store {
public:
    Store(base::FileSystem& fs, base::Clock& clock, base::Path directory, StoreOptions options = {});
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    [[nodiscard]] const base::Path& directory() const noexcept;

    // --- records ---

    /// The record's bytes; nullopt when there is none. Throws record_damaged when the file is empty, larger than
    /// max_record_size or not a regular file (nothing is followed), permission_denied when it cannot be read.
    std::optional<Bytes> read(const RecordName& name);

    /// Whether a file of that name is there, readable or not.
    bool exists(const RecordName& name);

    /// Stores a new record; already_exists when the name is taken. Durable when it returns; when it throws, nothing is
    /// left behind (busy: nothing was tried). One durable write: the index is updated but never synced.
    void create(const RecordName& name, ByteView contents);

    /// Stores a record over an existing one, or a new one. Durable when it returns; when it throws, the old contents
    /// stand.
    void replace(const RecordName& name, ByteView contents);

    /// Looks at what is there, with no other libhsm writer in between, and stores over it unless \p check throws.
    /// \p check gets nullopt when there is nothing (any more).
    using Check = std::function<void(const std::optional<Bytes>& present)>;
    void replace_if(const RecordName& name, ByteView contents, const Check& check);

    /// Removes a record, durably. not_found when there is none.
    void remove(const RecordName& name);

    // --- finding: from the index; what cannot be used is left out and listed by problems() ---

    /// All records of a kind, sorted by name.
    std::vector<RecordName> list(RecordKind kind);

    /// The key of that application name and ident, when there is one. Throws invalid_argument as RecordName::key.
    std::optional<RecordName> find_key(std::string_view app, std::string_view ident);

    /// The keys that have the term, or all of the terms, in no order. No terms: all keys. A record that was changed
    /// in place by a foreign tool may no longer match: compare after reading it.
    std::vector<RecordName> find_by_term(Term term);
    std::vector<RecordName> find_by_terms(std::span<const Term> terms);

    /// Calls \p visit with the file name of each key and data record that has all of the terms (at least one). From
    /// memory, which is brought up to date only when changes() has grown: see refresh(). \p visit must be quick and must
    /// not call the store.
    void search(std::span<const Term> terms, const std::function<void(std::string_view file_name)>& visit);
    /// Looks whether others have put files into the directory or taken them away. One system call when they have not.
    void refresh();
    /// Grows with every change of a record by libhsm, in whatever process, and with every other one that was noticed.
    [[nodiscard]] std::uint64_t changes() noexcept;

    /// The keys of an application, or all, sorted by name.
    std::vector<RecordName> keys(std::string_view app = {});
    std::size_t count_keys(std::string_view app = {});

    /// What is wrong with files that claim to be records. Cheap: no record is read that was looked at before.
    std::vector<Problem> problems();

    /// Reads every record again and rebuilds the index.
    void reindex();

private:
    class Body;
    std::unique_ptr<Body> body_;
};

} // namespace hsm::store
