// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/sp800_108.hpp"

#include "crypto/scheme.hpp"

#include <algorithm>

namespace hsm::crypto {
namespace {

using Kind = KdfSegment::Kind;

std::size_t count(std::span<const KdfSegment> segments, Kind kind) {
    return static_cast<std::size_t>(std::ranges::count(segments, kind, &KdfSegment::kind));
}

void require_sense(Sp800108Mode mode, std::span<const KdfSegment> segments) {
    const bool counts = mode == Sp800108Mode::counter;
    if (count(segments, Kind::iteration) != 1) throw_params("the iteration variable must be given once");
    if (count(segments, Kind::counter) > (counts ? 0 : 1))
        throw_params(counts ? "in counter mode the counter is the iteration variable" : "there are two counters");
    if (count(segments, Kind::length) > 1) throw_params("the length must be given once at most");
    for (const auto& segment : segments) {
        if (segment.kind == Kind::iteration && counts == (segment.width == 0))
            throw_params(counts ? "the counter needs its width" : "the iteration variable has no width in this mode");
    }
}

/// One run of a KDF: feeds the PRF.
class Feeder {
public:
    Feeder(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, std::span<const KdfSegment> segments, std::size_t size)
        : mode_(mode), prf_(prf), segments_(segments), size_(size) {}

    /// Everything, for the call number \p i.
    void all(std::uint64_t i, ByteView chain) const {
        for (const auto& segment : segments_) {
            if (segment.kind == Kind::counter || (segment.kind == Kind::iteration && mode_ == Sp800108Mode::counter)) {
                number(segment, i);
            } else if (segment.kind == Kind::iteration) {
                prf_.update(chain);
            } else {
                constant(segment);
            }
        }
    }

    /// The input that does not change: A(0) of the double pipeline.
    void fixed() const {
        for (const auto& segment : segments_) constant(segment);
    }

private:
    void constant(const KdfSegment& segment) const {
        if (segment.kind == Kind::bytes) prf_.update(segment.bytes);
        if (segment.kind != Kind::length) return;
        const auto block = prf_.output_length();
        const auto bytes = segment.sum == KdfSegment::Sum::keys ? size_ : (size_ + block - 1) / block * block;
        number(segment, std::uint64_t{bytes} * 8);
    }

    void number(const KdfSegment& segment, std::uint64_t value) const {
        if (segment.width < 64 && value >> segment.width != 0) {
            throw_params("a counter or length of " + std::to_string(segment.width) + " bits is too narrow for this key");
        }
        const std::size_t size = segment.width / 8;
        std::array<std::uint8_t, 8> bytes{};
        for (std::size_t i = 0; i < size; ++i)
            bytes[segment.little_endian ? i : size - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
        prf_.update(std::span(bytes).first(size));
    }

    Sp800108Mode mode_;
    Botan::MessageAuthenticationCode& prf_;
    std::span<const KdfSegment> segments_;
    std::size_t size_;
};

/// HMAC with the hash, or CMAC when the base key is an AES or triple-DES key and no hash is given.
std::unique_ptr<Botan::MessageAuthenticationCode> make_prf(const KeyState& key, const Mechanism& mechanism) {
    if (mechanism.hash != Hash::none) return make_hmac(mechanism.hash, key.raw.view());
    if (key.spec.type != KeyType::aes && key.spec.type != KeyType::des3) {
        throw_params("SP 800-108 with this type of key needs a hash function");
    }
    auto prf = Botan::MessageAuthenticationCode::create_or_throw("CMAC(" + key.cipher + ")");
    prf->set_key(key.raw.view());
    return prf;
}

} // namespace

void sp800_108(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, std::span<const KdfSegment> segments, ByteView iv,
               std::span<std::uint8_t> out) {
    require_sense(mode, segments);
    const Feeder feed(mode, prf, segments, out.size());
    Botan::secure_vector<std::uint8_t> chain(iv.begin(), iv.end()); // K(i-1) of feedback, A(i) of pipeline
    Botan::secure_vector<std::uint8_t> block(prf.output_length());
    std::size_t done = 0;
    for (std::uint64_t i = 1; done < out.size(); ++i) {
        if (mode == Sp800108Mode::pipeline) {
            if (i == 1) {
                feed.fixed();
            } else {
                prf.update(chain);
            }
            chain = prf.final();
        }
        feed.all(i, chain);
        prf.final(block);
        const auto size = std::min(block.size(), out.size() - done);
        std::copy_n(block.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += size;
        if (mode == Sp800108Mode::feedback) chain = block;
    }
}

void sp800_108(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, ByteView label, ByteView context, ByteView iv,
               std::span<std::uint8_t> out) {
    static constexpr std::array<std::uint8_t, 1> separator{};
    const auto data = [](ByteView bytes) { return KdfSegment{.bytes = bytes}; };
    const KdfSegment counter{.kind = Kind::counter, .width = 32, .bytes = {}};
    const KdfSegment iteration{.kind = Kind::iteration,
                               .width = static_cast<std::uint8_t>(mode == Sp800108Mode::counter ? 32 : 0),
                               .bytes = {}};
    const KdfSegment length{.kind = Kind::length, .width = 32, .bytes = {}};
    const std::array all{iteration, counter, data(label), data(separator), data(context), length};
    const std::array without{iteration, data(label), data(separator), data(context), length};
    sp800_108(mode, prf, mode == Sp800108Mode::counter ? std::span<const KdfSegment>(without) : all, iv, out);
}

Secret derive_sp800_108(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const auto prf = make_prf(key, mechanism);
    Secret out(derived_size(mechanism));
    auto mode = Sp800108Mode::counter;
    if (mechanism.id == MechanismId::sp800_108_feedback) mode = Sp800108Mode::feedback;
    if (mechanism.id == MechanismId::sp800_108_pipeline) mode = Sp800108Mode::pipeline;
    if (mode != Sp800108Mode::feedback && !mechanism.iv.empty()) throw_params("only feedback mode takes an iv");
    if (mechanism.segments.empty()) {
        sp800_108(mode, *prf, mechanism.label, mechanism.context, mechanism.iv, out.mutable_view());
        return out;
    }
    if (!mechanism.label.empty() || !mechanism.context.empty())
        throw_params("segments hold label and context themselves");
    const auto segments = decode_segments(mechanism.segments);
    sp800_108(mode, *prf, segments, mechanism.iv, out.mutable_view());
    return out;
}

} // namespace hsm::crypto
