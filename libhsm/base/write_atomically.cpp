// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/file_system.hpp>
#include <base/temporary_name.hpp>

#include <random>

namespace hsm::base {

namespace {

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
        try {
            fs_.remove(path_);
        } catch (const Error&) {
            // The error that brought us here matters more; the store removes stale temporaries.
        }
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
    // The one step after which an error leaves it open which contents a power cut will leave; both are whole.
    fs.sync_directory(path.parent_path());
}

} // namespace hsm::base
