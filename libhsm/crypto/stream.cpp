// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/scheme.hpp"

namespace hsm::crypto {
namespace {

[[noreturn]] void wrong_call() {
    throw Error(Status::bad_state, "this operation in parts does not have that step");
}

/// Stops Botan's exceptions and calls out of order; every open_stream returns one.
class GuardedStream final : public Stream {
public:
    explicit GuardedStream(std::unique_ptr<Stream> inner) : inner_(std::move(inner)) {}

    void update(ByteView data, Bytes& out) override {
        translated(Status::invalid_data, [&] { open().update(data, out); });
    }

    void finish(Bytes& out) override {
        translated(Status::invalid_data, [&] { close()->finish(out); });
    }

    bool finish_verify(ByteView signature) override {
        return translated(Status::invalid_data, [&] { return close()->finish_verify(signature); });
    }

    [[nodiscard]] std::unique_ptr<Stream> clone() const override {
        if (inner_ == nullptr) throw_finished();
        return translated(Status::invalid_data,
                          [&] { return std::make_unique<GuardedStream>(inner_->clone()); });
    }

private:
    [[noreturn]] static void throw_finished() {
        throw Error(Status::bad_state, "this operation in parts is finished");
    }
    Stream& open() {
        if (inner_ == nullptr) throw_finished();
        return *inner_;
    }
    std::unique_ptr<Stream> close() {
        if (inner_ == nullptr) throw_finished();
        return std::move(inner_);
    }

    std::unique_ptr<Stream> inner_;
};

} // namespace

void StreamBase::finish(Bytes&) { wrong_call(); }
bool StreamBase::finish_verify(ByteView) { wrong_call(); }
std::unique_ptr<Stream> StreamBase::clone() const {
    throw Error(Status::not_supported, "only the state of a digest can be copied");
}

KeptMechanism::KeptMechanism(const Mechanism& m)
    : mechanism_(m),
      iv_(to_bytes(m.iv)),
      aad_(to_bytes(m.aad)),
      label_(to_bytes(m.label)),
      context_(to_bytes(m.context)),
      segments_(to_bytes(m.segments)) {
    mechanism_.iv = iv_;
    mechanism_.aad = aad_;
    mechanism_.label = label_;
    mechanism_.context = context_;
    mechanism_.segments = segments_;
}

std::unique_ptr<Stream> guarded(std::unique_ptr<Stream> inner) {
    return std::make_unique<GuardedStream>(std::move(inner));
}

} // namespace hsm::crypto
