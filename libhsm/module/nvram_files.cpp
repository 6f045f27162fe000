// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/nvram_files.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"

#include <algorithm>
#include <charconv>

namespace hsm::module {

namespace {

constexpr std::uint64_t max_checkpoint = std::uint64_t{64} << 20;
constexpr std::string_view checkpoint_kind = "ckpt", log_kind = "log";

std::string file_name(std::uint64_t generation, std::string_view kind) {
    return "nv." + std::to_string(generation) + "." + std::string(kind);
}

/// The generation that a file belongs to; 0: it is none of NVRAM's.
std::uint64_t generation_of(std::string_view name, std::string_view kind) {
    if (!name.starts_with("nv.") || !name.ends_with(kind)) return 0;
    std::uint64_t number = 0;
    const auto* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + 3, end, number);
    if (parsed.ec != std::errc() || number == UINT64_MAX || name != file_name(number, kind)) return 0;
    return number;
}

} // namespace

base::Path NvramFiles::path(std::uint64_t generation, std::string_view kind) const {
    return home_.facts().path / file_name(generation, kind);
}

std::uint64_t NvramFiles::newest() const {
    std::uint64_t newest = 0;
    for (const auto& name : home_.files().list(home_.facts().path))
        newest = std::max(newest, generation_of(name, checkpoint_kind));
    return newest ? newest : nothing;
}

NvramCheckpoint NvramFiles::read_checkpoint(std::uint64_t generation) {
    const auto name = file_name(generation, checkpoint_kind);
    const auto contents = home_.read_sealed(name, max_checkpoint);
    if (!contents)
        throw Error(Status::record_damaged,
                    "the file '" + name + "' of module " + home_.facts().esn + " is lost; restore the directory");
    auto checkpoint = base::decode<NvramCheckpoint>(contents->view());
    protocol::check_extensions(checkpoint.extensions, "the module's NVRAM");
    return checkpoint;
}

void NvramFiles::adopt(std::uint64_t generation, const NvramCheckpoint& checkpoint) {
    codec_ = std::make_unique<NvramCodec>(home_.derived_key("nvlog", checkpoint.salt));
    log_ = home_.files().open(path(generation, log_kind), base::FileSystem::Open::write);
    first_ = position_ = checkpoint.position;
    mark_ = {};
    table_.load(checkpoint);
    generation_ = generation;
}

void NvramFiles::recover() {
    generation_ = unknown;
    auto& page = home_.page()->nvram;
    const auto generation = newest();
    if (generation == nothing) {
        table_ = {};
        page.generation.store(nothing, std::memory_order_release);
        return;
    }
    const auto checkpoint = read_checkpoint(generation);
    const auto log = home_.files().read(path(generation, log_kind), nvram_log_bytes);
    if (!log || log->size() != nvram_log_bytes)
        throw Error(Status::record_damaged, "the NVRAM log of module " + home_.facts().esn +
                                                " is lost or cut off; restore the "
                                                "module's directory, or initialise the module again");
    adopt(generation, checkpoint);
    generation_ = unknown; // until all of it is read
    const auto found = replay(*log, checkpoint.position, *codec_, table_);
    position_ = found.end;
    mark_ = found.mark;
    if (found.gap)
        base::log::warning("module {}: the NVRAM log ends with writes that a power cut interrupted",
                           home_.facts().esn);
    if (found.end != checkpoint.position) return write_generation(generation + 1, position_);
    remove_others(generation);
    page.tail.store(position_, std::memory_order_relaxed);
    page.durable.store(position_, std::memory_order_relaxed);
    page.named.store(0, std::memory_order_relaxed);
    page.generation.store(generation, std::memory_order_release);
    generation_ = generation;
}

void NvramFiles::erase() {
    const auto generation = newest();
    auto& page = home_.page()->nvram;
    if (generation == nothing) return;
    try {
        if (page.generation.load(std::memory_order_acquire) != unknown) follow();
    } catch (const Error&) {
        // Damaged, or not readable: it goes.
    }
    generation_ = unknown;
    NvramCheckpoint empty;
    empty.capacity = table_.capacity();
    table_.load(empty);
    // Nobody may wait for more than what is durable from now on.
    write_generation(generation + 1, page.tail.load(std::memory_order_acquire));
}

