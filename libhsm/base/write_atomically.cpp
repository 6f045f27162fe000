// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/file_system.hpp>
#include <base/temporary_name.hpp>

#include <random>

namespace hsm::base {

namespace {

// The error that brought us here matters more than one of this.
void remove_if_possible(FileSystem& fs, const Path& path) noexcept {
    try {
        fs.remove(path);
    } catch (const Error&) {
    }
}

// Removes the temporary file unless it became the real one.
class Temporary {
public:
    Temporary(FileSystem& fs, const Path& target, FileMode mode) : fs_(fs) {
        // The name is random, so a second try is for somebody who guesses; more than a few are a fault.
        for (int tries = 0;; ++tries) {
            path_ = target.parent_path() / temporary_name();
            try {
                file_ = fs_.open(path_, FileSystem::Open::create_new, mode);
                return;
            } catch (const Error& error) {
                if (error.status() != Status::already_exists || tries == 3) throw;
            }
        }
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (renamed_) return;
        file_.reset();
        remove_if_possible(fs_, path_); // the store removes stale temporaries
    }

    void fill(ByteView contents) {
        file_->write_at(0, contents);
        file_->sync_all(); // before the rename: else the name may survive a power cut and the contents not
        file_.reset();
    }

    void become(const Path& target, IfExists if_exists) {
        if (if_exists == IfExists::replace)
            fs_.rename(path_, target);
        else
            fs_.rename_new(path_, target);
        renamed_ = true;
    }

private:
    FileSystem& fs_;
    Path path_;
    std::unique_ptr<File> file_;
    bool renamed_ = false;
};

} // namespace

std::string temporary_name() {
    // The system's generator at every call: nothing that a forked child would repeat.
    std::random_device random;
    const std::uint32_t words[2] = {random(), random()};
    return std::string(temporary_prefix) +
           to_hex({reinterpret_cast<const std::uint8_t*>(words), sizeof words});
}

void write_atomically(FileSystem& fs, const Path& path, ByteView contents, FileMode mode,
                      IfExists if_exists) {
    Temporary temporary(fs, path, mode);
    temporary.fill(contents);
    temporary.become(path, if_exists);
    try {
        fs.sync_directory(path.parent_path());
    } catch (...) {
        // What was replaced cannot come back: a power cut leaves the one or the other, both whole. But a new name goes.
        if (if_exists == IfExists::refuse) remove_if_possible(fs, path);
        throw;
    }
}

} // namespace hsm::base
