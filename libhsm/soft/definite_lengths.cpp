// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "soft/definite_lengths.hpp"

#include <base/der.hpp>

#include <algorithm>
#include <vector>

namespace hsm::soft {

namespace {

constexpr unsigned most_depth = 32;
constexpr std::uint8_t constructed = 0x20, octets = 0x04;

[[noreturn]] void broken() { throw Error(Status::invalid_data, "the key file is damaged"); }

/// An element with the elements in it; a leaf has a view of its contents.
struct Node {
    std::uint8_t tag = 0;
    ByteView contents;
    std::vector<Node> children;
};

struct Parser {
    ByteView left;

    std::uint8_t take() {
        if (left.empty()) broken();
        const auto byte = left.front();
        left = left.subspan(1);
        return byte;
    }

    [[nodiscard]] bool at_end_marker() const { return left.size() >= 2 && left[0] == 0 && left[1] == 0; }

    Node element(unsigned depth) {
        if (depth > most_depth) broken();
        Node node;
        node.tag = take();
        if ((node.tag & 0x1f) == 0x1f) broken(); // no long tags in key files
        const auto first = take();
        if (first == 0x80) {
            if (!(node.tag & constructed)) broken();
            while (!at_end_marker()) node.children.push_back(element(depth + 1));
            left = left.subspan(2);
        } else {
            std::size_t length = first;
            if (first > 0x80) {
                if (first > 0x84) broken();
                length = 0;
                for (unsigned n = first & 0x7f; n > 0; --n) length = length << 8 | take();
            }
            if (length > left.size()) broken();
            node.contents = left.first(length);
            left = left.subspan(length);
            if (node.tag & constructed) {
                Parser inner{node.contents};
                while (!inner.left.empty()) node.children.push_back(inner.element(depth + 1));
            }
        }
        return node;
    }
};

/// The contents of a string that may be in pieces, appended.
void gather(const Node& node, std::span<std::uint8_t> to, std::size_t& used) {
    if (node.tag != octets && node.tag != (octets | constructed)) broken();
    if (to.size() - used < node.contents.size()) broken();
    if (node.children.empty()) {
        std::copy(node.contents.begin(), node.contents.end(), to.begin() + static_cast<std::ptrdiff_t>(used));
        used += node.contents.size();
    }
    for (const auto& child : node.children) gather(child, to, used);
}

void write(const Node& node, std::size_t limit, base::der::Writer& out) {
    if (node.tag == (octets | constructed)) {
        Secret whole(limit);
        std::size_t used = 0;
        for (const auto& child : node.children) gather(child, whole.mutable_view(), used);
        return out.octets(octets, whole.view().first(used));
    }
    if (!(node.tag & constructed)) return out.octets(node.tag, node.contents);
    const auto before = out.written();
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) write(*child, limit, out);
    out.header(node.tag, out.written() - before);
}

} // namespace

Secret with_definite_lengths(ByteView ber) {
    Parser parser{ber};
    const auto root = parser.element(0);
    if (!parser.left.empty()) broken();
    Secret buffer(2 * ber.size() + 16); // a definite length is at most two bytes longer than an indefinite one
    base::der::Writer out(buffer.mutable_view());
    write(root, ber.size(), out);
    return Secret(buffer.view().last(out.written()));
}

} // namespace hsm::soft