void NvramFiles::follow() {
    auto& page = home_.page()->nvram;
    const auto generation = page.generation.load(std::memory_order_acquire);
    if (generation == nothing) {
        table_ = {};
        generation_ = nothing;
        return;
    }
    if (generation != generation_) adopt(generation, read_checkpoint(generation));
    const auto tail = page.tail.load(std::memory_order_acquire);
    if (tail == position_) return;
    generation_ = unknown; // until all of it is read
    const auto begin = position_;
    Bytes news((tail - begin) * nvram_block);
    news.resize(log_->read_at((begin - first_) * nvram_block, news));
    while (position_ != tail) {
        const auto rest =
            ByteView(news).subspan(std::min<std::size_t>((position_ - begin) * nvram_block, news.size()));
        const auto found = codec_->decode(rest, position_);
        if (!found || found->record.previous != mark_)
            throw Error(Status::record_damaged,
                        "the NVRAM log of module " + home_.facts().esn + " was changed while in use");
        for (const auto& change : found->record.changes) table_.apply(change);
        mark_ = found->mark;
        position_ += found->blocks;
    }
    generation_ = generation;
}

void NvramFiles::append(std::vector<NvramChange> changes) {
    auto& page = home_.page()->nvram;
    NvramRecord record;
    record.changes = std::move(changes);
    NvramMac mark{};
    Bytes slot;
    const auto encode = [&] {
        record.position = position_;
        record.durable = page.durable.load(std::memory_order_acquire);
        record.previous = mark_;
        slot = codec_->encode(record, mark);
    };
    if (generation_ != nothing) encode();
    if (generation_ == nothing || slot.size() / nvram_block > room()) {
        const auto sync = home_.locks().hold(Rank::nvram_sync);
        checkpoint();
        encode();
    }
    if (page.named.load(std::memory_order_acquire) == 0) {
        home_.files().sync_directory(home_.facts().path);
        page.named.store(1, std::memory_order_release);
    }
    log_->write_at((position_ - first_) * nvram_block, slot);
    const auto generation = generation_;
    generation_ = unknown; // should anything below fail, the copy is read anew
    page.tail.store(position_ + slot.size() / nvram_block, std::memory_order_release);
    for (const auto& change : record.changes) table_.apply(change);
    position_ += slot.size() / nvram_block;
    mark_ = mark;
    generation_ = generation;
}

void NvramFiles::checkpoint() { write_generation(generation_ == nothing ? 1 : generation_ + 1, position_); }

void NvramFiles::write_generation(std::uint64_t generation, std::uint64_t position) {
    auto& files = home_.files();
    auto& page = home_.page()->nvram;
    // Should this process die between the commit point and the end, the next one has to look at the disk.
    const auto before = page.generation.exchange(unknown, std::memory_order_acq_rel);
    NvramCheckpoint next;
    next.generation = generation;
    next.position = position;
    next.salt = crypto::random_salt();
    table_.save(next);
    try {
        {
            // Written and not only sized: from here on no write to the log needs room or changes where it lies.
            const auto log = files.open(path(generation, log_kind), base::FileSystem::Open::create);
            log->write_at(0, Bytes(nvram_log_bytes));
            log->resize(nvram_log_bytes);
            log->sync_all();
        }
        files.sync_directory(home_.facts().path);
        home_.write_sealed(file_name(generation, checkpoint_kind), base::encode_secret(next));
    } catch (...) {
        withdraw(generation);
        page.generation.store(before, std::memory_order_release);
        throw;
    }
    adopt(generation, next);
    page.tail.store(position, std::memory_order_relaxed);
    page.named.store(1, std::memory_order_relaxed);
    page.durable.store(position, std::memory_order_release);
    page.generation.store(generation, std::memory_order_release);
    remove_others(generation);
}

/// The generation before goes on. It must not be found beside a later one, or what is written to it is lost.
void NvramFiles::withdraw(std::uint64_t generation) noexcept {
    try {
        auto& files = home_.files();
        bool removed = false;
        for (const auto kind : {checkpoint_kind, log_kind}) {
            if (!files.info(path(generation, kind))) continue;
            files.remove(path(generation, kind));
            removed = removed || kind == checkpoint_kind;
        }
        if (removed) files.sync_directory(home_.facts().path);
    } catch (...) {
        home_.page()->failed.store(Failure::nvram_write, std::memory_order_seq_cst);
    }
}

void NvramFiles::remove_others(std::uint64_t generation) noexcept {
    try {
        for (const auto& name : home_.files().list(home_.facts().path))
            for (const auto kind : {checkpoint_kind, log_kind}) {
                const auto number = generation_of(name, kind);
                if (number != 0 && number != generation) home_.files().remove(home_.facts().path / name);
            }
    } catch (const std::exception&) {
        // They are passed over, and go the next time.
    }
}

} // namespace hsm::module
