// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/mechanism.hpp>

/// \file
/// The segments of an SP 800-108 derivation as the bytes that a Mechanism carries.

namespace hsm {

namespace {

constexpr std::size_t most_segments = 64;
constexpr std::size_t segment_header = 8; ///< kind, width, endianness, sum, length of the bytes

[[noreturn]] void refuse_segments() {
    throw Error(Status::mechanism_params_invalid, "these segments are not ones of an SP 800-108 derivation");
}

bool makes_sense(const KdfSegment& segment) {
    const bool whole = segment.width % 8 == 0;
    switch (segment.kind) {
    case KdfSegment::Kind::iteration: return whole && segment.width <= 32 && segment.bytes.empty();
    case KdfSegment::Kind::counter: return whole && segment.width >= 8 && segment.width <= 32 && segment.bytes.empty();
    case KdfSegment::Kind::length:
        return whole && segment.width >= 8 && segment.width <= 64 && segment.sum <= KdfSegment::Sum::blocks &&
               segment.bytes.empty();
    case KdfSegment::Kind::bytes: return segment.width == 0 && segment.bytes.size() <= 0xffffff;
    }
    return false;
}

} // namespace

Bytes encode_segments(std::span<const KdfSegment> segments) {
    Bytes out;
    if (segments.empty() || segments.size() > most_segments) refuse_segments();
    for (const auto& segment : segments) {
        if (!makes_sense(segment)) refuse_segments();
        out.insert(out.end(), {static_cast<std::uint8_t>(segment.kind), segment.width,
                               static_cast<std::uint8_t>(segment.little_endian ? 1 : 0),
                               static_cast<std::uint8_t>(segment.sum)});
        for (int shift = 24; shift >= 0; shift -= 8)
            out.push_back(static_cast<std::uint8_t>(segment.bytes.size() >> shift));
        out.insert(out.end(), segment.bytes.begin(), segment.bytes.end());
    }
    return out;
}

std::vector<KdfSegment> decode_segments(ByteView encoded) {
    std::vector<KdfSegment> segments;
    while (!encoded.empty()) {
        if (encoded.size() < segment_header || segments.size() == most_segments) refuse_segments();
        KdfSegment segment;
        segment.kind = static_cast<KdfSegment::Kind>(encoded[0]);
        segment.width = encoded[1];
        segment.little_endian = encoded[2] == 1;
        segment.sum = static_cast<KdfSegment::Sum>(encoded[3]);
        std::size_t size = 0;
        for (std::size_t i = 4; i < segment_header; ++i) size = size << 8 | encoded[i];
        if (encoded[2] > 1 || size > encoded.size() - segment_header) refuse_segments();
        segment.bytes = encoded.subspan(segment_header, size);
        if (!makes_sense(segment)) refuse_segments();
        encoded = encoded.subspan(segment_header + size);
        segments.push_back(segment);
    }
    if (segments.empty()) refuse_segments();
    return segments;
}

} // namespace hsm
