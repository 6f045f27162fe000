// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/exercise.hpp"

#include <algorithm>
#include <array>

namespace hsm::kat {
namespace {

using crypto::Key;
using crypto::Stream;

/// A copy that starts at an odd address.
class Misaligned {
public:
    explicit Misaligned(ByteView data) : bytes_(data.size() + 1) {
        std::copy(data.begin(), data.end(), bytes_.begin() + 1);
    }
    [[nodiscard]] ByteView view() const { return ByteView(bytes_).subspan(1); }

private:
    Bytes bytes_;
};

/// Sizes of first parts that meet every kind of boundary.
constexpr std::array<std::size_t, 5> first_parts{0, 1, 15, 16, 65};

/// Feeds \p data in parts: \p first bytes, then pieces of 1, 2, 3, ... bytes.
void feed(Stream& stream, ByteView data, std::size_t first, Bytes& out) {
    std::size_t size = std::min(first, data.size());
    for (std::size_t next = 1; !data.empty(); ++next) {
        stream.update(data.first(size), out);
        data = data.subspan(size);
        size = std::min(next, data.size());
    }
}

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string differs(const char* way, ByteView got, ByteView expected) {
    if (same(got, expected)) return {};
    return std::string(way) + " gives " + to_hex(got.first(std::min<std::size_t>(got.size(), 48))) +
           " instead of " + to_hex(expected.first(std::min<std::size_t>(expected.size(), 48)));
}

bool in_parts(const Mechanism& mechanism) { return mechanism_row(mechanism.id).multi_part; }

/// Runs a checker; an Error becomes text.
template <class Work>
std::string reported(Work&& work) {
    try {
        return work();
    } catch (const Error& e) {
        return "status " + std::to_string(static_cast<int>(e.status())) + ": " + e.message();
    }
}

std::string crypt_every_way(const Key& key, const Mechanism& mechanism, Action action, ByteView in,
                            ByteView expected) {
    const auto run = action == Action::encrypt ? crypto::encrypt : crypto::decrypt;
    Bytes out;
    for (int round = 0; round < 2; ++round) {
        run(key, mechanism, in, out);
        if (auto problem = differs("one piece", out, expected); !problem.empty()) return problem;
    }
    run(key, mechanism, Misaligned(in).view(), out);
    if (auto problem = differs("misaligned", out, expected); !problem.empty()) return problem;
    if (out.size() > crypto::output_bound(key, mechanism, action, in.size()))
        return "output_bound is too small";
    if (!in_parts(mechanism) || key.spec().type == KeyType::rsa) return {};
    for (const auto first : first_parts) {
        if (first > in.size()) break;
        const auto stream = crypto::open_stream(&key, mechanism, action);
        Bytes parts;
        feed(*stream, in, first, parts);
        stream->finish(parts);
        if (auto problem = differs("in parts", parts, expected); !problem.empty()) return problem;
    }
    return {};
}

} // namespace

std::string try_digest(Hash hash, ByteView data, ByteView expected) {
    return reported([&]() -> std::string {
        Bytes out;
        for (int round = 0; round < 2; ++round) {
            crypto::digest(hash, data, out);
            if (auto problem = differs("one piece", out, expected); !problem.empty()) return problem;
        }
        crypto::digest(hash, Misaligned(data).view(), out);
        if (auto problem = differs("misaligned", out, expected); !problem.empty()) return problem;
        Mechanism mechanism;
        mechanism.id = MechanismId::digest;
        mechanism.hash = hash;
        for (const auto first : first_parts) {
            if (first > data.size()) break;
            auto stream = crypto::open_stream(nullptr, mechanism, Action::sign);
            Bytes parts;
            feed(*stream, data.first(first), 7, parts);
            const auto copy = stream->clone(); // the copy must go on from the same state
            feed(*stream, data.subspan(first), 3, parts);
            stream->finish(parts);
            if (auto problem = differs("in parts", parts, expected); !problem.empty()) return problem;
            parts.clear();
            feed(*copy, data.subspan(first), 64, parts);
            copy->finish(parts);
            if (auto problem = differs("a copied state", parts, expected); !problem.empty()) return problem;
        }
        return {};
    });
}

std::string try_verify(const Key& key, const Mechanism& mechanism, ByteView data, ByteView signature,
                       bool valid) {
    return reported([&]() -> std::string {
        for (int round = 0; round < 2; ++round) {
            if (crypto::verify(key, mechanism, data, signature) != valid) {
                return valid ? "a valid signature is refused" : "an invalid signature is accepted";
            }
        }
        if (crypto::verify(key, mechanism, Misaligned(data).view(), Misaligned(signature).view()) != valid) {
            return "misaligned: the answer is another one";
        }
        if (!in_parts(mechanism)) return {};
        const auto stream = crypto::open_stream(&key, mechanism, Action::verify);
        Bytes none;
        feed(*stream, data, 15, none);
        if (!none.empty()) return "a verification in parts has output";
        if (stream->finish_verify(signature) != valid) return "in parts: the answer is another one";
        return {};
    });
}

std::string try_mac(const Key& key, const Mechanism& mechanism, ByteView data, ByteView tag) {
    return reported([&]() -> std::string {
        Bytes out;
        for (int round = 0; round < 2; ++round) {
            crypto::sign(key, mechanism, data, out);
            if (auto problem = differs("one piece", out, tag); !problem.empty()) return problem;
        }
        crypto::sign(key, mechanism, Misaligned(data).view(), out);
        if (auto problem = differs("misaligned", out, tag); !problem.empty()) return problem;
        if (out.size() > crypto::output_bound(key, mechanism, Action::sign, data.size())) {
            return "output_bound is too small";
        }
        for (const auto first : first_parts) {
            if (first > data.size() || !in_parts(mechanism)) break;
            const auto stream = crypto::open_stream(&key, mechanism, Action::sign);
            Bytes parts;
            feed(*stream, data, first, parts);
            stream->finish(parts);
            if (auto problem = differs("in parts", parts, tag); !problem.empty()) return problem;
        }
        if (auto problem = try_verify(key, mechanism, data, tag, true); !problem.empty()) return problem;
        Bytes wrong = to_bytes(tag);
        wrong[wrong.size() / 2] ^= 0x10;
        return try_verify(key, mechanism, data, wrong, false);
    });
}

std::string try_sign(const Key& private_key, const Mechanism& mechanism, ByteView data) {
    return reported([&]() -> std::string {
        const auto other = crypto::public_half(private_key);
        Bytes out;
        crypto::sign(private_key, mechanism, data, out);
        if (auto problem = try_verify(*other, mechanism, data, out, true); !problem.empty()) return problem;
        if (out.size() > crypto::output_bound(private_key, mechanism, Action::sign, data.size())) {
            return "output_bound is too small";
        }
        if (!in_parts(mechanism)) return {};
        const auto stream = crypto::open_stream(&private_key, mechanism, Action::sign);
        Bytes parts;
        feed(*stream, data, 16, parts);
        stream->finish(parts);
        if (!crypto::verify(*other, mechanism, data, parts)) return "a signature in parts is not valid";
        return {};
    });
}

std::string try_cipher(const Key& key, const Mechanism& mechanism, ByteView plaintext, ByteView ciphertext) {
    return reported([&]() -> std::string {
        auto problem = crypt_every_way(key, mechanism, Action::encrypt, plaintext, ciphertext);
        if (!problem.empty()) return "encrypt: " + problem;
        problem = crypt_every_way(key, mechanism, Action::decrypt, ciphertext, plaintext);
        return problem.empty() ? problem : "decrypt: " + problem;
    });
}

std::string try_decrypt(const Key& key, const Mechanism& mechanism, ByteView plaintext, ByteView ciphertext) {
    return reported([&] { return crypt_every_way(key, mechanism, Action::decrypt, ciphertext, plaintext); });
}

std::string try_undecryptable(const Key& key, const Mechanism& mechanism, ByteView ciphertext) {
    Bytes out(64, 0x5a);
    for (int round = 0; round < 2; ++round) {
        const auto status = status_of([&] { crypto::decrypt(key, mechanism, ciphertext, out); });
        if (status != Status::invalid_data) return "status " + std::to_string(static_cast<int>(status));
        if (!out.empty() && out != Bytes(64, 0x5a)) return "plaintext was left behind";
    }
    if (!in_parts(mechanism) || key.spec().type == KeyType::rsa) return {};
    Bytes parts;
    const auto status = status_of([&] {
        const auto stream = crypto::open_stream(&key, mechanism, Action::decrypt);
        feed(*stream, ciphertext, 16, parts);
        stream->finish(parts);
    });
    if (status != Status::invalid_data) return "in parts: status " + std::to_string(static_cast<int>(status));
    return {};
}

std::string try_derive(const Key& key, const Mechanism& mechanism, ByteView expected, const Key* second) {
    return reported([&]() -> std::string {
        for (int round = 0; round < 2; ++round) {
            const auto secret = crypto::derive(key, mechanism, second);
            if (auto problem = differs("derive", secret.view(), expected); !problem.empty()) return problem;
        }
        return {};
    });
}

} // namespace hsm::kat
