// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/snapshot.hpp>

#include <algorithm>
#include <tuple>

namespace hsm::store {

namespace {

struct Posting {
    Term term;
    std::uint32_t row;
    auto operator<=>(const Posting&) const = default;
};

/// A row to be: of the base, or added.
struct Source {
    std::uint64_t hash;
    std::string_view name;
    std::uint32_t at;
    bool is_added;
};

constexpr std::uint32_t nowhere = 0xffffffffu;

std::vector<Source> sources_of(const Snapshot& base, const std::vector<bool>& dead, const Entries& added,
                               const std::vector<bool>& dropped) {
    std::vector<Source> sources;
    sources.reserve(base.size() + added.size());
    for (std::uint32_t i = 0; i < base.size(); ++i) {
        if (dead[i]) continue;
        const auto name = base.entry(i).file_name;
        sources.push_back({name_hash(name), name, i, false});
    }
    const auto middle = static_cast<std::ptrdiff_t>(sources.size());
    for (std::uint32_t i = 0; i < added.size(); ++i) {
        if (dropped[i]) continue;
        const auto name = added.entry(i).file_name;
        sources.push_back({name_hash(name), name, i, true});
    }
    const auto before = [](const Source& a, const Source& b) {
        return std::tie(a.hash, a.name) < std::tie(b.hash, b.name);
    };
    std::sort(sources.begin() + middle, sources.end(), before);
    std::inplace_merge(sources.begin(), sources.begin() + middle, sources.end(), before);
    return sources;
}

} // namespace

std::uint64_t Snapshot::Shape::body_size() const noexcept {
    return starts() * sizeof(std::uint32_t) + std::uint64_t(rows) * sizeof(Row) +
           std::uint64_t(terms) * (sizeof(Term) + sizeof(std::uint32_t)) + strings;
}

Snapshot::Snapshot(Shape shape, std::shared_ptr<Body> body) : body_(std::move(body)) {
    // Every array's size keeps the alignment of 64-bit numbers for the next one; an odd number of starts would not.
    static_assert(((std::size_t{1} << front_bits) + 2) % 2 == 0);
    const auto* p = body_->data();
    starts_ = {reinterpret_cast<const std::uint32_t*>(p), shape.starts()};
    p += starts_.size_bytes();
    rows_ = {reinterpret_cast<const Row*>(p), shape.rows};
    p += rows_.size_bytes();
    terms_ = {reinterpret_cast<const Term*>(p), shape.terms};
    p += terms_.size_bytes();
    rows_of_terms_ = {reinterpret_cast<const std::uint32_t*>(p), shape.terms};
    p += rows_of_terms_.size_bytes();
    strings_ = {reinterpret_cast<const char*>(p), static_cast<std::size_t>(shape.strings)};
}

Snapshot Snapshot::build(const Snapshot& base, const std::vector<bool>& dead, const Entries& added,
                         const std::vector<bool>& dropped) {
    base.need_all();
    if (base.is_damaged()) throw Error(Status::record_damaged, "the index was changed while it was read");
    const auto sources = sources_of(base, dead, added, dropped);

    // Where each old row goes. Rows keep their order, so the old postings stay sorted when they are renumbered.
    std::vector<std::uint32_t> moved(base.size(), nowhere);
    std::vector<Posting> postings;
    std::uint64_t strings = 0;
    for (std::uint32_t i = 0; i < sources.size(); ++i) {
        const auto& source = sources[i];
        const auto entry = source.is_added ? added.entry(source.at) : base.entry(source.at);
        strings += entry.file_name.size() + entry.text.size();
        if (!source.is_added) {
            moved[source.at] = i;
            continue;
        }
        for (const auto term : added.terms(source.at)) postings.push_back({term, i});
    }
    std::sort(postings.begin(), postings.end());
    postings.erase(std::unique(postings.begin(), postings.end()), postings.end());
    const auto middle = static_cast<std::ptrdiff_t>(postings.size());
    for (std::size_t i = 0; i < base.terms_.size(); ++i) {
        const auto old = base.rows_of_terms_[i];
        const auto row = old < moved.size() ? moved[old] : nowhere;
        if (row != nowhere) postings.push_back({base.terms_[i], row});
    }
    std::inplace_merge(postings.begin(), postings.begin() + middle, postings.end());

    Shape shape;
    shape.rows = static_cast<std::uint32_t>(sources.size());
    shape.terms = static_cast<std::uint32_t>(postings.size());
    shape.strings = strings;
    Snapshot out(shape, std::make_shared<Body>(static_cast<std::size_t>(shape.body_size())));
    auto* rows = const_cast<Row*>(out.rows_.data());
    auto* text = const_cast<char*>(out.strings_.data());
    std::uint32_t at = 0;
    for (const auto& source : sources) {
        const auto entry = source.is_added ? added.entry(source.at) : base.entry(source.at);
        *rows++ = Row{source.hash, entry.identity.inode, entry.identity.ctime_ns, entry.identity.size, at,
                      static_cast<std::uint16_t>(entry.file_name.size()), static_cast<std::uint16_t>(entry.text.size()),
                      static_cast<std::uint16_t>(entry.status), {}};
        for (const auto part : {entry.file_name, entry.text}) {
            std::copy(part.begin(), part.end(), text + at);
            at += static_cast<std::uint32_t>(part.size());
        }
    }
    auto* terms = const_cast<Term*>(out.terms_.data());
    auto* rows_of_terms = const_cast<std::uint32_t*>(out.rows_of_terms_.data());
    for (const auto& posting : postings) {
        *terms++ = posting.term;
        *rows_of_terms++ = posting.row;
    }
    if (out.starts_.empty()) return out;
    auto* starts = const_cast<std::uint32_t*>(out.starts_.data());
    std::uint32_t i = 0;
    for (Term front = 0; front < Term{1} << front_bits; ++front) {
        while (i < postings.size() && postings[i].term >> (64 - front_bits) < front) ++i;
        *starts++ = i;
    }
    starts[0] = starts[1] = shape.terms; // the second one is padding
    return out;
}

std::string_view Snapshot::string(std::uint64_t at, std::size_t size) const noexcept {
    if (at > strings_.size()) return {};
    const auto found = strings_.substr(static_cast<std::size_t>(at), size);
    need(found.data(), found.size());
    return found;
}

ByteView Snapshot::body() const noexcept {
    need_all();
    return body_ ? ByteView(body_->data(), body_->size()) : ByteView();
}

Entry Snapshot::entry(std::size_t row) const noexcept {
    const auto& r = at(rows_, row);
    return {name(r), {r.inode, r.ctime_ns, r.size}, static_cast<Status>(r.status),
            string(std::uint64_t(r.strings_at) + r.name_size, r.text_size)};
}

template <class T, class Number, class Of>
std::size_t Snapshot::bound(std::span<const T> array, std::size_t low, std::size_t high, Number wanted, bool above,
                            Of of) const noexcept {
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto number = of(at(array, middle));
        if (number < wanted || (above && number == wanted)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::size_t Snapshot::first_row(std::uint64_t hash) const noexcept {
    // Hashes are spread evenly: the row is near its hash's share of the table, which spares most of the search's
    // far jumps. Where it is not, everything is searched.
    constexpr std::size_t reach = 512;
    const auto share = static_cast<std::size_t>(static_cast<double>(hash) / 0x1p64 * static_cast<double>(rows_.size()));
    std::size_t low = share > reach ? share - reach : 0;
    std::size_t high = std::min(share + reach, rows_.size());
    if (low > 0 && (low >= rows_.size() || at(rows_, low).name_hash >= hash)) low = 0;
    if (high < rows_.size() && at(rows_, high).name_hash < hash) high = rows_.size();
    return bound(rows_, low, high, hash, false, [](const Row& row) { return row.name_hash; });
}

std::optional<std::size_t> Snapshot::find(std::string_view file_name, std::uint64_t hash) const noexcept {
    for (auto row = first_row(hash); row < rows_.size() && at(rows_, row).name_hash == hash; ++row) {
        if (name(rows_[row]) == file_name) return row;
    }
    return std::nullopt;
}

std::span<const std::uint32_t> Snapshot::rows_with(Term term) const noexcept {
    // As in first_row: terms are hashes, so the first one is near its share of the table, or of the part with its top bits,
    // which frequent terms elsewhere do not push away.
    constexpr std::size_t reach = 64;
    std::size_t begin = 0, end = terms_.size();
    double share = static_cast<double>(term) / 0x1p64;
    if (!starts_.empty()) {
        const auto front = static_cast<std::size_t>(term >> (64 - front_bits));
        begin = at(starts_, front);
        end = std::min<std::size_t>(at(starts_, front + 1), terms_.size());
        share = static_cast<double>(term << front_bits) / 0x1p64;
    }
    if (begin >= end) return {};
    const auto guess = begin + static_cast<std::size_t>(share * static_cast<double>(end - begin));
    std::size_t low = guess > begin + reach ? guess - reach : begin;
    std::size_t high = std::min(guess + reach, end);
    if (low > begin && (low >= end || at(terms_, low) >= term)) low = begin;
    if (high < end && at(terms_, high) <= term) high = end;
    const auto itself = [](Term t) { return t; };
    const auto first = bound(terms_, low, high, term, false, itself);
    auto last = first; // most terms have one row, a few have nearly all
    for (int i = 0; i < 4 && last != high && at(terms_, last) == term; ++i) ++last;
    if (last != high && at(terms_, last) == term) last = bound(terms_, last, high, term, true, itself);
    if (first == last) return {};
    const auto rows = rows_of_terms_.subspan(first, last - first);
    need(rows.data(), rows.size_bytes());
    return rows;
}

Snapshot::Shape Snapshot::shape() const noexcept {
    return {static_cast<std::uint32_t>(rows_.size()), static_cast<std::uint32_t>(terms_.size()), strings_.size()};
}

} // namespace hsm::store
