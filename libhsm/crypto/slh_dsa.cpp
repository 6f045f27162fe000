// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/slh_dsa.hpp"

#include "crypto/slh_dsa_hashes.hpp"

#include <algorithm>

namespace hsm::crypto {
namespace {

using namespace slh_dsa;

void append(Bytes& to, ByteView from) { to.insert(to.end(), from.begin(), from.end()); }

/// What one signature or verification works with (FIPS 205 5 to 8). Secret values are there when it signs.
class Trees {
public:
    Trees(const Row& row, ByteView public_seed, ByteView secret_seed)
        : row_(row), hashes_(row, public_seed), secret_seed_(secret_seed) {}

    Hashes& hashes() { return hashes_; }

    // FORS.
    Bytes fors_sign(const std::vector<std::uint32_t>& indices, Address at) {
        Bytes out;
        for (std::size_t i = 0; i < row_.k; ++i) {
            const auto first = static_cast<std::uint32_t>(i << row_.a);
            append(out, fors_secret(at, first + indices[i]));
            for (std::uint32_t z = 0; z < row_.a; ++z) {
                const auto sibling = (indices[i] >> z) ^ 1u;
                append(out, fors_node(at, (first >> z) + sibling, z));
            }
        }
        return out;
    }

    Node fors_root(ByteView signature, const std::vector<std::uint32_t>& indices, Address at) {
        Bytes roots;
        for (std::size_t i = 0; i < row_.k; ++i) {
            const auto part = signature.subspan(i * (row_.a + 1) * row_.n, (row_.a + 1) * row_.n);
            auto index = static_cast<std::uint32_t>(i << row_.a) + indices[i];
            at.tree_height(0);
            at.tree_index(index);
            auto node = hashes_.f(at, part.first(row_.n));
            for (std::uint32_t z = 0; z < row_.a; ++z, index >>= 1) {
                const auto other = part.subspan((z + 1) * row_.n, row_.n);
                node = parent(at, z + 1, index >> 1, (index & 1) == 0 ? ByteView(node) : other,
                              (index & 1) == 0 ? other : ByteView(node));
            }
            append(roots, node);
        }
        Address top = at.fresh(AddressType::fors_roots);
        return hashes_.t(top, roots);
    }

    // The hypertree.
    Bytes hypertree_sign(Node root, std::uint64_t tree, std::uint32_t leaf) {
        Bytes out;
        for (std::uint32_t layer = 0; layer < row_.d; ++layer) {
            Address at;
            at.layer(layer);
            at.tree(tree);
            const auto signature = xmss_sign(root, leaf, at);
            append(out, signature);
            if (layer + 1 < row_.d) root = xmss_root(leaf, signature, root, at);
            step(tree, leaf);
        }
        return out;
    }

    Node hypertree_root(Node root, ByteView signature, std::uint64_t tree, std::uint32_t leaf) {
        const auto size = (row_.height() + chains()) * row_.n;
        for (std::uint32_t layer = 0; layer < row_.d; ++layer) {
            Address at;
            at.layer(layer);
            at.tree(tree);
            root = xmss_root(leaf, signature.subspan(layer * size, size), root, at);
            step(tree, leaf);
        }
        return root;
    }

private:
    [[nodiscard]] std::size_t chains() const { return 2 * row_.n + 3; }

    void step(std::uint64_t& tree, std::uint32_t& leaf) const {
        leaf = static_cast<std::uint32_t>(tree & ((std::uint64_t{1} << row_.height()) - 1));
        tree >>= row_.height();
    }

    Node parent(Address& at, std::uint32_t height, std::uint32_t index, ByteView left, ByteView right) {
        at.tree_height(height);
        at.tree_index(index);
        Bytes both = to_bytes(left);
        append(both, right);
        return hashes_.t(at, both);
    }

    Node fors_secret(const Address& at, std::uint32_t index) {
        Address secret = at.fresh(AddressType::fors_secret);
        secret.tree_index(index);
        return hashes_.prf(secret, secret_seed_);
    }

    Node fors_node(Address& at, std::uint32_t index, std::uint32_t height) {
        if (height == 0) {
            const auto secret = fors_secret(at, index);
            at.tree_height(0);
            at.tree_index(index);
            return hashes_.f(at, secret);
        }
        const auto left = fors_node(at, 2 * index, height - 1);
        const auto right = fors_node(at, 2 * index + 1, height - 1);
        return parent(at, height, index, left, right);
    }

    /// WOTS+: the message in 4-bit digits, with its checksum.
    [[nodiscard]] std::vector<std::uint32_t> digits(ByteView message) const {
        std::vector<std::uint32_t> out;
        std::uint32_t sum = 0;
        for (const auto byte : message)
            for (const auto digit : {byte >> 4, byte & 15}) {
                out.push_back(static_cast<std::uint32_t>(digit));
                sum += 15 - out.back();
            }
        for (int shift = 8; shift >= 0; shift -= 4) out.push_back(sum >> shift & 15);
        return out;
    }

    Node chain(Node x, std::uint32_t from, std::uint32_t to, Address& at) {
        for (auto i = from; i < to; ++i) {
            at.hash(i);
            x = hashes_.f(at, x);
        }
        return x;
    }

    Node chain_secret(const Address& at, std::uint32_t number) {
        Address secret = at.fresh(AddressType::wots_secret);
        secret.chain(number);
        return hashes_.prf(secret, secret_seed_);
    }

    Node wots_public(Address at) {
        Bytes ends;
        for (std::uint32_t i = 0; i < chains(); ++i) {
            at.chain(i);
            append(ends, chain(chain_secret(at, i), 0, 15, at));
        }
        Address compressed = at.fresh(AddressType::wots_public);
        return hashes_.t(compressed, ends);
    }

