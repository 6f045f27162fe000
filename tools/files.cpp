// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "files.hpp"

#include "console.hpp"
#include "system.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace hsm::tools {

namespace {

struct ErrnoRow {
    int number;
    Status status;
    std::string_view advice;
};

constexpr ErrnoRow errno_table[] = {
    {ENOENT, Status::not_found, "check the name"},
    {ENOTDIR, Status::not_found, "check the name"},
    {EACCES, Status::permission_denied, "check the permissions of the file and its directory"},
    {EPERM, Status::permission_denied, "check the permissions of the file and its directory"},
    {EROFS, Status::read_only, "choose a place that can be written"},
    {ENOSPC, Status::disk_full, "make room and try again"},
#ifdef EDQUOT
    {EDQUOT, Status::disk_full, "make room and try again"},
#endif
    {EFBIG, Status::disk_full, "choose a file system that takes larger files"},
    {EISDIR, Status::invalid_argument, "name a file, not a directory"},
    {EEXIST, Status::already_exists, "choose another name"},
    {EBADF, Status::invalid_argument, "name an open file descriptor"},
};

} // namespace

std::filesystem::path to_path(std::string_view utf8) {
    return {std::u8string_view(reinterpret_cast<const char8_t*>(utf8.data()), utf8.size())};
}

std::string to_text(const std::filesystem::path& path) {
    const auto text = path.u8string();
    return {reinterpret_cast<const char*>(text.data()), text.size()};
}

void throw_system_error(int number, std::string_view action, std::string_view name) {
    const auto* row = std::find_if(std::begin(errno_table), std::end(errno_table),
                                   [&](const auto& candidate) { return candidate.number == number; });
    const bool known = row != std::end(errno_table);
    throw Error(known ? row->status : Status::io_error,
                fmt::format("cannot {} {}: {}; {}", action, escaped(name),
                            std::generic_category().message(number),
                            known ? row->advice : "check the device"));
}

InputFile::InputFile(const std::string& name)
    : name_(name == "-" ? "standard input" : name), owned_(name != "-") {
    descriptor_ = owned_ ? system::open_read(to_path(name)) : system::standard_input;
    if (descriptor_ < 0) throw_system_error(errno, "read", name_);
}

InputFile::~InputFile() {
    if (owned_) system::close(descriptor_);
}

std::size_t InputFile::read_some(std::span<std::uint8_t> to) {
    const auto count = system::read(descriptor_, to);
    if (count < 0) throw_system_error(errno, "read", name_);
    return static_cast<std::size_t>(count);
}

ByteView InputFile::next() {
    buffer_.resize(chunk_size);
    std::size_t filled = 0;
    while (filled < buffer_.size()) { // a pipe gives small pieces: fill up, so that the module sees few calls
        const auto count = read_some(std::span(buffer_).subspan(filled));
        if (count == 0) break;
        filled += count;
    }
    return ByteView(buffer_).first(filled);
}

Bytes InputFile::all(std::size_t limit) {
    Bytes whole;
    for (auto piece = next(); !piece.empty(); piece = next()) {
        if (whole.size() + piece.size() > limit) {
            throw Error(Status::invalid_argument,
                        fmt::format("{} has more than {} bytes; this operation takes its data in one piece: "
                                    "use a smaller file or a mechanism with a hash",
                                    escaped(name_), limit));
        }
        whole.insert(whole.end(), piece.begin(), piece.end());
    }
    return whole;
}

Secret InputFile::all_secret(std::size_t limit) {
    Secret buffer(limit + 1);
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const auto count = read_some(buffer.mutable_view().subspan(filled));
        if (count == 0) return Secret(buffer.view().first(filled));
        filled += count;
    }
    throw Error(Status::invalid_argument,
                fmt::format("{} is too large to be a key; check the file", escaped(name_)));
}

OutputFile::OutputFile(const std::string& name, Privacy privacy, bool binary)
    : name_(name), standard_(name == "-") {
    if (standard_) {
        if (binary && system::is_terminal(system::standard_output)) {
            throw Error(Status::invalid_argument,
                        "will not write binary data to a terminal; use --output FILE, or a pipe");
        }
        return;
    }
    target_ = to_path(name);
    std::error_code failure;
    const auto kind = std::filesystem::status(target_, failure).type();
    if (kind == std::filesystem::file_type::directory) throw_system_error(EISDIR, "write", name_);
    if (kind != std::filesystem::file_type::not_found && kind != std::filesystem::file_type::regular) {
        descriptor_ = system::open_existing_write(target_);
        if (descriptor_ < 0) throw_system_error(errno, "write", name_);
        return;
    }
    if (kind == std::filesystem::file_type::regular) { // follow a link, and keep it
        const auto resolved = std::filesystem::canonical(target_, failure);
        if (!failure) target_ = resolved;
    }
    temporary_ = target_;
    temporary_ += fmt::format(".{}.tmp", system::process_id());
    descriptor_ = system::create_new(temporary_, privacy == Privacy::owner_only);
    if (descriptor_ < 0) {
        const int number = errno;
        temporary_.clear();
        throw_system_error(number, "write", name_);
    }
    system::remove_on_signal(temporary_);
}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) system::close(descriptor_);
    if (!temporary_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(temporary_, ignored);
        system::remove_on_signal({});
    }
}

void OutputFile::write(ByteView data) {
    if (standard_) return write_data(data);
    while (!data.empty()) {
        const auto count = system::write(descriptor_, data.first(std::min(data.size(), chunk_size)));
        if (count < 0 && errno == EPIPE) throw BrokenPipe{};
        if (count < 0) throw_system_error(errno, "write", name_);
        data = data.subspan(static_cast<std::size_t>(count));
    }
}

void OutputFile::commit() {
    if (standard_) return flush();
    const bool synced = temporary_.empty() || system::sync(descriptor_);
    const int number = errno;
    const bool closed = system::close(std::exchange(descriptor_, -1));
    if (!synced) throw_system_error(number, "write", name_);
    if (!closed) throw_system_error(errno, "write", name_);
    if (temporary_.empty()) return;
    if (!system::replace(temporary_, target_)) throw_system_error(errno, "write", name_);
    temporary_.clear();
    system::remove_on_signal({});
}

} // namespace hsm::tools
