// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/listing.hpp>

#include <base/path_text.hpp>
#include <base/temporary_name.hpp>

#include <new>

namespace hsm::store {

namespace {

/// Such a failure may be gone the next time although the file is the same.
bool is_passing(Status status) noexcept {
    return status == Status::permission_denied || status == Status::io_error || status == Status::busy;
}

/// Runs \p look, which may find that the file cannot be used; the entry then says why.
template <class Look>
Entry judged(std::string_view file_name, const Identity& identity, std::vector<Term>& terms, std::string& text,
             Look look) {
    Status status = Status::ok;
    terms.clear();
    text.clear();
    try {
        look();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const Error& error) {
        status = error.status();
        text = error.message();
    } catch (const std::exception& error) {
        status = Status::record_damaged;
        text = error.what();
    }
    if (status != Status::ok) {
        terms.clear();
        if (text.find(file_name) == std::string::npos) text = std::string(file_name) + ": " + text;
    }
    return {file_name, identity, status, text};
}

void add_terms(RecordKind kind, ByteView contents, const TermExtractor& extract, std::vector<Term>& terms) {
    if (kind != RecordKind::key) terms.push_back(kind_term(kind));
    if (!is_object(kind) || !extract) return;
    TermSink sink(terms);
    extract(contents, sink);
}

} // namespace

Entry examine_contents(const RecordName& name, const Identity& identity, ByteView contents,
                       const TermExtractor& extract, std::vector<Term>& terms, std::string& text) {
    return judged(name.file_name(), identity, terms, text,
                  [&] { add_terms(name.kind(), contents, extract, terms); });
}

Entry examine(base::FileSystem& fs, const base::Path& path, std::string_view file_name, const base::FileInfo& info,
              const TermExtractor& extract, std::vector<Term>& terms, std::string& text) {
    auto identity = identity_of(info);
    auto entry = judged(file_name, identity, terms, text, [&] {
        const auto name = RecordName::parse(file_name);
        check_record_file(path, info);
        if (!is_object(name.kind()) || !extract) {
            add_terms(name.kind(), {}, extract, terms);
            return;
        }
        auto file = read_record_file(fs, path);
        if (!file) throw Error(Status::not_found, base::to_utf8(path) + " was removed just now");
        identity = file->identity;
        add_terms(name.kind(), file->contents, extract, terms);
    });
    entry.identity = identity;
    return entry;
}

Listing list_changes(base::FileSystem& fs, const base::Path& directory, const View& view,
                     const TermExtractor& extract) {
    Listing listing;
    std::vector<bool> present(view.slots());
    std::vector<Term> terms;
    std::string text;
    auto path = directory / "x"; // one path for all: making one costs a quarter of looking at a file
    for (const auto& [name, info] : fs.list_with_info(directory)) {
        if (base::is_temporary_name(name)) listing.temporaries.push_back(name);
        if (!RecordName::looks_like_record(name)) continue;
        const auto slot = view.find(name);
        if (slot) {
            present[*slot] = true;
            const auto known = view.entry(*slot);
            if (known.identity == identity_of(info) && !is_passing(known.status)) continue;
        }
        path.replace_filename(name);
        const auto entry = examine(fs, path, name, info, extract, terms, text);
        listing.changed.add(entry, terms);
    }
    view.each([&](View::Slot slot) {
        if (!present[slot]) listing.gone.emplace_back(view.entry(slot).file_name);
    });
    return listing;
}

} // namespace hsm::store