    Node xmss_node(const Address& tree, std::uint32_t index, std::uint32_t height) {
        if (height == 0) {
            Address leaf = tree.typed(AddressType::wots_hash);
            leaf.key_pair(index);
            return wots_public(leaf);
        }
        const auto left = xmss_node(tree, 2 * index, height - 1);
        const auto right = xmss_node(tree, 2 * index + 1, height - 1);
        Address at = tree.typed(AddressType::tree);
        return parent(at, height, index, left, right);
    }

    Bytes xmss_sign(ByteView message, std::uint32_t leaf, const Address& tree) {
        Bytes out;
        Address at = tree.typed(AddressType::wots_hash);
        at.key_pair(leaf);
        const auto values = digits(message);
        for (std::uint32_t i = 0; i < chains(); ++i) {
            at.chain(i);
            append(out, chain(chain_secret(at, i), 0, values[i], at));
        }
        for (std::uint32_t z = 0; z < row_.height(); ++z) append(out, xmss_node(tree, (leaf >> z) ^ 1u, z));
        return out;
    }

    Node xmss_root(std::uint32_t leaf, ByteView signature, ByteView message, const Address& tree) {
        Address at = tree.typed(AddressType::wots_hash);
        at.key_pair(leaf);
        const auto values = digits(message);
        Bytes ends;
        for (std::uint32_t i = 0; i < chains(); ++i) {
            at.chain(i);
            const auto start = signature.subspan(i * row_.n, row_.n);
            append(ends, chain(Node(start.begin(), start.end()), values[i], 15, at));
        }
        Address compressed = at.fresh(AddressType::wots_public);
        auto node = hashes_.t(compressed, ends);
        Address inner = tree.typed(AddressType::tree);
        for (std::uint32_t z = 0; z < row_.height(); ++z, leaf >>= 1) {
            const auto other = signature.subspan((chains() + z) * row_.n, row_.n);
            node = parent(inner, z + 1, leaf >> 1, (leaf & 1) == 0 ? ByteView(node) : other,
                          (leaf & 1) == 0 ? other : ByteView(node));
        }
        return node;
    }

    const Row& row_;
    Hashes hashes_;
    ByteView secret_seed_;
};

/// Where in the hypertree a message is signed: FIPS 205 algorithm 19, lines 6 to 10.
struct Place {
    std::vector<std::uint32_t> indices; ///< of the FORS leaves
    std::uint64_t tree = 0;
    std::uint32_t leaf = 0;

    Place(const Row& row, ByteView digest) {
        std::size_t bit = 0;
        const auto take = [&](std::size_t bits) {
            std::uint64_t v = 0;
            for (; bits > 0; --bits, ++bit) v = v << 1 | (digest[bit / 8] >> (7 - bit % 8) & 1u);
            return v;
        };
        for (std::size_t i = 0; i < row.k; ++i) indices.push_back(static_cast<std::uint32_t>(take(row.a)));
        bit = (bit + 7) / 8 * 8;
        tree = low(digest, bit, row.h - row.height());
        leaf = static_cast<std::uint32_t>(low(digest, bit, row.height()));
    }

    [[nodiscard]] Address address() const {
        Address at;
        at.tree(tree);
        at = at.typed(AddressType::fors_tree);
        at.key_pair(leaf);
        return at;
    }

private:
    /// The next whole bytes, of which the lowest \p bits count.
    static std::uint64_t low(ByteView digest, std::size_t& bit, std::size_t bits) {
        std::uint64_t v = 0;
        for (std::size_t i = 0; i < (bits + 7) / 8; ++i, bit += 8) v = v << 8 | digest[bit / 8];
        return bits >= 64 ? v : v & ((std::uint64_t{1} << bits) - 1);
    }
};

} // namespace

std::size_t slh_dsa_n(ParamSet params) { return row_of(params).n; }

Bytes slh_dsa_sign(ParamSet params, ByteView expanded, ByteView prefix, ByteView message, ByteView randomness) {
    const auto& row = row_of(params);
    const auto part = [&](std::size_t i) { return expanded.subspan(i * row.n, row.n); };
    Trees trees(row, part(2), part(0));
    auto out = trees.hashes().randomiser(part(1), randomness.empty() ? part(2) : randomness, prefix, message);
    const Place place(row, trees.hashes().message(out, part(3), prefix, message));
    const auto fors = trees.fors_sign(place.indices, place.address());
    append(out, fors);
    append(out, trees.hypertree_sign(trees.fors_root(fors, place.indices, place.address()), place.tree, place.leaf));
    return out;
}

bool slh_dsa_verify(ParamSet params, ByteView public_key, ByteView prefix, ByteView message, ByteView signature) {
    const auto& row = row_of(params);
    const auto fors_size = row.k * (row.a + 1) * row.n;
    if (signature.size() != row.n + fors_size + (row.h + row.d * (2 * row.n + 3)) * row.n) return false;
    if (public_key.size() != 2 * row.n) return false;
    Trees trees(row, public_key.first(row.n), {});
    const auto root = public_key.last(row.n);
    const Place place(row, trees.hashes().message(signature.first(row.n), root, prefix, message));
    auto node = trees.fors_root(signature.subspan(row.n, fors_size), place.indices, place.address());
    node = trees.hypertree_root(std::move(node), signature.subspan(row.n + fors_size), place.tree, place.leaf);
    return equal_in_constant_time(node, root);
}

} // namespace hsm::crypto
